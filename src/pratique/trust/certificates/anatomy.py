"""A certificate taken apart without reading it otherwise than it is written (RFC 5280, section 4.1).

`cryptography` decodes what it parses and encodes it again; what other specifications hash or sign is the bytes
themselves: the key (RFC 6962, section 3.2), the certificate without one extension (section 3.3 there).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ObjectIdentifier

from pratique.trust.certificates import der
from pratique.trust.certificates.der import Element
from pratique.trust.certificates.sequences import Sequence, encoded_oid, only_child

_VERSION = 0xA0
_EXTENSIONS = 0xA3
_PLACE = "the certificate"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The fields of a TBSCertificate that are of use, those before its extensions, and these."""

    serial: Element
    issuer: Element
    public_key: Element
    inner_algorithm: Element
    outer_algorithm: Element
    before_extensions: tuple[Element, ...]
    extensions: tuple[Element, ...]

    def extension(self, oid: ObjectIdentifier) -> bytes | None:
        """The value of an extension, as the bytes within its OCTET STRING. Raises Unreadable."""
        wanted = encoded_oid(oid)
        for each in self.extensions:
            if each.content.startswith(wanted):
                *_, value = der.children(each, _PLACE)
                return value.expect(der.OCTET_STRING, _PLACE).content
        return None

    def without_extension(self, oid: ObjectIdentifier) -> bytes:
        """The TBSCertificate as it was before this extension was added to it."""
        unwanted = encoded_oid(oid)
        kept = b"".join(each.encoded for each in self.extensions if not each.content.startswith(unwanted))
        fields = [each.encoded for each in self.before_extensions]
        if kept:
            fields.append(der.write_element(_EXTENSIONS, der.write_element(der.SEQUENCE, kept)))
        return der.write_element(der.SEQUENCE, b"".join(fields))


def dissect(encoded: bytes) -> Anatomy:
    """The parts of a certificate. Raises Unreadable."""
    whole = Sequence(der.read_element(encoded, _PLACE), _PLACE)
    tbs = whole.take(der.SEQUENCE)
    outer = whole.take(der.SEQUENCE)
    whole.take(der.BIT_STRING)
    whole.end()
    fields = Sequence(tbs, _PLACE)
    fields.maybe(_VERSION)
    serial, inner, issuer = (fields.take(tag) for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE))
    _validity, _subject, key = (fields.take(der.SEQUENCE) for _ in range(3))
    all_fields = tuple(der.children(tbs, _PLACE))
    extensions: tuple[Element, ...] = ()
    if all_fields[-1].tag == _EXTENSIONS:
        extensions = tuple(der.children(only_child(all_fields[-1], der.SEQUENCE, _PLACE), _PLACE))
        all_fields = all_fields[:-1]
    return Anatomy(serial, issuer, key, inner, outer, all_fields, extensions)


def anatomy_of(certificate: Certificate) -> Anatomy:
    """The parts of a certificate that has been read."""
    return dissect(certificate.public_bytes(Encoding.DER))
