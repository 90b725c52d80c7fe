"""What is kept about revoked certificates, and how one stands: plain values."""

from dataclasses import dataclass, field
from typing import Literal

from cryptography.x509 import CertificateRevocationList
from cryptography.x509.ocsp import OCSPResponse

from pratique.clock import Moment


@dataclass(frozen=True, slots=True)
class Status:
    """How a certificate stands. `until`: from then on what says so is too old; None where no date ends it."""

    state: Literal["good", "revoked", "unavailable"]
    reason: str = ""
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A CRL that was read; whose it really is shows with its issuer's key only.

    `issuer` is the issuer's name as DER. `delta_of` is the number of the list that a delta builds upon, None for a
    whole list. `digest` is the SHA-256 of its DER, in hexadecimal digits.
    """

    crl: CertificateRevocationList
    issuer: bytes
    digest: str
    this_update: Moment
    next_update: Moment | None
    number: int | None = None
    delta_of: int | None = None
    signers: dict[bytes, bool] = field(default_factory=dict, compare=False, repr=False)
    """What was found out: whether an issuer, by the fingerprint of its certificate, signed it."""


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """A successful OCSP response that was read; whose it really is shows with the issuer's key only."""

    response: OCSPResponse
    digest: str


@dataclass(frozen=True, slots=True)
class RevocationStore:
    """All that is known about revoked certificates. `digest` changes with any of it."""

    lists: tuple[RevocationList, ...] = ()
    answers: tuple[OcspAnswer, ...] = ()
    digest: str = ""


NO_REVOCATIONS = RevocationStore()
"""Nothing is known: offline, without a list."""
