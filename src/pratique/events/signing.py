"""What happens to the keys that the registry signs with."""

from typing import Literal

from pratique.events.base import InProject

KeyKind = Literal["countersignature", "verdict", "notation"]


class SigningKeyMade(InProject, frozen=True, kw_only=True):
    """A project has a further key to sign with: its first one, or the next that a rotation announces.

    `fingerprint` is the public half's; `state` is `active` or `next`.
    """

    key_id: int
    key: KeyKind
    fingerprint: str
    state: Literal["next", "active"]


class SigningKeyActivated(InProject, frozen=True, kw_only=True):
    """The next key signs from now on; a job signs everything admitted again. `previous` retires after that job."""

    key_id: int
    key: KeyKind
    fingerprint: str
    previous: str = ""


class SigningKeyRetired(InProject, frozen=True, kw_only=True):
    """Everything is signed again: the key is no longer published, its signatures are being deleted."""

    key_id: int
    key: KeyKind
    fingerprint: str


class SigningCertificateRenewed(InProject, frozen=True, kw_only=True):
    """A notation key has a new leaf, `fingerprint`, from the same authority; a job signs everything admitted again."""

    key_id: int
    fingerprint: str
    previous: str
