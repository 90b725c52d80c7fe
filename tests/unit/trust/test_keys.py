"""Public keys: what is taken, what is refused and with which help, and which signatures they verify."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import SigningKey

from pratique.errors import BadRequest
from pratique.trust import ed25519ph, parse_public_key
from pratique.trust.keys import PEM_LIMIT, SIGNATURE_LIMIT

RSA = SigningKey(rsa.generate_private_key(65537, 2048))
P256 = SigningKey()
P384 = SigningKey(ec.generate_private_key(ec.SECP384R1()))
P521 = SigningKey(ec.generate_private_key(ec.SECP521R1()))
ED25519 = SigningKey(ed25519.Ed25519PrivateKey.generate())
KINDS = {"ecdsa-p256": P256, "ecdsa-p384": P384, "ecdsa-p521": P521, "rsa-2048": RSA, "ed25519": ED25519}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_verifies_its_own_signatures_and_no_others(kind: str) -> None:
    signer = KINDS[kind]
    key = parse_public_key(signer.pem)
    signature = signer.sign(b"content")
    assert key.algorithm == kind
    assert key.verify(signature, b"content")
    assert not key.verify(signature, b"another content")
    assert not key.verify(signature[:-1] + bytes([signature[-1] ^ 1]), b"content")
    assert not any(
        parse_public_key(other.pem).verify(signature, b"content") for k, other in KINDS.items() if k != kind
    )


@pytest.mark.parametrize(("signer", "algorithm"), [(P384, hashes.SHA384()), (P521, hashes.SHA512())])
def test_large_curves_verify_with_the_hash_of_their_size(
    signer: SigningKey, algorithm: hashes.HashAlgorithm
) -> None:
    assert isinstance(signer.private, ec.EllipticCurvePrivateKey)
    assert parse_public_key(signer.pem).verify(signer.private.sign(b"x", ec.ECDSA(algorithm)), b"x")


def test_weak_hashes_are_not_taken() -> None:
    assert isinstance(P256.private, ec.EllipticCurvePrivateKey)
    assert isinstance(RSA.private, rsa.RSAPrivateKey)
    sha1 = hashes.SHA1()  # noqa: S303 - that it is refused is what is shown
    assert not parse_public_key(P256.pem).verify(P256.private.sign(b"x", ec.ECDSA(sha1)), b"x")
    assert not parse_public_key(RSA.pem).verify(RSA.private.sign(b"x", padding.PKCS1v15(), sha1), b"x")


def test_rsa_verifies_pss_too() -> None:
    assert isinstance(RSA.private, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    assert parse_public_key(RSA.pem).verify(RSA.private.sign(b"x", pss, hashes.SHA256()), b"x")


@pytest.mark.parametrize("signer", [P256, P384, P521])
def test_raw_ecdsa_signatures_are_taken_only_where_they_are_allowed(signer: SigningKey) -> None:
    assert isinstance(signer.private, ec.EllipticCurvePrivateKey)
    size = (signer.private.key_size + 7) // 8
    raw = b"".join(number.to_bytes(size) for number in decode_dss_signature(signer.sign(b"content")))
    key = parse_public_key(signer.pem)
    assert key.verify(raw, b"content", allow_raw=True)
    assert not key.verify(raw, b"content")
    assert not key.verify(raw + b"\0", b"content", allow_raw=True)


def test_ed25519ph_is_verified_as_rfc_8032_says() -> None:
    """RFC 8032, section 7.3: the test vector of Ed25519ph."""
    public_key = bytes.fromhex("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf")
    signature = bytes.fromhex(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    )
    assert ed25519ph.verifies(public_key, signature, b"abc")
    assert not ed25519ph.verifies(public_key, signature, b"abd")
    order = 2**252 + 27742317777372353535851937790883648493
    malleable = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not ed25519ph.verifies(public_key, signature[:32] + malleable, b"abc")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.binary(max_size=8))
def test_ed25519ph_says_no_to_anything_else(public_key: bytes, signature: bytes, content: bytes) -> None:
    assert not ed25519ph.verifies(public_key, signature, content)


def test_the_fingerprint_is_that_of_the_der_which_the_pem_holds() -> None:
    """What `openssl pkey -pubin -outform DER | sha256sum` says."""
    key = parse_public_key(P256.pem)
    der = base64.b64decode("".join(P256.pem.splitlines()[1:-1]))
    assert key.fingerprint == hashlib.sha256(der).hexdigest() == P256.fingerprint
    assert key.hint == P256.hint
    assert parse_public_key(key.pem) == key


def _pem(label: str, der: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


def _private() -> str:
    return P256.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _compressed() -> str:
    public = P256.private.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    return _pem("PUBLIC KEY", b"\x30\x39" + algorithm + b"\x03\x22\x00" + point)


def _public(key: dsa.DSAPublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("pem", "help_"),
    [
        (_private(), "private key: never send it anywhere"),
        (
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----",
            "public half",
        ),
        (_pem("CERTIFICATE", b"\x30\x00"), "openssl x509 -in cert.pem -pubkey"),
        (_pem("RSA PUBLIC KEY", b"\x30\x00"), "openssl pkey -pubin"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me", "exactly one PEM block"),
        (P256.pem + RSA.pem, "exactly one PEM block"),
        (f"# mine\n{P256.pem}", "exactly one PEM block"),
        ("", "exactly one PEM block"),
        (_pem("PUBLIC KEY", P256.spki + b"\0"), ""),
        (_compressed(), "canonical"),
        (_pem("PUBLIC KEY", b"\x30\x00"), "malformed"),
        ("-----BEGIN PUBLIC KEY-----\nAAA=A\n-----END PUBLIC KEY-----", "base64"),
        (_public(ec.generate_private_key(ec.SECP224R1()).public_key()), "P-256, P-384 or P-521"),
        (_public(ec.generate_private_key(ec.SECP256K1()).public_key()), "P-256, P-384 or P-521"),
        (_public(rsa.generate_private_key(65537, 1024).public_key()), "2048 to 8192 bits"),  # noqa: S505 - to be refused
        (_public(dsa.generate_private_key(2048).public_key()), "ECDSA, RSA or Ed25519"),
        ("A" * (PEM_LIMIT + 1), "at most"),
        ("-----BEGIN PUBLIC KEY-----é".encode(), "PEM text"),
    ],
)
def test_what_is_no_good_public_key_is_refused_with_help(pem: str | bytes, help_: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_public_key(pem)
    assert help_ in refused.value.message


def test_keys_that_cryptography_reads_are_the_ones_that_are_read_here() -> None:
    assert load_pem_public_key(P256.pem.encode()) == P256.private.public_key()
    assert parse_public_key(P256.pem.encode()).der == P256.spki


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda der: _pem("PUBLIC KEY", der)))
def test_no_text_makes_the_parser_fail_otherwise(pem: str) -> None:
    with pytest.raises(BadRequest):
        parse_public_key(pem)


@given(st.binary(max_size=200), st.sampled_from(list(KINDS.values())))
def test_no_bytes_make_verification_raise(signature: bytes, signer: SigningKey) -> None:
    key = parse_public_key(signer.pem)
    assert not key.verify(signature, b"content", allow_raw=True)
    assert not key.verify_digest(signature, hashlib.sha256(b"content").digest())


def test_an_endless_signature_is_not_looked_at() -> None:
    assert not parse_public_key(RSA.pem).verify(b"\0" * (SIGNATURE_LIMIT + 1), b"")
