"""Public keys whose signatures can be trusted, from PEM "PUBLIC KEY" blocks (RFC 7468, section 13; RFC 5280 SPKI).

Algorithms are those of Sigstore's registry (protobuf-specs, sigstore_common.proto, `PublicKeyDetails`):
ECDSA on P-256, P-384 and P-521, RSA of 2,048 to 8,192 bits with PKCS#1 v1.5 or PSS and SHA-256, Ed25519 and Ed25519ph.
Not taken: ML-DSA, which no released client writes for images.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pratique.errors import BadRequest
from pratique.trust import ed25519ph

PEM_LIMIT: Final = 16 * 1024
"""Characters of a PEM text."""
RSA_BITS: Final = (2_048, 8_192)
RSA_EXPONENT_BITS: Final = 64
"""Everybody has 65,537; one as long as the modulus makes a verification as slow as a signature, 25 times."""
SIGNATURE_LIMIT: Final = 2_048
"""Bytes of one signature: RSA of 8,192 bits needs 1,024."""

_ED25519_SIZE: Final = 64

_Key: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
_CURVES: Final[dict[str, tuple[hashes.HashAlgorithm, ...]]] = {
    "secp256r1": (hashes.SHA256(),),
    # SHA-256 with the larger curves is deprecated, and what cosign signed with before 3.1.3 (cosign#5019).
    "secp384r1": (hashes.SHA384(), hashes.SHA256()),
    "secp521r1": (hashes.SHA512(), hashes.SHA256()),
}
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_BLOCK: Final = re.compile(r"\s*-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies; equal when its SubjectPublicKeyInfo is."""

    fingerprint: str
    """SHA-256 of the DER SubjectPublicKeyInfo, hexadecimal:

    `openssl pkey -pubin -outform DER | sha256sum`.
    """
    der: bytes
    algorithm: str
    _key: _Key

    @property
    def hint(self) -> str:
        """The fingerprint as cosign writes it into a bundle's `publicKey.hint`: base64."""
        return base64.b64encode(bytes.fromhex(self.fingerprint)).decode("ascii")

    @property
    def pem(self) -> str:
        """The key as one canonical PEM block."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    def may_have_made(self, signature: bytes, *, allow_raw: bool = False) -> bool:
        """Whether `signature` has the form that this key's have, which says nothing of whether it verifies."""
        match self._key:
            case ec.EllipticCurvePublicKey():
                size = (self._key.curve.key_size + 7) // 8
                # RFC 3279, 2.2.3: a sequence of two integers, each with a head and perhaps a zero in front.
                is_der = len(signature) <= 2 * (size + 3) + 3 and _is_sequence(signature)
                return is_der or (allow_raw and len(signature) == 2 * size)
            case rsa.RSAPublicKey():
                return len(signature) == (self._key.key_size + 7) // 8
            case _:
                return len(signature) == _ED25519_SIZE

    def verify(self, signature: bytes, content: bytes, *, allow_raw: bool = False) -> bool:
        """Whether `signature` is this key's over `content`. Never raises.

        ECDSA signatures are DER; with `allow_raw` the two integers side by side (r||s), as some DSSE
        signers write them, are taken where DER fails and the length is right.
        """
        if len(signature) > SIGNATURE_LIMIT:
            return False
        match self._key:
            case ec.EllipticCurvePublicKey():
                forms = (
                    [signature, *_from_raw(signature, self._key.curve.key_size)] if allow_raw else [signature]
                )
                return any(
                    _ecdsa(self._key, form, content, h)
                    for form in forms
                    for h in _CURVES[self._key.curve.name]
                )
            case rsa.RSAPublicKey():
                return _rsa(self._key, signature, content, hashes.SHA256())
            case _:
                return _ed25519(self._key, signature, content)

    def verify_digest(self, signature: bytes, digest: bytes, algorithm: str = "sha256") -> bool:
        """Whether `signature` is this key's over content with this `digest`. Never raises.

        Ed25519 signs contents; only Ed25519ph, which cosign writes, can be told from a SHA-512 digest.
        """
        hashed = _HASHES.get(algorithm)
        if hashed is None or len(signature) > SIGNATURE_LIMIT or len(digest) != hashed.digest_size:
            return False
        match self._key:
            case ec.EllipticCurvePublicKey():
                takes = hashed.name in {known.name for known in _CURVES[self._key.curve.name]}
                return takes and _ecdsa(self._key, signature, digest, Prehashed(hashed))
            case rsa.RSAPublicKey():
                return hashed.name == "sha256" and _rsa(self._key, signature, digest, Prehashed(hashed))
            case _:
                raw = self._key.public_bytes_raw()
                return hashed.name == "sha512" and ed25519ph.verifies_digest(raw, signature, digest)


