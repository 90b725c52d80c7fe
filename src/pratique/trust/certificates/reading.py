"""Certificates read strictly: X.509 (RFC 5280, section 4) from DER, or from PEM (RFC 7468, section 5).

`cryptography` reads them, and reads parts only when they are asked for; here everything is asked for at once, so that
no later step meets bytes that nobody could read.
"""

import base64
import binascii
import re
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from pratique.trust.certificates.anatomy import Anatomy, dissect
from pratique.trust.certificates.der import INTEGER, children
from pratique.trust.strict import Unreadable

CERTIFICATE_LIMIT: Final = 16 * 1024
"""Bytes of one certificate in DER."""
PEM_LIMIT: Final = 32 * CERTIFICATE_LIMIT
"""Characters of a PEM text with several."""
SERIAL_LIMIT: Final = 21
"""Bytes of a serial number: 20 (RFC 5280, section 4.1.2.2), and one of those who forgot the sign."""

_ECDSA_WITH: Final = bytes.fromhex("2a8648ce3d04")
"""The beginning of each ecdsa-with-… identifier: 1.2.840.10045.4."""
_BLOCK: Final = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


def read_certificate(der: bytes) -> x509.Certificate:
    """The one certificate that `der` is, every part of it readable. Raises Unreadable."""
    if len(der) > CERTIFICATE_LIMIT:
        raise Unreadable(f"a certificate has more than {CERTIFICATE_LIMIT} bytes")
    # What cryptography only warns of is refused before.
    _check_anatomy(dissect(der))
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


def read_pem_certificates(text: str | bytes, limit: int) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, 1 to `limit`, with nothing but white space between. Raises Unreadable."""
    if len(text) > PEM_LIMIT:
        raise Unreadable(f"the certificates have more than {PEM_LIMIT} characters")
    try:
        rest = text if isinstance(text, str) else text.decode("ascii")
    except UnicodeDecodeError as error:
        raise Unreadable("the certificates are not PEM text") from error
    found: list[x509.Certificate] = []
    while rest:
        block = _BLOCK.match(rest)
        if block is None or len(found) == limit:
            raise Unreadable(f"the text is not 1 to {limit} PEM blocks of certificates and nothing else")
        found.append(read_certificate(_unarmored(block[1])))
        rest = rest[block.end() :]
    if not found:
        raise Unreadable("there is no certificate in the text")
    return tuple(found)


def _unarmored(body: str) -> bytes:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error as error:
        raise Unreadable("a PEM block does not hold base64") from error


def _check_anatomy(parts: Anatomy) -> None:
    serial = parts.serial.expect(INTEGER, "the serial number").content
    if not serial or serial[0] & 0x80 or not any(serial) or len(serial) > SERIAL_LIMIT:
        raise Unreadable("a certificate's serial number is not positive, or too long")
    if parts.inner_algorithm.encoded != parts.outer_algorithm.encoded:
        raise Unreadable("a certificate names two different signature algorithms")
    algorithm = tuple(children(parts.outer_algorithm, "the signature algorithm"))
    if len(algorithm) > 1 and algorithm[0].content.startswith(_ECDSA_WITH):
        raise Unreadable("a certificate's ECDSA signature algorithm has parameters (RFC 5758, section 3.2)")


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
