"""Bundles that sign bytes, as `cosign sign-blob` makes: verified for what they are, never as an image's signature."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.signing import BUNDLE, SigningKey
from tests.unit.trust.asking import ask_bundle, trusting

from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import Subject

CONTENT = b"a file"
FILE = Subject(digest_of(CONTENT), content=CONTENT)
DIGEST_ONLY = Subject(digest_of(CONTENT))
NAMES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}


def message(
    key: SigningKey, algorithm: str = "SHA2_256", digest: bytes | None = None, sig: bytes = b""
) -> Any:
    own = hashlib.new(NAMES[algorithm], CONTENT).digest() if digest is None else digest
    return {
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": key.hint}},
        "messageSignature": {
            "messageDigest": {"algorithm": algorithm, "digest": base64.b64encode(own).decode()},
            "signature": base64.b64encode(sig or key.sign(CONTENT)).decode(),
        },
    }


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]
)
@pytest.mark.parametrize("subject", [FILE, DIGEST_ONLY])
def test_bytes_are_verified_by_themselves_or_by_their_digest(private: Any, subject: Subject) -> None:
    key = SigningKey(private)
    record = ask_bundle(message(key), trusting(key), subject)
    assert (record.code, record.is_signature, record.predicate_type) == (Code.VERIFIED, False, "")


def test_ed25519_signs_contents_and_needs_them() -> None:
    key = SigningKey(ed25519.Ed25519PrivateKey.generate())
    assert ask_bundle(message(key), trusting(key), FILE).code == Code.VERIFIED
    assert ask_bundle(message(key), trusting(key), DIGEST_ONLY).code == Code.SIGNATURE_INVALID


def test_a_digest_by_another_algorithm_waits_for_the_bytes() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    key = SigningKey(private)
    document = message(key, "SHA2_384", sig=private.sign(CONTENT, ec.ECDSA(hashes.SHA384())))
    waiting = ask_bundle(document, trusting(key), DIGEST_ONLY)
    assert ask_bundle(document, trusting(key), FILE).code == Code.VERIFIED
    assert (waiting.code, waiting.awaits_content) == (Code.SIGNATURE_WRONG_SUBJECT, True)


def test_the_digest_must_be_that_of_the_subject_whatever_the_signature_is_over() -> None:
    key = SigningKey()
    other = hashlib.sha256(b"another file").digest()
    for subject in (FILE, DIGEST_ONLY):
        record = ask_bundle(message(key, digest=other), trusting(key), subject)
        assert (record.code, record.signer, record.awaits_content) == (
            Code.SIGNATURE_WRONG_SUBJECT,
            None,
            False,
        )
    lying = message(key, sig=key.sign(b"another file"))
    assert ask_bundle(lying, trusting(key), FILE).code == Code.SIGNATURE_INVALID


def test_a_sha512_artifact_is_compared_by_sha512() -> None:
    private = ec.generate_private_key(ec.SECP521R1())
    key = SigningKey(private)
    subject = Subject(digest_of(CONTENT, "sha512"))
    document = message(key, "SHA2_512", sig=private.sign(CONTENT, ec.ECDSA(hashes.SHA512())))
    assert ask_bundle(document, trusting(key), subject).code == Code.VERIFIED
    assert ask_bundle(json.dumps(message(key)).encode(), trusting(key), subject).awaits_content
