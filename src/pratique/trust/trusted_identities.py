"""Who may sign for a project with a certificate of a trusted root, within limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.trust.certificates import check_extensions, check_pattern
from pratique.trust.parties import PUBLIC_GOOD, SAN_TYPES, SanType
from pratique.trust.reach import EVERYWHERE, NAME_LIMIT, Reach, checked_name, one_of
from pratique.trust.store import TrustedIdentity, identities, versions

IDENTITIES_LIMIT: Final = 100
"""Identities of one project."""
TEXT_LIMIT: Final = 2_048
"""Characters of an issuer, a name, or the value of an extension."""


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """Exactly one of `identity` and `pattern` (RE2 on the whole string) is given."""

    name: str
    issuer: str
    identity: str | None = None
    pattern: str | None = None
    san_type: str | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)
    trusted_root: str = PUBLIC_GOOD
    reach: Reach = EVERYWHERE


class TrustedIdentities:
    """The trusted identities of projects. They are added and removed, never changed: what is new has a new id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(self, tx: Tx, project_id: int, wanted: NewIdentity, creator: str = "") -> TrustedIdentity:
        """The identity as it was stored. Whether there is such a root is for the caller to see.

        Raises BadRequest where it makes no sense or a limit is reached, Conflict for a name that is taken.
        """
        _check(wanted)
        identity = TrustedIdentity(
            id=0,
            project_id=project_id,
            name=checked_name(wanted.name, "an identity"),
            issuer=wanted.issuer,
            identity=wanted.identity,
            pattern=wanted.pattern,
            san_type=_san_type(wanted.san_type),
            extensions=dict(wanted.extensions),
            trusted_root=wanted.trusted_root,
            reach=wanted.reach.checked(),
            created_at=self._clock.now(),
            creator=creator,
        )
        if identities.count(tx, project_id) >= IDENTITIES_LIMIT:
            raise BadRequest(f"a project has at most {IDENTITIES_LIMIT} trusted identities: remove one first")
        if not identities.insert(tx, identity):
            raise Conflict(f"the project has a trusted identity {wanted.name} already: remove it first")
        versions.raise_version(tx, project_id)
        return self.get(tx, project_id, wanted.name)

    def list(self, tx: Tx, project_id: int) -> list[TrustedIdentity]:
        """The identities of a project, by name."""
        return identities.of_project(tx, project_id)

    def get(self, tx: Tx, project_id: int, name: str) -> TrustedIdentity:
        """One identity. Raises NotFound."""
        found = identities.named(tx, project_id, name)
        if found is None:
            raise NotFound(f"the project has no trusted identity {name[:NAME_LIMIT]!r}")
        return found

    def remove(self, tx: Tx, project_id: int, name: str) -> TrustedIdentity:
        """The identity that is trusted no more from this transaction on. Raises NotFound."""
        found = self.get(tx, project_id, name)
        identities.remove(tx, project_id, name)
        versions.raise_version(tx, project_id)
        return found

    def remove_all(self, tx: Tx, project_id: int) -> None:
        """Forget the identities of a project that is deleted."""
        identities.remove_all(tx, project_id)


def _check(wanted: NewIdentity) -> None:
    texts = [wanted.issuer, wanted.identity, wanted.pattern, *wanted.extensions.values()]
    if any(text is not None and not 1 <= len(text) <= TEXT_LIMIT for text in texts):
        raise BadRequest(f"issuer, identity and the values of extensions are 1 to {TEXT_LIMIT} characters")
    if (wanted.identity is None) == (wanted.pattern is None):
        raise BadRequest("give either identity (exact) or identity_pattern (RE2 on the whole string)")
    if wanted.pattern is not None:
        check_pattern(wanted.pattern)
    check_extensions(wanted.extensions)


def _san_type(word: str | None) -> SanType | None:
    return None if word is None else one_of("san_type", word, SAN_TYPES)
