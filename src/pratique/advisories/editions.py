"""Editions: what the signed statement of a packed bundle says, and whether it may be taken now.

The statement is an in-toto statement v1 (in-toto/attestation, spec/v1) whose subject is the bundle's OCI manifest. As
in TUF (specification, 5.4 and 5.5), a number that only rises is against old bundles that are played back, and a date
of expiry against being kept from new ones.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pratique.clock import DAY, MINUTE, Moment, parse_rfc3339, rfc3339
from pratique.errors import Conflict, DigestInvalid, Invalid
from pratique.oci.digest import Digest, algorithm_of, encoded_of, parse_digest

PREDICATE_TYPE: Final = "https://pratique.dev/advisories/v1"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
LONGEST: Final = 400 * DAY
"""Between creation and expiry: who can't be reached for longer should not be believed for longer."""
SKEW: Final = 5 * MINUTE
"""How far the packer's clock may be ahead of ours."""
NAME_LIMIT: Final = 255
"""Characters of the name of a bundle or a source."""
VERSION_LIMIT: Final = 2**53
"""Versions are below: larger numbers are not the same in every JSON reader."""


class _Source(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    name: str
    digest: str
    records: int = 0


class _Predicate(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    name: str
    version: int
    created: str
    expires: str
    sources: list[_Source]


@dataclass(frozen=True, slots=True)
class Packed:
    """A source in a bundle: the digest of its file, and how many records that has."""

    name: str
    digest: Digest
    records: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A bundle as its signer describes it. `digest` is that of its manifest; versions of one `name` only rise."""

    name: str
    version: int
    created: Moment
    expires: Moment
    digest: Digest
    sources: tuple[Packed, ...]

    def statement(self) -> bytes:
        """What is signed."""
        subject = {"name": self.name, "digest": {algorithm_of(self.digest): encoded_of(self.digest)}}
        return msgspec.json.encode(
            {
                "_type": STATEMENT_TYPE,
                "subject": [subject],
                "predicateType": PREDICATE_TYPE,
                "predicate": {
                    "name": self.name,
                    "version": self.version,
                    "created": rfc3339(self.created),
                    "expires": rfc3339(self.expires),
                    "sources": [
                        {"name": one.name, "digest": one.digest, "records": one.records}
                        for one in self.sources
                    ],
                },
            }
        )


def read_edition(predicate: Any, digest: Digest) -> Edition:
    """The edition that a verified predicate describes, for the manifest of `digest`. Raises Invalid."""
    try:
        said = msgspec.convert(predicate, _Predicate)
        created, expires = parse_rfc3339(said.created), parse_rfc3339(said.expires)
        sources = tuple(Packed(one.name, parse_digest(one.digest), one.records) for one in said.sources)
    except (msgspec.ValidationError, ValueError, OverflowError, DigestInvalid) as error:
        raise Invalid(f"its statement is none about advisories: {str(error)[:200]}") from error
    for name in (said.name, *(one.name for one in sources)):
        if not 0 < len(name) <= NAME_LIMIT:
            raise Invalid(f"names of bundles and sources have 1 to {NAME_LIMIT} characters")
    if not 0 < said.version < VERSION_LIMIT:
        raise Invalid(f"its version is {said.version}; versions are from 1 to {VERSION_LIMIT - 1}")
    if not 0 < expires - created <= LONGEST:
        raise Invalid(
            f"it says {said.created} and {said.expires}: bundles expire within {LONGEST // DAY} days"
        )
    return Edition(said.name, said.version, created, expires, digest, sources)


def check_dates(edition: Edition, at: Moment) -> None:
    """Whether an edition may be taken at a moment. Raises Conflict."""
    if at >= edition.expires:
        raise Conflict(
            f"the bundle {edition.name} {edition.version} expired on {rfc3339(edition.expires)}: get a newer one"
        )
    if edition.created > at + SKEW:
        raise Conflict(
            f"the bundle {edition.name} {edition.version} is from {rfc3339(edition.created)}, which is yet to come: "
            "one of the clocks is wrong"
        )


def check_order(edition: Edition, last: tuple[int, str] | None) -> None:
    """Whether an edition is not older than the last one of its name, its version and digest. Raises Conflict."""
    if last is None:
        return
    version, digest = last
    if edition.version < version:
        raise Conflict(
            f"the bundle {edition.name} {edition.version} is older than what is here ({version}): nothing was imported"
        )
    if edition.version == version and edition.digest != digest:
        raise Conflict(
            f"another bundle was imported as {edition.name} {version} already: two of them must not share a version"
        )
