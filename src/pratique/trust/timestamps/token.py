"""A TimeStampToken read whole (RFC 3161, section 2.4.2; RFC 5652, section 5), or the response that carries one.

Read from its bytes as they stand: what was signed is a part of them, and some authorities do not sort their sets, so
that a parser which encodes anew, or one that insists on the order, would see another token.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.x509 import Certificate, SubjectKeyIdentifier

from pratique.trust.certificates import read_certificate
from pratique.trust.certificates.anatomy import anatomy_of
from pratique.trust.certificates.der import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Element,
    check_structure,
    children,
    read_element,
)
from pratique.trust.certificates.extensions import find_value
from pratique.trust.certificates.sequences import Sequence, only_child, read_integer, read_oid
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import SignatureAlgorithm, read_hash, read_signature_algorithm
from pratique.trust.timestamps.attributes import TST_INFO, SignedAttributes, read_attributes
from pratique.trust.timestamps.tst_info import Statement, read_statement

TOKEN_LIMIT: Final = 64 * 1024
"""Bytes of one token or response."""
EMBEDDED_LIMIT: Final = 16
"""Certificates that a token may bring along."""

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_SIGNED_DATA_VERSION: Final = 3
_GRANTED: Final = (b"\x00", b"\x01")
_PLACE: Final = "the timestamp"
_CONTENT: Final = 0xA0
_CERTIFICATES: Final = 0xA0
_REVOCATIONS: Final = 0xA1
_ATTRIBUTES: Final = 0xA0
_UNSIGNED: Final = 0xA1
_KEY_IDENTIFIER: Final = 0x80


@dataclass(frozen=True, slots=True)
class SignerName:
    """How a token names its signer's certificate: by issuer (DER) and serial number, or by key identifier."""

    issuer: bytes = b""
    serial: int = 0
    key_identifier: bytes | None = None

    def is_of(self, certificate: Certificate) -> bool:
        """Whether it names this certificate."""
        if self.key_identifier is not None:
            found = find_value(certificate, SubjectKeyIdentifier)
            return found is not None and found.digest == self.key_identifier
        return certificate.serial_number == self.serial and issuer_of(certificate) == self.issuer


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose parts have been read and of which nothing has been verified."""

    content: bytes
    statement: Statement
    certificates: tuple[Certificate, ...]
    signer: SignerName
    attributes: SignedAttributes
    algorithm: SignatureAlgorithm
    signature: bytes


def read_token(encoded: bytes) -> Token:
    """The token that `encoded` is, or that it carries as a response. Raises Unreadable."""
    if len(encoded) > TOKEN_LIMIT:
        raise Unreadable(f"{_PLACE} has more than {TOKEN_LIMIT} bytes")
    check_structure(encoded, _PLACE)
    whole = Sequence(_carried(read_element(encoded, _PLACE)), _PLACE)
    if read_oid(whole.take(OBJECT_IDENTIFIER), _PLACE) != _SIGNED_DATA:
        raise Unreadable(f"{_PLACE} is not signed data")
    signed = Sequence(only_child(whole.take(_CONTENT), SEQUENCE, _PLACE), _PLACE)
    whole.end()
    return _read(signed)


def issuer_of(certificate: Certificate) -> bytes:
    """The issuer's name, as its bytes are in the certificate."""
    return anatomy_of(certificate).issuer.encoded


def _carried(whole: Element) -> Element:
    """The token of a TimeStampResp that was granted (RFC 3161, section 2.4.2), or the token itself."""
    parts = tuple(children(whole.expect(SEQUENCE, _PLACE), _PLACE))
    if not parts or parts[0].tag != SEQUENCE:
        return whole
    status = next(children(parts[0], "the timestamp's status"), None)
    if status is None or status.tag != INTEGER or status.content not in _GRANTED or len(parts) != 2:
        raise Unreadable(f"{_PLACE} was not granted")
    return parts[1]


def _read(signed: Sequence) -> Token:
    """SignedData (RFC 5652, section 5.1); which digests there are at all, and its revocations, are of no use."""
    version = read_integer(signed.take(INTEGER), _PLACE)
    signed.take(SET)
    enclosed = Sequence(signed.take(SEQUENCE), _PLACE)
    if version != _SIGNED_DATA_VERSION or read_oid(enclosed.take(OBJECT_IDENTIFIER), _PLACE) != TST_INFO:
        raise Unreadable(f"{_PLACE} is not signed data of version 3 with a TSTInfo")
    content = only_child(enclosed.take(_CONTENT), OCTET_STRING, _PLACE).content
    enclosed.end()
    certificates = signed.maybe(_CERTIFICATES)
    signed.maybe(_REVOCATIONS)
    signers = tuple(children(signed.take(SET), _PLACE))
    signed.end()
    if len(signers) != 1:
        raise Unreadable(f"{_PLACE} has {len(signers)} signers instead of one")
    embedded = () if certificates is None else tuple(_read_certificates(certificates))
    return _read_signed(content, embedded, Sequence(signers[0], _PLACE))


def _read_signed(content: bytes, certificates: tuple[Certificate, ...], signer: Sequence) -> Token:
    """SignerInfo (RFC 5652, section 5.3) of what it signed."""
    name = _read_name(signer)
    hashed = read_hash(signer.take(SEQUENCE))
    attributes = read_attributes(signer.take(_ATTRIBUTES))
    algorithm = read_signature_algorithm(signer.take(SEQUENCE), hashed)
    signature = signer.take(OCTET_STRING).content
    signer.maybe(_UNSIGNED)
    signer.end()
    return Token(content, read_statement(content), certificates, name, attributes, algorithm, signature)


def _read_name(signer: Sequence) -> SignerName:
    """The signer's identifier; the version says which form it has."""
    version = read_integer(signer.take(INTEGER), _PLACE)
    key_identifier = signer.maybe(_KEY_IDENTIFIER)
    if version != (1 if key_identifier is None else 3):
        raise Unreadable(f"{_PLACE} has a signer of version {version}, which is not that of its identifier")
    if key_identifier is not None:
        return SignerName(key_identifier=key_identifier.content)
    named = Sequence(signer.take(SEQUENCE), _PLACE)
    issuer, serial = named.take(SEQUENCE).encoded, read_integer(named.take(INTEGER), _PLACE)
    named.end()
    return SignerName(issuer, serial)


def _read_certificates(certificates: Element) -> Iterator[Certificate]:
    """The certificates that can be read; they only help to find a way to an anchor."""
    for number, each in enumerate(children(certificates, _PLACE)):
        if number == EMBEDDED_LIMIT:
            raise Unreadable(f"{_PLACE} brings more than {EMBEDDED_LIMIT} certificates")
        try:
            yield read_certificate(each.encoded)
        except Unreadable:
            continue
