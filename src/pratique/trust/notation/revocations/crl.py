"""What CRLs say of a certificate (RFC 5280, section 6.3; the Notary Project's "Certificate Revocation Evaluation")."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from pratique.clock import Moment
from pratique.trust.certificates.dates import moment_of
from pratique.trust.certificates.extensions import find_value
from pratique.trust.certificates.strength import HASHES
from pratique.trust.notation.revocations.reading import find
from pratique.trust.notation.revocations.values import RevocationList, Status

_PASSING: Final = frozenset({x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl})
"""Reasons that a later entry may take back."""
SIGNERS_LIMIT: Final = 64
"""Issuers of which it is remembered whether they signed a list."""


def status_by_lists(
    lists: Iterable[RevocationList],
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: Moment,
    trusted: Moment | None,
) -> Status | None:
    """The status by the lists that the issuer signed and that cover the certificate; None where none does.

    A list that has expired says nothing of a certificate that it does not name, and goes on to say that one is revoked.
    """
    name = certificate.issuer.public_bytes()
    signed = [one for one in lists if one.issuer == name and one.this_update <= at]
    signed = [one for one in signed if _covers(one.crl, certificate) and _is_by(one, issuer)]
    if not signed:
        return None
    entry = _decisive(signed, certificate.serial_number)
    if entry is not None and _is_revoked(entry, trusted):
        when = entry.revocation_date_utc.date().isoformat()
        return Status("revoked", f"the certificate {_named(certificate)} was revoked on {when}")
    current = [one for one in signed if one.next_update is not None and at < one.next_update]
    whole = [one for one in current if one.delta_of is None]
    if not whole:
        return Status("unavailable", f"revocation unavailable: the CRL for {_named(certificate)} has expired")
    return Status("good", "", max(one.next_update for one in whole if one.next_update is not None))


def _decisive(signed: Iterable[RevocationList], serial: int) -> x509.RevokedCertificate | None:
    """The entry that counts: one that can't be taken back, else the newest of those that can.

    A delta counts only upon a list that is at least as new as the one it builds upon (RFC 5280, section 5.2.4).
    """
    lists = list(signed)
    numbers = [one.number or 0 for one in lists if one.delta_of is None]
    found: list[x509.RevokedCertificate] = []
    for one in lists:
        builds = one.delta_of is None or any(number >= one.delta_of for number in numbers)
        entry = one.crl.get_revoked_certificate_by_serial_number(serial) if builds else None
        if entry is not None:
            found.append(entry)
    final = [entry for entry in found if _reason(entry) not in _PASSING]
    return max(final or found, key=lambda entry: entry.revocation_date_utc, default=None)


def _is_revoked(entry: x509.RevokedCertificate, trusted: Moment | None) -> bool:
    """Whether an entry revokes what was signed at `trusted`, the moment that somebody trusted vouches for."""
    if _reason(entry) is x509.ReasonFlags.remove_from_crl:
        return False
    invalid_from = _invalidity(entry)
    return trusted is None or invalid_from is None or trusted >= invalid_from


def invalidity_of(date: x509.InvalidityDate) -> Moment:
    """From when on a key must be taken as somebody else's."""
    when: datetime = date.invalidity_date_utc
    return moment_of(when)


def _invalidity(entry: x509.RevokedCertificate) -> Moment | None:
    date = find(entry.extensions, x509.InvalidityDate)
    return None if date is None else invalidity_of(date)


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    reason = find(entry.extensions, x509.CRLReason)
    return None if reason is None else reason.reason


def _covers(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether a list speaks of certificates of this kind and place (RFC 5280, section 5.2.5)."""
    point = find(crl.extensions, x509.IssuingDistributionPoint)
    if point is None:
        return True
    basic = find_value(certificate, x509.BasicConstraints)
    is_authority = basic is not None and basic.ca
    if (point.only_contains_ca_certs and not is_authority) or (
        point.only_contains_user_certs and is_authority
    ):
        return False
    if point.full_name is None:
        return point.relative_name is None
    return bool(set(point.full_name) & _places(certificate))


def _places(certificate: x509.Certificate) -> set[x509.GeneralName]:
    points = find_value(certificate, x509.CRLDistributionPoints)
    return {name for point in points or () for name in point.full_name or ()}


def _is_by(one: RevocationList, issuer: x509.Certificate) -> bool:
    """Whether the issuer signed it. Found out once: of a large list that takes longer than all else."""
    fingerprint = issuer.fingerprint(hashes.SHA256())
    if fingerprint not in one.signers:
        if len(one.signers) >= SIGNERS_LIMIT:
            one.signers.clear()
        one.signers[fingerprint] = _is_signed_by(one.crl, issuer)
    return one.signers[fingerprint]


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether the issuer signed it, with a key that may sign CRLs and an algorithm that is taken."""
    usage = find_value(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return False
    try:
        hashed = crl.signature_hash_algorithm
        key = issuer.public_key()
        return (hashed is None or hashed.name in HASHES) and crl.is_signature_valid(key)  # type: ignore[arg-type]  # of other keys: TypeError
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _named(certificate: x509.Certificate) -> str:
    return f"{certificate.subject.rfc4514_string()[:120]} (serial number {certificate.serial_number:x})"
