"""CRLs and OCSP responses of the authorities of tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from tests.authorities import NOW, Authority, Extension, Holder, leaf_extensions, moment_to_datetime

from pratique.clock import DAY

CRL_URL = "http://crl.test/root.crl"
OCSP_URL = "http://ocsp.test/"


def crl_place(url: str = CRL_URL) -> Extension:
    """The extension by which a certificate names its CRL."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point]), False


def ocsp_place(url: str = OCSP_URL) -> Extension:
    """The extension by which a certificate names its OCSP responder."""
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
    return x509.AuthorityInformationAccess([access]), False


def signer_of(authority: Authority, *places: Extension, name: str = "signer") -> Holder:
    """A code signer whose certificate names these places."""
    return authority.issue(name, extensions=[*leaf_extensions(), *places])


def entry(
    holder: Holder,
    when: int = NOW - DAY,
    reason: x509.ReasonFlags | None = None,
    invalid_from: int | None = None,
) -> x509.RevokedCertificate:
    """The entry that takes a certificate back."""
    builder = x509.RevokedCertificateBuilder(holder.certificate.serial_number, moment_to_datetime(when))
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    if invalid_from is not None:
        builder = builder.add_extension(
            x509.InvalidityDate(moment_to_datetime(invalid_from).replace(tzinfo=None)), critical=False
        )
    return builder.build()


def crl(
    authority: Authority,
    *entries: x509.RevokedCertificate,
    start: int = NOW - DAY,
    end: int | None = NOW + DAY,
    signer: Holder | None = None,
    number: int = 1,
    extensions: Sequence[Extension] = (),
) -> bytes:
    """A CRL as DER."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(moment_to_datetime(start))
    builder = builder.next_update(_end(end))
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for one in entries:
        builder = builder.add_revoked_certificate(one)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    key = (signer or authority).private
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _end(end: int | None) -> datetime:
    return moment_to_datetime(NOW + DAY if end is None else end)


def responder_of(authority: Authority, *, eku: bool = True, nocheck: bool = True) -> Holder:
    """A responder that an authority appointed, or one that lacks what makes it one."""
    extensions = leaf_extensions(ExtendedKeyUsageOID.OCSP_SIGNING if eku else None)
    return authority.issue(
        "responder", extensions=[*extensions, *([(x509.OCSPNoCheck(), False)] if nocheck else [])]
    )


def ocsp_answer(
    authority: Authority,
    holder: Holder,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    *,
    responder: Holder | None = None,
    start: int = NOW - DAY,
    end: int | None = NOW + DAY,
    extra: Mapping[str, bool] | None = None,
) -> bytes:
    """An OCSP response as DER, by the authority itself or by a responder."""
    by = responder or authority
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=holder.certificate,
        issuer=authority.certificate,
        algorithm=hashes.SHA1() if (extra or {}).get("sha1") else hashes.SHA256(),  # noqa: S303 - what CertIDs mostly are
        cert_status=status,
        this_update=moment_to_datetime(start),
        next_update=None if end is None else moment_to_datetime(end),
        revocation_time=moment_to_datetime(NOW - DAY) if revoked else None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if responder is not None:
        builder = builder.certificates([responder.certificate])
    return builder.sign(by.private, hashes.SHA256()).public_bytes(Encoding.DER)