def parse_public_key(pem: str | bytes) -> PublicKey:
    """The key of exactly one PEM block. Raises BadRequest with the reason and what to send instead."""
    der = _spki(_text(pem))
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadRequest(
            "this is not a public key that can be read: malformed, or of an unknown algorithm"
        ) from error
    if not isinstance(key, _Key):
        raise BadRequest("keys of this algorithm are not supported: use ECDSA, RSA or Ed25519")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
        raise BadRequest(
            "the key is not in its canonical form (trailing bytes, a compressed point, RSA-PSS parameters)"
        )
    return PublicKey(hashlib.sha256(der).hexdigest(), der, _algorithm(key), key)


def _text(pem: str | bytes) -> str:
    if len(pem) > PEM_LIMIT:
        raise BadRequest(f"a public key has at most {PEM_LIMIT} characters")
    try:
        return pem if isinstance(pem, str) else pem.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadRequest("a public key is PEM text: -----BEGIN PUBLIC KEY----- …") from error


def _spki(text: str) -> bytes:
    if "PRIVATE KEY" in text:
        raise BadRequest(
            "this is a private key: never send it anywhere, and replace it if this was no test. "
            "Send its public half (cosign public-key --key cosign.key)"
        )
    if "CERTIFICATE" in text:
        raise BadRequest(
            "this is a certificate: send its public key (openssl x509 -in cert.pem -pubkey -noout); "
            "its dates and issuer would not be checked"
        )
    block = _BLOCK.fullmatch(text)
    if block is None:
        raise BadRequest("a public key is exactly one PEM block: -----BEGIN PUBLIC KEY----- …")
    if block[1] != "PUBLIC KEY":
        raise BadRequest(f"a {block[1]} block is not supported: convert it (openssl pkey -pubin -in key.pem)")
    try:
        return base64.b64decode("".join(block[2].split()), validate=True)
    except ValueError as error:
        raise BadRequest("the PEM block does not hold base64") from error


def _algorithm(key: _Key) -> str:
    """The name of a supported algorithm. Raises BadRequest when it is too weak or too slow."""
    match key:
        case ec.EllipticCurvePublicKey():
            if key.curve.name not in _CURVES:
                raise BadRequest(f"the curve {key.curve.name} is not supported: use P-256, P-384 or P-521")
            return f"ecdsa-p{key.curve.key_size}"
        case rsa.RSAPublicKey():
            if not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
                raise BadRequest(
                    f"RSA keys have {RSA_BITS[0]} to {RSA_BITS[1]} bits here, this one has {key.key_size}"
                )
            if key.public_numbers().e.bit_length() > RSA_EXPONENT_BITS:
                raise BadRequest(f"an RSA key's exponent has at most {RSA_EXPONENT_BITS} bits here")
            return f"rsa-{key.key_size}"
        case _:
            return "ed25519"


def _is_sequence(content: bytes) -> bool:
    """Whether it has the head of a SEQUENCE that ends where it does, of at most 255 bytes."""
    length = len(content)
    return content.startswith((bytes((0x30, (length - 2) & 0xFF)), bytes((0x30, 0x81, (length - 3) & 0xFF))))


def _from_raw(signature: bytes, key_size: int) -> list[bytes]:
    """The DER form of r||s, if the length is that of two integers of the curve."""
    size = (key_size + 7) // 8
    if len(signature) != 2 * size:
        return []
    return [encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))]


def _ecdsa(
    key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes, hashed: hashes.HashAlgorithm | Prehashed
) -> bool:
    try:
        key.verify(signature, content, ec.ECDSA(hashed))
    except InvalidSignature:
        return False
    return True


def _rsa(key: rsa.RSAPublicKey, signature: bytes, content: bytes, hashed: hashes.SHA256 | Prehashed) -> bool:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    for scheme in (padding.PKCS1v15(), pss):
        try:
            key.verify(signature, content, scheme, hashed)
        except InvalidSignature:
            continue
        return True
    return False


def _ed25519(key: ed25519.Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Pure Ed25519, as DSSE's other signers write it, or Ed25519ph, which cosign does; the two can't be confused."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return ed25519ph.verifies(key.public_bytes_raw(), signature, content)
    return True
