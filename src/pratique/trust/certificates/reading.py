"""Certificates read strictly: X.509 (RFC 5280, section 4) from DER.

`cryptography` reads them, and reads parts only when they are asked for; here everything is asked for at once, so that
no later step meets bytes that nobody could read.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from pratique.trust.certificates.anatomy import dissect
from pratique.trust.certificates.profile import check_profile
from pratique.trust.strict import Unreadable

CERTIFICATE_LIMIT: Final = 16 * 1024
"""Bytes of one certificate in DER."""


def read_certificate(der: bytes) -> x509.Certificate:
    """The one certificate that `der` is, every part of it readable. Raises Unreadable."""
    if len(der) > CERTIFICATE_LIMIT:
        raise Unreadable(f"a certificate has more than {CERTIFICATE_LIMIT} bytes")
    check_profile(dissect(der))
    try:
        certificate = x509.load_der_x509_certificate(der)
        _touch(certificate)
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise Unreadable(
            f"a certificate can't be read: {str(error)[:200] or type(error).__name__}"
        ) from error
    if certificate.public_bytes(Encoding.DER) != der:
        raise Unreadable("a certificate is not in canonical DER")
    return certificate


def _touch(certificate: x509.Certificate) -> None:
    """Have every lazily parsed part parsed."""
    for each in (certificate.subject, certificate.issuer):
        each.rfc4514_string()
    certificate.public_key()
    certificate.signature_algorithm_parameters  # noqa: B018 - the look is what raises
    for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc):
        moment.timestamp()
    for extension in certificate.extensions:
        extension.value.public_bytes()
