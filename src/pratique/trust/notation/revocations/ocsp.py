"""What OCSP responses say of a certificate (RFC 6960, sections 3.2 and 4.2.2).

Steps that are not taken: nonces, for what is kept is no answer to a question of ours; a responder whose certificate
says nothing of `ocsp-nocheck` is not asked about in turn, its word is not taken.
"""

from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from pratique.clock import Moment
from pratique.trust.certificates.dates import moment_of, valid_from, valid_until
from pratique.trust.certificates.extensions import find_value
from pratique.trust.certificates.strength import HASHES
from pratique.trust.notation.revocations.crl import invalidity_of
from pratique.trust.notation.revocations.reading import find
from pratique.trust.notation.revocations.values import OcspAnswer, Status


def status_by_answers(
    answers: Iterable[OcspAnswer],
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: Moment,
    trusted: Moment | None,
) -> Status | None:
    """The status by the responses about this certificate whose responder may speak for the issuer; None: by none."""
    named = f"{certificate.subject.rfc4514_string()[:120]} (serial number {certificate.serial_number:x})"
    best: Status | None = None
    for answer in answers:
        response = answer.response
        if not _is_about(response, certificate, issuer) or not _is_by(response, issuer, at):
            continue
        if moment_of(response.this_update_utc) > at:
            continue
        if response.certificate_status is ocsp.OCSPCertStatus.REVOKED and _is_revoked(response, trusted):
            return Status("revoked", f"the certificate {named} was revoked, as its issuer's responder says")
        until = None if response.next_update_utc is None else moment_of(response.next_update_utc)
        if response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN or until is None or at >= until:
            continue
        if best is None or best.until is None or until > best.until:
            best = Status("good", "", until)
    return best


def _is_revoked(response: ocsp.OCSPResponse, trusted: Moment | None) -> bool:
    date = find(response.single_extensions, x509.InvalidityDate)
    return trusted is None or date is None or trusted >= invalidity_of(date)


def _is_about(response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the CertID is this certificate's: serial number, issuer's name and issuer's key (RFC 6960, 4.1.1)."""
    if response.serial_number != certificate.serial_number:
        return False
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, response.hash_algorithm)
    asked = builder.build()
    return (asked.issuer_name_hash, asked.issuer_key_hash) == (
        response.issuer_name_hash,
        response.issuer_key_hash,
    )


def _is_by(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: Moment) -> bool:
    """Whether the issuer signed it, or a responder that the issuer appointed."""
    if _is_signed_with(response, issuer):
        return True
    return any(
        _is_signed_with(response, responder) and _may_answer(responder, issuer, at)
        for responder in response.certificates
    )


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate, at: Moment) -> bool:
    usage = find_value(responder, x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return False
    if find_value(responder, x509.OCSPNoCheck) is None or not valid_from(responder) <= at <= valid_until(
        responder
    ):
        return False
    try:
        responder.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_signed_with(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    try:
        hashed = response.signature_hash_algorithm
        if hashed is not None and hashed.name not in HASHES:
            return False
        _verify(key, response.signature, response.tbs_response_bytes, hashed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _verify(key: object, signature: bytes, signed: bytes, hashed: hashes.HashAlgorithm | None) -> None:
    match key:
        case rsa.RSAPublicKey() if hashed is not None:
            key.verify(signature, signed, padding.PKCS1v15(), hashed)
        case ec.EllipticCurvePublicKey() if hashed is not None:
            key.verify(signature, signed, ec.ECDSA(hashed))
        case ed25519.Ed25519PublicKey() if hashed is None:
            key.verify(signature, signed)
        case _:
            raise InvalidSignature
