"""Certificates from PEM (RFC 7468, section 5): blocks one after the other, and nothing else."""

import base64
import binascii
import re
from typing import Final

from cryptography import x509

from pratique.trust.certificates.reading import CERTIFICATE_LIMIT, read_certificate
from pratique.trust.strict import Unreadable

PEM_LIMIT: Final = 32 * CERTIFICATE_LIMIT
"""Characters of a PEM text with several."""

_BLOCK: Final = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")


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
