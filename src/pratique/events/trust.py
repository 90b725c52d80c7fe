"""What happens to whom projects trust beside keys, to roots, and to what is denied."""

from typing import Literal

from pratique.events.base import Event, InProject


class TrustedIdentityAdded(InProject, frozen=True, kw_only=True):
    """A project trusts a further identity: `identity` (a pattern where `is_pattern`), as `issuer` vouches for it."""

    identity_id: int
    name: str
    issuer: str
    identity: str
    is_pattern: bool
    trusted_root: str
    repositories: tuple[str, ...] = ("**",)


class TrustedIdentityRemoved(InProject, frozen=True, kw_only=True):
    """A project trusts an identity no more; what rested on it lost its admission in the same commit."""

    identity_id: int
    name: str
    issuer: str
    identity: str


class NotationStoreAdded(InProject, frozen=True, kw_only=True):
    """A project has a further trust store of notation. `fingerprints` are the SHA-256 of its certificates."""

    store_id: int
    name: str
    type: str
    fingerprints: tuple[str, ...]


class NotationStoreRemoved(InProject, frozen=True, kw_only=True):
    """A trust store was removed; what rested on the project's stores is verified again."""

    store_id: int
    name: str
    type: str


class NotationPolicyChanged(InProject, frozen=True, kw_only=True):
    """A project's trust policy of notation was set or removed.

    `digest` and `previous` are those of the documents, empty where there is none.
    """

    digest: str
    previous: str


class DenialAdded(Event, frozen=True, kw_only=True):
    """Something was put on a deny list. `project_id` is 0 and `project` empty for the system's."""

    denial_id: int
    subject_kind: str
    subject: str
    reason: str
    taken_away: int
    project_id: int = 0
    project: str = ""


class DenialRemoved(Event, frozen=True, kw_only=True):
    """Something was taken off a deny list. `project_id` is 0 and `project` empty for the system's."""

    denial_id: int
    subject_kind: str
    subject: str
    reason: str
    project_id: int = 0
    project: str = ""


class TrustedRootImported(Event, frozen=True, kw_only=True):
    """A version of a trusted root was imported. The lists name services; `taken_away` counts verdicts."""

    name: str
    version: int
    digest: str
    adds: tuple[str, ...]
    removes: tuple[str, ...]
    lengthens: tuple[str, ...]
    shortens: tuple[str, ...]
    forced: bool
    taken_away: int


class TrustedRootRemoved(Event, frozen=True, kw_only=True):
    """A trusted root was removed; nobody named it any more."""

    name: str
    version: int


class RevocationListImported(Event, frozen=True, kw_only=True):
    """A CRL or an OCSP response was imported or fetched. `scope` says whose.

    `revoked` counts what is newly revoked by it, `taken_away` verdicts.
    """

    list_kind: Literal["crl", "ocsp"]
    scope: str
    digest: str
    revoked: int
    taken_away: int


class RevocationListRemoved(Event, frozen=True, kw_only=True):
    """A CRL or an OCSP response was removed; what rested on it is verified again without it."""

    list_kind: Literal["crl", "ocsp"]
    scope: str
    digest: str
    taken_away: int
