"""The keys of services and of log entries, as a trusted root spells them (sigstore_common.proto, `PublicKeyDetails`).

The bytes say what key it is, and the details must agree: nobody may take a key for another algorithm's. Steps not
taken: ML-DSA, LMS and LMOTS keys, which no service has, are refused, and with them the whole document.
"""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pratique.errors import BadRequest
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.strict import Unreadable

_ALGORITHMS: Final = {
    "PKIX_ECDSA_P256_SHA_256": "ecdsa-p256",
    "PKIX_ECDSA_P384_SHA_384": "ecdsa-p384",
    "PKIX_ECDSA_P384_SHA_256": "ecdsa-p384",
    "PKIX_ECDSA_P521_SHA_512": "ecdsa-p521",
    "PKIX_ECDSA_P521_SHA_256": "ecdsa-p521",
    "PKIX_ED25519": "ed25519",
    "PKIX_ED25519_PH": "ed25519",
    "PKIX_RSA_PKCS1V15_2048_SHA256": "rsa-2048",
    "PKIX_RSA_PKCS1V15_3072_SHA256": "rsa-3072",
    "PKIX_RSA_PKCS1V15_4096_SHA256": "rsa-4096",
    "PKIX_RSA_PSS_2048_SHA256": "rsa-2048",
    "PKIX_RSA_PSS_3072_SHA256": "rsa-3072",
    "PKIX_RSA_PSS_4096_SHA256": "rsa-4096",
    # Deprecated, without a size; logs that ended long ago have them.
    "PKIX_RSA_PKCS1V5": "rsa",
    "PKIX_RSA_PSS": "rsa",
    "PKCS1_RSA_PKCS1V5": "rsa",
    "PKCS1_RSA_PSS": "rsa",
}
_BARE: Final = ("PKCS1_RSA_PKCS1V5", "PKCS1_RSA_PSS")
"""Keys that are an RSAPublicKey (RFC 8017, A.1.1) without a SubjectPublicKeyInfo around it."""


def read_log_key(raw: bytes, details: str, place: str) -> PublicKey:
    """The key that `raw` is, of the kind that `details` name. Raises Unreadable."""
    wanted = _ALGORITHMS.get(details)
    if wanted is None:
        raise Unreadable(f"{place} is a key of an unknown kind: {details[:60]!r}")
    key = _read(raw, place, bare=details in _BARE)
    if key.algorithm != wanted and key.algorithm.partition("-")[0] != wanted:
        raise Unreadable(f"{place} is said to be {details} and is a key of {key.algorithm}")
    return key


def _read(raw: bytes, place: str, *, bare: bool) -> PublicKey:
    try:
        loaded = load_der_public_key(raw)
        if bare:
            same = isinstance(loaded, rsa.RSAPublicKey) and raw == loaded.public_bytes(
                Encoding.DER, PublicFormat.PKCS1
            )
        else:
            same = raw == loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if not same:
            raise Unreadable(f"{place} is not a key in canonical DER")
        return parse_public_key(loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unreadable(f"{place} is not a public key") from error
    except BadRequest as error:
        raise Unreadable(f"{place}: {error.message}") from error
