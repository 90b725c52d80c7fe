"""What happens to the keys that the registry signs with."""

from typing import Literal

from pratique.events.base import InProject, InRepository

KeyKind = Literal["countersignature", "verdict", "notation", "scan"]


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


class AttestationTooLarge(InRepository, frozen=True, kw_only=True):
    """What is inside an artifact, or known of it, is not attested: its bytes would be more than evidence may have.

    `form` is `cyclonedx`, `spdx`, `vulnerabilities` or `openvex`.
    """

    digest: str
    form: str
    size: int
    limit: int
