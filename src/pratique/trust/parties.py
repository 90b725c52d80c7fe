"""Whom somebody trusts, as one value: keys, identities, notation's stores and policy, roots, and what is denied.

The store makes one per project, the command line one per call. Verification takes it and returns records that name the
parties which vouch; reach and dates of parties are the judge's affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, get_args

from pratique.oci.digest import Digest
from pratique.trust.keys import PublicKey
from pratique.trust.roots import TrustedRoot

PUBLIC_GOOD: Final = "public-good"
"""The name of the embedded root of Sigstore's public instance."""

SanType = Literal["email", "uri", "other"]
SAN_TYPES: Final[tuple[SanType, ...]] = get_args(SanType)


class Purpose(StrEnum):
    """What a party's word counts for. Who signs images may not waive CVEs: only SIGNATURE by default."""

    SIGNATURE = "signature"
    VEX = "vex"
    SBOM = "sbom"


@dataclass(frozen=True, slots=True)
class KeyParty:
    """A trusted key. `tlog` log entries of the root `trusted_root` must verify beside it; 0 asks for none."""

    id: str
    key: PublicKey
    tlog: int = 0
    trusted_root: str = PUBLIC_GOOD


@dataclass(frozen=True, slots=True)
class IdentityParty:
    """Who may sign with a certificate of the root that it names, and of no other.

    `issuer` is exact. Exactly one of `identity` (exact) and `pattern` (RE2 on the whole string) is given. `extensions`
    are further facts of the certificate that must be equal, by the names of `trust.certificates.fulcio`.
    """

    id: str
    issuer: str
    identity: str | None
    pattern: str | None
    san_type: SanType | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)
    trusted_root: str = PUBLIC_GOOD


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about. Notation compares media type, size and digest; `content` is there for plain files only.

    `reference` is `host[:port]/repository` as clients write it: what notation's scopes are matched with.
    """

    digest: Digest
    media_type: str = ""
    size: int | None = None
    reference: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class TrustSet:
    """Everything that decides whose word is taken. `version` is equal exactly where the sets are.

    `notation` is a `trust.notation.NotationTrust` (typed there), None where notation is not configured. `denied` holds
    marks (`trust.marks`): evidence that carries one is refused, whoever signed it.
    """

    version: str
    keys: tuple[KeyParty, ...] = ()
    identities: tuple[IdentityParty, ...] = ()
    roots: Mapping[str, TrustedRoot] = field(default_factory=dict)
    notation: Any = None
    denied: frozenset[str] = frozenset()
