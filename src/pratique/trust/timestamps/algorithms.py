"""The algorithms of tokens (RFC 5754, RFC 4056, RFC 8419), by the identifiers that CMS gives them.

SHA-256, SHA-384 and SHA-512 with RSA (PKCS #1 v1.5 and PSS), ECDSA and Ed25519. SHA-1 is found only where an old
attribute names a certificate by it (RFC 2634), which the signature and the chain prove anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from pratique.trust.certificates.der import INTEGER, NULL, SEQUENCE, Element
from pratique.trust.certificates.sequences import Sequence, only_child, read_integer, read_oid
from pratique.trust.strict import Unreadable

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
"""What digests are made with, by identifier."""

_Kind = Literal["pkcs1", "pss", "ecdsa", "ed25519"]
_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_SALT_LIMIT: Final = 1_024
_PLACE: Final = "the timestamp's algorithm"
_SIGNATURES: Final[Mapping[str, tuple[_Kind, str]]] = {
    "1.2.840.113549.1.1.1": ("pkcs1", ""),
    "1.2.840.113549.1.1.11": ("pkcs1", "sha256"),
    "1.2.840.113549.1.1.12": ("pkcs1", "sha384"),
    "1.2.840.113549.1.1.13": ("pkcs1", "sha512"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "1.3.101.112": ("ed25519", "sha512"),
}
"""Kind and hash by identifier; where it names no hash, that of the digest is meant."""


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """How a signer signed: `hashed` is the hash of its digest and of its signature; `salt` is PSS's, in bytes."""

    kind: _Kind
    hashed: hashes.HashAlgorithm
    salt: int = 0

    def verifies(self, key: CertificatePublicKeyTypes, signature: bytes, content: bytes) -> bool:
        """Whether `signature` is by `key` over `content`; never with a key of another kind."""
        try:
            match self.kind, key:
                case "pkcs1", rsa.RSAPublicKey():
                    key.verify(signature, content, padding.PKCS1v15(), self.hashed)
                case "pss", rsa.RSAPublicKey():
                    pss = padding.PSS(padding.MGF1(self.hashed), self.salt)
                    key.verify(signature, content, pss, self.hashed)
                case "ecdsa", ec.EllipticCurvePublicKey():
                    key.verify(signature, content, ec.ECDSA(self.hashed))
                case "ed25519", ed25519.Ed25519PublicKey():
                    key.verify(signature, content)
                case _:
                    return False
        except (InvalidSignature, ValueError):
            return False
        return True


def digest_of(hashed: hashes.HashAlgorithm, content: bytes) -> bytes:
    """The digest of `content`."""
    digest = hashes.Hash(hashed)
    digest.update(content)
    return digest.finalize()


def read_hash(algorithm: Element) -> hashes.HashAlgorithm:
    """The hash that an AlgorithmIdentifier names, if it is strong enough. Raises Unreadable."""
    identifier, parameters = _read(algorithm)
    if identifier not in HASHES or (parameters is not None and parameters.encoded != NULL):
        raise Unreadable(f"the timestamp uses the hash {identifier}, which is not taken")
    return HASHES[identifier]


def read_signature_algorithm(algorithm: Element, hashed: hashes.HashAlgorithm) -> SignatureAlgorithm:
    """The algorithm of a signature beside a digest by `hashed`. Raises Unreadable."""
    identifier, parameters = _read(algorithm)
    if identifier == _PSS and parameters is not None:
        return SignatureAlgorithm("pss", hashed, _read_salt(parameters, hashed))
    if identifier not in _SIGNATURES:
        raise Unreadable(f"the timestamp is signed with the algorithm {identifier}, which is not taken")
    kind, name = _SIGNATURES[identifier]
    if name not in {"", hashed.name}:
        raise Unreadable(f"the timestamp's digest is by {hashed.name}, its signature by {name}")
    return SignatureAlgorithm(kind, hashed)


def _read(algorithm: Element) -> tuple[str, Element | None]:
    fields = Sequence(algorithm, _PLACE)
    identifier, *parameters = fields.rest() or (algorithm,)
    if len(parameters) > 1:
        raise Unreadable(f"{_PLACE} has several parameters")
    return read_oid(identifier, _PLACE), parameters[0] if parameters else None


def _read_salt(parameters: Element, hashed: hashes.HashAlgorithm) -> int:
    """The salt's length; the hashes named must be that of the digest (RFC 4056, section 3). SHA-1 is the default."""
    fields = Sequence(parameters, _PLACE)
    outer, mask, salt = (fields.maybe(tag) for tag in (0xA0, 0xA1, 0xA2))
    fields.maybe(0xA3)
    fields.end()
    if outer is None or mask is None or salt is None:
        raise Unreadable("the timestamp is signed with RSA-PSS and SHA-1, which is not taken")
    function, inner = _read(only_child(mask, SEQUENCE, _PLACE))
    same = read_hash(only_child(outer, SEQUENCE, _PLACE)).name == hashed.name
    same = same and function == _MGF1 and inner is not None and read_hash(inner).name == hashed.name
    length = read_integer(only_child(salt, INTEGER, _PLACE), _PLACE)
    if not same or not 0 <= length <= _SALT_LIMIT:
        raise Unreadable("the timestamp's RSA-PSS parameters are not those of its digest")
    return length
