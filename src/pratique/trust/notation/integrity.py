"""Whether a notation signature is its leaf's over what it signs (signature-specification.md, "Algorithm Selection").

The key decides about the algorithm, and the envelope has to name that one. The table has three sizes of RSA keys:
those in between, and beyond, are refused, as notation refuses them.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pratique.trust.notation.envelope import Envelope
from pratique.trust.notation.invalid import NotationInvalid

_BY_BITS: Final = {2_048: "PS256", 3_072: "PS384", 4_096: "PS512"}
_BY_CURVE: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_HASHES: Final[dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def algorithm_of(key: CertificatePublicKeyTypes) -> str:
    """The one algorithm by which a key signs, by its JOSE name. Raises NotationInvalid."""
    match key:
        case rsa.RSAPublicKey() if key.key_size in _BY_BITS:
            return _BY_BITS[key.key_size]
        case rsa.RSAPublicKey():
            raise NotationInvalid(
                f"an RSA key of {key.key_size} bits does not sign: 2048, 3072 and 4096 are taken"
            )
        case ec.EllipticCurvePublicKey() if key.curve.name in _BY_CURVE:
            return _BY_CURVE[key.curve.name]
        case _:
            raise NotationInvalid("the signer's key is neither RSA nor on P-256, P-384 or P-521")


def check_signature(envelope: Envelope) -> None:
    """See that the leaf's key made the signature. Raises NotationInvalid with the reason."""
    key = envelope.chain[0].public_key()
    algorithm = algorithm_of(key)
    if envelope.algorithm != algorithm:
        raise NotationInvalid(
            f"the envelope says {envelope.algorithm}, and the signer's key is one for {algorithm}"
        )
    hashed = _HASHES[algorithm[2:]]
    try:
        match key:
            case rsa.RSAPublicKey():
                pss = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
                key.verify(envelope.signature, envelope.signed_bytes, pss, hashed)
            case ec.EllipticCurvePublicKey():
                signature = _to_der(envelope.signature, key.key_size)
                key.verify(signature, envelope.signed_bytes, ec.ECDSA(hashed))
    except InvalidSignature as error:
        raise NotationInvalid("the signature is not the signer's over this payload") from error


def _to_der(signature: bytes, bits: int) -> bytes:
    """r||s (RFC 7518, section 3.4; RFC 9053, section 2.1), each as long as the curve's order."""
    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        raise NotationInvalid(f"the signature has {len(signature)} bytes; r and s have {2 * size} together")
    return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
