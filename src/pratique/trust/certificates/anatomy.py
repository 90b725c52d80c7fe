"""A certificate taken apart without reading it otherwise than it is written (RFC 5280, section 4.1).

`cryptography` decodes what it parses and encodes it again; what other specifications hash or sign is the bytes
themselves: the key (RFC 6962, section 3.2), the certificate without one extension (section 3.3 there).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ObjectIdentifier

from pratique.trust.certificates import der
from pratique.trust.certificates.der import Element
from pratique.trust.strict import Unreadable

_VERSION = 0xA0
_EXTENSIONS = 0xA3


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The fields of a TBSCertificate in their order, and both names of the signature's algorithm."""

    fields: tuple[Element, ...]
    serial: Element
    issuer: Element
    inner_algorithm: Element
    outer_algorithm: Element
    public_key: Element

    @property
    def extensions(self) -> tuple[Element, ...]:
        """Each `Extension`, in its order; none where there are none."""
        last = self.fields[-1]
        if last.tag != _EXTENSIONS:
            return ()
        return tuple(der.children(_only_child(last), "the extensions"))

    def extension(self, oid: ObjectIdentifier) -> bytes | None:
        """The value of an extension, as the bytes within its OCTET STRING. Raises Unreadable."""
        for each in self.extensions:
            identifier, *_, value = der.children(each, "an extension")
            if identifier.encoded == encoded_oid(oid):
                return value.expect(der.OCTET_STRING, "an extension's value").content
        return None

    def without_extension(self, oid: ObjectIdentifier) -> bytes:
        """The TBSCertificate as it was before this extension was added to it."""
        kept = b"".join(
            each.encoded
            for each in self.extensions
            if next(der.children(each, "an extension")).encoded != encoded_oid(oid)
        )
        fields = [each.encoded for each in self.fields if each.tag != _EXTENSIONS]
        if kept:
            fields.append(der.write_element(_EXTENSIONS, der.write_element(der.SEQUENCE, kept)))
        return der.write_element(der.SEQUENCE, b"".join(fields))


def dissect(encoded: bytes) -> Anatomy:
    """The parts of a certificate. Raises Unreadable."""
    whole = der.read_element(encoded, "the certificate").expect(der.SEQUENCE, "the certificate")
    try:
        tbs, outer, _ = der.children(whole, "the certificate")
        fields = tuple(der.children(tbs.expect(der.SEQUENCE, "the certificate"), "the certificate"))
        first = 1 if fields[0].tag == _VERSION else 0
        serial, algorithm, issuer, _, _, key = fields[first : first + 6]
    except (ValueError, IndexError) as error:
        raise Unreadable("the certificate has too few or too many fields") from error
    return Anatomy(fields, serial, issuer, algorithm, outer, key)


def anatomy_of(certificate: Certificate) -> Anatomy:
    """The parts of a certificate that has been read."""
    return dissect(certificate.public_bytes(Encoding.DER))


def encoded_oid(oid: ObjectIdentifier) -> bytes:
    """An object identifier in DER (X.690, section 8.19)."""
    first, second, *rest = (int(arc) for arc in oid.dotted_string.split("."))
    return der.write_element(der.OBJECT_IDENTIFIER, b"".join(map(_base128, (40 * first + second, *rest))))


def _base128(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(0x80 | arc & 0x7F)
    return bytes(reversed(septets))


def _only_child(element: Element) -> Element:
    try:
        (child,) = der.children(element, "the extensions")
    except ValueError as error:
        raise Unreadable("the extensions are not one sequence") from error
    return child
