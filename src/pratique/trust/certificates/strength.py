"""Which keys and hashes are strong enough, wherever a certificate is involved.

RSA of 2,048 to 8,192 bits, ECDSA on P-256, P-384 and P-521, Ed25519; SHA-256, SHA-384 and SHA-512. MD5 and SHA-1 have
collisions, smaller keys can be broken, larger ones keep the machine busy, as do those with long exponents.
"""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509 import Certificate, SignatureAlgorithmOID

RSA_BITS: Final = (2_048, 8_192)
RSA_EXPONENT_BITS: Final = 64
"""65,537 has 17."""
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
HASHES: Final = frozenset({"sha256", "sha384", "sha512"})


def weakness_of_key(key: CertificatePublicKeyTypes) -> str | None:
    """Why a key does not count; None where it does."""
    match key:
        case rsa.RSAPublicKey() if RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
            slow = f"an RSA key whose exponent has more than {RSA_EXPONENT_BITS} bits"
            return slow if is_slow(key) else None
        case rsa.RSAPublicKey():
            return f"an RSA key of {key.key_size} bits ({RSA_BITS[0]} to {RSA_BITS[1]} are taken)"
        case ec.EllipticCurvePublicKey() if key.curve.name in CURVES:
            return None
        case ec.EllipticCurvePublicKey():
            return f"a key on the curve {key.curve.name} (P-256, P-384 and P-521 are taken)"
        case ed25519.Ed25519PublicKey():
            return None
        case _:
            return "a key of an algorithm that is not taken"


def is_slow(key: CertificatePublicKeyTypes) -> bool:
    """Whether a verification takes as long as a signature does: such keys are not even tried."""
    return isinstance(key, rsa.RSAPublicKey) and key.public_numbers().e.bit_length() > RSA_EXPONENT_BITS


def weakness_of_signature(certificate: Certificate) -> str | None:
    """Why the algorithm by which a certificate is signed does not count; None where it does."""
    try:
        hashed = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "a signature of an unknown algorithm"
    if hashed is None:
        ed25519_signed = certificate.signature_algorithm_oid == SignatureAlgorithmOID.ED25519
        return None if ed25519_signed else "a signature of an algorithm that is not taken"
    return None if hashed.name in HASHES else f"a signature with {hashed.name.upper()}"
