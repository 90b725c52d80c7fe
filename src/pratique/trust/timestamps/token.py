"""A TimeStampToken read whole (RFC 3161, section 2.4.2; RFC 5652, section 5), or the response that carries one.

asn1crypto parses it, leniently where authorities are sloppy (the order of sets); before, every length is seen to be
DER's, so that there is one way to read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asn1crypto.cms import CertificateSet, ContentInfo, SignedData, SignerInfo  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography.x509 import Certificate, SubjectKeyIdentifier

from pratique.trust.certificates import read_certificate
from pratique.trust.certificates.anatomy import anatomy_of
from pratique.trust.certificates.der import (
    INTEGER,
    SEQUENCE,
    Element,
    check_structure,
    children,
    read_element,
)
from pratique.trust.certificates.extensions import find_value
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
        raise Unreadable(f"the timestamp has more than {TOKEN_LIMIT} bytes")
    check_structure(encoded, "the timestamp")
    carried = _carried(read_element(encoded, "the timestamp"))
    try:
        return _read(carried)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        # What asn1crypto and its lazy values raise where a structure is another than the one expected.
        raise Unreadable(f"the timestamp is not one: {str(error)[:200]}") from error


def issuer_of(certificate: Certificate) -> bytes:
    """The issuer's name, as its bytes are in the certificate."""
    return anatomy_of(certificate).issuer.encoded


def _carried(whole: Element) -> bytes:
    """The token of a TimeStampResp that was granted (RFC 3161, section 2.4.2), or the token itself."""
    parts = tuple(children(whole.expect(SEQUENCE, "the timestamp"), "the timestamp"))
    if not parts or parts[0].tag != SEQUENCE:
        return whole.encoded
    status = next(children(parts[0], "the timestamp's status"), None)
    if status is None or status.tag != INTEGER or status.content not in _GRANTED or len(parts) != 2:
        raise Unreadable("the timestamp was not granted")
    return parts[1].encoded


def _read(encoded: bytes) -> Token:
    whole = ContentInfo.load(encoded, strict=True)
    if whole["content_type"].dotted != _SIGNED_DATA:
        raise Unreadable("the timestamp is not signed data")
    signed: SignedData = whole["content"]
    enclosed = signed["encap_content_info"]
    if int(signed["version"]) != _SIGNED_DATA_VERSION or enclosed["content_type"].dotted != TST_INFO:
        raise Unreadable("the timestamp is not signed data of version 3 with a TSTInfo")
    if len(signed["signer_infos"]) != 1:
        raise Unreadable(f"the timestamp has {len(signed['signer_infos'])} signers instead of one")
    signer: SignerInfo = signed["signer_infos"][0]
    hashed = read_hash(signer["digest_algorithm"])
    content = bytes(enclosed["content"])
    return Token(
        content=content,
        statement=read_statement(content),
        certificates=tuple(_read_certificates(signed["certificates"])),
        signer=_read_signer(signer),
        attributes=read_attributes(signer["signed_attrs"]),
        algorithm=read_signature_algorithm(signer["signature_algorithm"], hashed),
        signature=bytes(signer["signature"]),
    )


def _read_signer(signer: SignerInfo) -> SignerName:
    """The signer's identifier; the version says which form it has (RFC 5652, section 5.3)."""
    named, version = signer["sid"], int(signer["version"])
    match named.name, version:
        case "issuer_and_serial_number", 1:
            return SignerName(named.chosen["issuer"].dump(), int(named.chosen["serial_number"]))
        case "subject_key_identifier", 3:
            return SignerName(key_identifier=bytes(named.chosen))
    raise Unreadable(f"the timestamp's signer has the version {version}, which is not that of its identifier")


def _read_certificates(certificates: CertificateSet) -> Iterator[Certificate]:
    """The certificates that can be read; they only help to find a way to an anchor."""
    if len(certificates) > EMBEDDED_LIMIT:
        raise Unreadable(f"the timestamp brings more than {EMBEDDED_LIMIT} certificates")
    for each in certificates:
        try:
            if each.name == "certificate":
                yield read_certificate(each.chosen.dump())
        except Unreadable:
            continue
