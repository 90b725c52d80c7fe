"""The signed attributes of a token's signer (RFC 5652, section 5.3; RFC 2634, section 5.4; RFC 5035; RFC 5816).

Each of content-type, message-digest and signing-certificate (v1 or v2) is there at most once, with one value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes

from pratique.trust.certificates import der
from pratique.trust.certificates.der import Element
from pratique.trust.certificates.sequences import Sequence, only_child, read_integer, read_oid
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import read_hash

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
ATTRIBUTE_LIMIT: Final = 32
"""Signed attributes of one token."""

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_DIRECTORY_NAME: Final = 0xA4
_PLACE: Final = "the timestamp's signed attributes"


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """A certificate by its hash, and by issuer (DER) and serial number where the attribute repeats them."""

    hashed: hashes.HashAlgorithm
    digest: bytes
    issuer: bytes | None = None
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class SignedAttributes:
    """What the signer signed: `encoded` as a SET, with the digest of the content and who the signer is."""

    encoded: bytes
    message_digest: bytes
    certificates: tuple[CertificateHash, ...]
    has_v2: bool


def read_attributes(attributes: Element) -> SignedAttributes:
    """The attributes that RFC 3161 asks for, from the [0] that holds them. Raises Unreadable."""
    present = _by_type(attributes)
    if read_oid(_only(present, _CONTENT_TYPE, "content type"), _PLACE) != TST_INFO:
        raise Unreadable("the timestamp's signed content type is not TSTInfo")
    digest = _only(present, _MESSAGE_DIGEST, "message digest").expect(der.OCTET_STRING, _PLACE).content
    certificates = tuple(_read_certificates(present))
    if not certificates:
        raise Unreadable("the timestamp does not say which certificate signed it")
    # Signed is the SET OF, not the [0] that stands in its place in the token (RFC 5652, section 5.4). Some authorities
    # (GlobalSign) do not sort it, and sign what they wrote.
    encoded = bytes((der.SET,)) + attributes.encoded[1:]
    return SignedAttributes(encoded, digest, certificates, _SIGNING_CERTIFICATE_V2 in present)


def _by_type(attributes: Element) -> Mapping[str, Element]:
    """The SET of values of each attribute."""
    found: dict[str, Element] = {}
    for each in der.children(attributes, _PLACE):
        attribute = Sequence(each, _PLACE)
        kind, values = read_oid(attribute.take(der.OBJECT_IDENTIFIER), _PLACE), attribute.take(der.SET)
        attribute.end()
        if kind in found or len(found) == ATTRIBUTE_LIMIT:
            raise Unreadable(f"{_PLACE} repeat one, or are more than {ATTRIBUTE_LIMIT}")
        found[kind] = values
    return found


def _only(present: Mapping[str, Element], kind: str, name: str) -> Element:
    """The one value of an attribute that must be there."""
    values = tuple(der.children(present[kind], _PLACE)) if kind in present else ()
    if len(values) != 1:
        raise Unreadable(f"{_PLACE} need one {name}")
    return values[0]


def _read_certificates(present: Mapping[str, Element]) -> Iterator[CertificateHash]:
    """The first certificate of each attribute: it is the signer's, the others are of no use here."""
    for kind in (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
        if kind not in present:
            continue
        named = Sequence(_only(present, kind, "signing certificate"), _PLACE)
        certificates = Sequence(named.take(der.SEQUENCE), _PLACE)
        named.maybe(der.SEQUENCE)
        named.end()
        yield _read_certificate(certificates.take(der.SEQUENCE), v2=kind == _SIGNING_CERTIFICATE_V2)


def _read_certificate(named: Element, *, v2: bool) -> CertificateHash:
    fields = Sequence(named, _PLACE)
    algorithm = fields.maybe(der.SEQUENCE) if v2 else None
    # RFC 2634's attribute is SHA-1 by definition, RFC 5035's SHA-256 where it does not say.
    hashed: hashes.HashAlgorithm = hashes.SHA256() if v2 else hashes.SHA1()  # noqa: S303 - proves nothing by itself
    digest = fields.take(der.OCTET_STRING).content
    repeated = fields.maybe(der.SEQUENCE)
    fields.end()
    issuer, serial = (None, None) if repeated is None else _read_issuer_serial(repeated)
    return CertificateHash(hashed if algorithm is None else read_hash(algorithm), digest, issuer, serial)


def _read_issuer_serial(repeated: Element) -> tuple[bytes, int]:
    fields = Sequence(repeated, _PLACE)
    name = only_child(fields.take(der.SEQUENCE), _DIRECTORY_NAME, _PLACE)
    serial = read_integer(fields.take(der.INTEGER), _PLACE)
    fields.end()
    return only_child(name, der.SEQUENCE, _PLACE).encoded, serial
