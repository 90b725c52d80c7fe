"""The signed attributes of a token's signer (RFC 5652, section 5.3; RFC 2634, section 5.4; RFC 5035; RFC 5816).

Each of content-type, message-digest and signing-certificate (v1 or v2) is there at most once, with one value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asn1crypto.cms import CMSAttribute, CMSAttributes  # type: ignore[import-untyped]  # asn1crypto has no types
from asn1crypto.tsp import ESSCertID, ESSCertIDv2  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography.hazmat.primitives import hashes

from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import read_hash

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
ATTRIBUTE_LIMIT: Final = 32
"""Signed attributes of one token."""

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """A certificate by its hash, and by issuer (DER) and serial number where the attribute repeats them."""

    hashed: hashes.HashAlgorithm
    digest: bytes
    issuer: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True)
class SignedAttributes:
    """What the signer signed: `encoded` as a SET, with the digest of the content and who the signer is."""

    encoded: bytes
    message_digest: bytes
    certificates: tuple[CertificateHash, ...]
    has_v2: bool


def read_attributes(attributes: CMSAttributes) -> SignedAttributes:
    """The attributes that RFC 3161 asks for. Raises Unreadable, and what asn1crypto raises."""
    if len(attributes) > ATTRIBUTE_LIMIT:
        raise Unreadable(f"the timestamp has more than {ATTRIBUTE_LIMIT} signed attributes")
    if _only(attributes, _CONTENT_TYPE, "content type").dotted != TST_INFO:
        raise Unreadable("the timestamp's signed content type is not TSTInfo")
    digest = bytes(_only(attributes, _MESSAGE_DIGEST, "message digest"))
    present = {attribute["type"].dotted for attribute in attributes}
    certificates = tuple(_read_certificates(attributes, present))
    if not certificates:
        raise Unreadable("the timestamp does not say which certificate signed it")
    # Signed is the SET OF, not the [0] that stands in its place in the token (RFC 5652, section 5.4).
    encoded = b"\x31" + attributes.dump()[1:]
    return SignedAttributes(encoded, digest, certificates, _SIGNING_CERTIFICATE_V2 in present)


def _read_certificates(attributes: CMSAttributes, present: set[str]) -> Iterator[CertificateHash]:
    """The first certificate of each attribute: it is the signer's, the others are of no use here."""
    if _SIGNING_CERTIFICATE in present:
        yield _read_hash(_only(attributes, _SIGNING_CERTIFICATE, "signing certificate")["certs"][0])
    if _SIGNING_CERTIFICATE_V2 in present:
        yield _read_hash(_only(attributes, _SIGNING_CERTIFICATE_V2, "signing certificate")["certs"][0])


def _read_hash(named: ESSCertID | ESSCertIDv2) -> CertificateHash:
    issuer, serial = None, None
    if named["issuer_serial"].native is not None:
        (name,) = named["issuer_serial"]["issuer"]
        if name.name != "directory_name":
            raise Unreadable("the timestamp names its certificate's issuer by no directory name")
        issuer, serial = name.chosen.dump(), int(named["issuer_serial"]["serial_number"])
    v2 = isinstance(named, ESSCertIDv2)
    # RFC 2634's attribute is SHA-1 by definition.
    hashed = read_hash(named["hash_algorithm"]) if v2 else hashes.SHA1()  # noqa: S303 - proves nothing by itself
    return CertificateHash(hashed, bytes(named["cert_hash"]), issuer, serial)


def _only(attributes: CMSAttributes, identifier: str, name: str) -> CMSAttribute:
    """The one value of an attribute that must be there once."""
    values = [each["values"] for each in attributes if each["type"].dotted == identifier]
    if len(values) != 1 or len(values[0]) != 1:
        raise Unreadable(f"the timestamp's signed attributes need one {name}")
    return values[0][0]
