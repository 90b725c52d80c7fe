"""What the rooms above see of stored trust: frozen values, never rows. `creator` is a principal's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from pratique.clock import Moment
from pratique.policy import Party, PartyKind
from pratique.trust import marks
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.parties import IdentityParty, KeyParty, SanType
from pratique.trust.reach import Reach
from pratique.trust.roots import Thresholds

StoreType = Literal["ca", "tsa", "signingAuthority"]
STORE_TYPES: Final[tuple[StoreType, ...]] = get_args(StoreType)
"""notation, trust-store-trust-policy.md, Trust Store."""


def _party(kind: PartyKind, number: int, name: str, reach: Reach, since: int = 0) -> Party:
    return Party(
        marks.party(kind, number),
        name,
        kind,
        frozenset(purpose.value for purpose in reach.purposes),
        reach.repositories,
        reach.valid_from,
        reach.valid_until,
        since,
    )


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that a project believes. `tlog` log entries of `trusted_root` are asked for beside it."""

    id: int
    project_id: int
    name: str
    public_key: str
    fingerprint: str
    reach: Reach
    tlog: int
    trusted_root: str
    created_at: Moment
    creator: str

    @property
    def mark(self) -> str:
        """What verdicts rest on."""
        return marks.party("key", self.id)

    def party(self, since: int = 0) -> Party:
        """What the judge needs to know of it; `since` counts where a root does."""
        return _party("key", self.id, self.name, self.reach, since if self.tlog else 0)

    @property
    def key(self) -> PublicKey:
        """The key itself."""
        return parse_public_key(self.public_key)

    @property
    def signer(self) -> KeyParty:
        """What verification needs of it."""
        return KeyParty(self.mark, self.key, self.tlog, self.trusted_root)


@dataclass(frozen=True, slots=True)
class TrustedIdentity:
    """Who may sign with a certificate of a root; `identity` or `pattern` is None."""

    id: int
    project_id: int
    name: str
    issuer: str
    identity: str | None
    pattern: str | None
    san_type: SanType | None
    extensions: Mapping[str, str]
    trusted_root: str
    reach: Reach
    created_at: Moment
    creator: str

    @property
    def mark(self) -> str:
        """What verdicts rest on."""
        return marks.party("identity", self.id)

    def party(self, since: int) -> Party:
        """What the judge needs to know of it."""
        return _party("identity", self.id, self.name, self.reach, since)

    @property
    def signer(self) -> IdentityParty:
        """What verification needs of it."""
        return IdentityParty(
            self.mark,
            self.issuer,
            self.identity,
            self.pattern,
            self.san_type,
            self.extensions,
            self.trusted_root,
        )


@dataclass(frozen=True, slots=True)
class NotationStore:
    """Certificates in which notation's chains may end: a trust store of a type and a name, as PEM."""

    id: int
    project_id: int
    name: str
    type: StoreType
    certificates: tuple[str, ...]
    reach: Reach
    created_at: Moment
    creator: str

    @property
    def mark(self) -> str:
        """What verdicts rest on."""
        return marks.party("store", self.id)

    def party(self, since: int) -> Party:
        """What the judge needs to know of it."""
        return _party("store", self.id, self.name, self.reach, since)


@dataclass(frozen=True, slots=True)
class NotationPolicy:
    """A project's trust policy document, as it was sent. Nothing counts that was verified before epoch `since`."""

    document: str
    since: int
    updated_at: Moment
    creator: str


@dataclass(frozen=True, slots=True)
class StoredRoot:
    """A version of a trusted root. Nothing counts that was verified by it before epoch `since`."""

    id: int
    name: str
    version: int
    content: str
    digest: str
    thresholds: Thresholds | None
    since: int
    created_at: Moment
    creator: str


@dataclass(frozen=True, slots=True)
class Denial:
    """A mark on a deny list (`trust.marks`), with `kind` and `subject` in words; project 0 is the system."""

    id: int
    project_id: int
    mark: str
    kind: str
    subject: str
    reason: str
    created_at: Moment
    creator: str


@dataclass(frozen=True, slots=True)
class StoredList:
    """A CRL or an OCSP response, as DER. `scope` says whose word it is; `next_update` None: it does not say.

    `content` is empty where only the rest was asked for.
    """

    id: int
    kind: Literal["crl", "ocsp"]
    scope: str
    content: bytes = field(repr=False)
    digest: str
    this_update: Moment
    next_update: Moment | None
    created_at: Moment
    creator: str
