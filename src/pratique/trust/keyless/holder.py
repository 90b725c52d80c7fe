"""Whose certificate stands beside a signature: read, not yet believed."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

from pratique.errors import BadRequest
from pratique.trust.certificates import CertificateIdentity, is_self_signed, read_certificate, read_identity
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.material import Material
from pratique.trust.strict import Unreadable

CLASSIC: Final = "classic"


@dataclass(frozen=True, slots=True)
class Holder:
    """The leaf, its key, whom it names, and the certificates that came along, of which none is trusted."""

    leaf: Certificate
    der: bytes
    key: PublicKey
    identity: CertificateIdentity
    intermediates: tuple[Certificate, ...]


def read_holder(material: Material) -> Holder:
    """Raises Unreadable, for a bundle with a root certificate in it too: such never count, and have no place there.

    Annotations of classic signatures carry the whole chain, whose root is left out.
    """
    leaf, *others = map(read_certificate, material.certificates)
    kept = tuple(each for each in others if not is_self_signed(each))
    if material.version != CLASSIC and len(kept) < len(others):
        raise Unreadable("the bundle contains a root certificate, which it must not")
    try:
        spki = leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        key = parse_public_key(spki)
    except BadRequest as error:
        raise Unreadable(f"the certificate's key: {error.message}") from error
    return Holder(leaf, material.certificates[0], key, read_identity(leaf), kept)
