"""A signer that writes what cosign 3.1 writes, so that tests need no cosign: bundles as referrers, and classic `.sig`.

`sign_bundle`, `attest_bundle` and `sign_classic` return the manifest's bytes and the blobs it names, by digest: push
the blobs, then the manifest (a classic one to the tag `classic_tag(subject)`).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.oci.digest import Digest, algorithm_of, digest_of, encoded_of

COSIGN_SIGN: Final = "https://sigstore.dev/cosign/sign/v1"
CUSTOM: Final = "https://cosign.sigstore.dev/attestation/v1"
VSA: Final = "https://slsa.dev/verification_summary/v1"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
OCI_IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
SIGNATURE: Final = "dev.cosignproject.cosign/signature"

Descriptor: TypeAlias = Mapping[str, Any]
Signed: TypeAlias = tuple[bytes, dict[Digest, bytes]]
_Private: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def _new_p256() -> _Private:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class SigningKey:
    """A private key; ECDSA on P-256 unless another is given."""

    private: _Private = field(default_factory=_new_p256)

    @property
    def pem(self) -> str:
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def hint(self) -> str:
        return _b64(hashlib.sha256(self.spki).digest())

    def sign(self, content: bytes) -> bytes:
        """DER for ECDSA with SHA-256 (what cosign 3.1.1 does for every curve), PKCS#1 v1.5 for RSA."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(content, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(content, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(content)


def descriptor_of(content: bytes, media_type: str = OCI_IMAGE, algorithm: str = "sha256") -> dict[str, Any]:
    """The descriptor of bytes in hand, as a subject or layer."""
    return {"mediaType": media_type, "size": len(content), "digest": digest_of(content, algorithm)}


# --- statements, envelopes, bundles -------------------------------------------------------------------------------


def statement(
    subject: Digest,
    predicate_type: str = COSIGN_SIGN,
    predicate: Any = None,
    annotations: Mapping[str, str] | None = None,
) -> bytes:
    """What is signed: cosign's signatures are statements v1 without subject name."""
    return _json(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {
                    "digest": {algorithm_of(subject): encoded_of(subject)},
                    "annotations": dict(annotations or {}),
                }
            ],
            "predicateType": predicate_type,
            "predicate": {} if predicate is None else predicate,
        }
    )


def envelope(
    key: SigningKey, payload: bytes, payload_type: str = "application/vnd.in-toto+json"
) -> dict[str, Any]:
    """A DSSE envelope with one signature."""
    signature = key.sign(pae(payload_type, payload))
    return {"payload": _b64(payload), "payloadType": payload_type, "signatures": [{"sig": _b64(signature)}]}


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a DSSE signature is over."""
    return b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(payload), payload)


def bundle(key: SigningKey, payload: bytes) -> dict[str, Any]:
    """A Sigstore bundle v0.3 by key, without log entry."""
    return {
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": key.hint}},
        "dsseEnvelope": envelope(key, payload),
    }


def sign_bundle(key: SigningKey, subject: Descriptor, annotations: Mapping[str, str] | None = None) -> Signed:
    """What `cosign sign --key` attaches by default: a referrer with one bundle."""
    payload = statement(subject["digest"], annotations=annotations)
    return referrer(bundle(key, payload), subject, COSIGN_SIGN)


def attest_bundle(
    key: SigningKey, subject: Descriptor, predicate_type: str = CUSTOM, predicate: Any = None
) -> Signed:
    """What `cosign attest --key` attaches: the same container with another predicate."""
    payload = statement(subject["digest"], predicate_type, predicate)
    return referrer(bundle(key, payload), subject, predicate_type)


def referrer(document: Mapping[str, Any], subject: Descriptor, predicate_type: str) -> Signed:
    """The manifest that carries a bundle, and its blobs."""
    content = _json(document)
    config = b"{}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": {**descriptor_of(config, "application/vnd.oci.empty.v1+json"), "artifactType": BUNDLE},
        "layers": [descriptor_of(content, BUNDLE)],
        "annotations": {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
            "org.opencontainers.image.created": "2026-11-21T02:08:18Z",
        },
        "subject": {name: subject[name] for name in ("mediaType", "size", "digest")},
        "artifactType": BUNDLE,
    }
    return _json(manifest), {digest_of(config): config, digest_of(content): content}


# --- classic signatures -------------------------------------------------------------------------------------------


def classic_tag(subject: Digest) -> str:
    """Where cosign looks for classic signatures of `subject`."""
    return f"{subject.replace(':', '-')}.sig"


def simple_signing(subject: Digest, reference: str = "registry.example/app", optional: Any = None) -> bytes:
    """What a classic signature is over."""
    critical = {
        "identity": {"docker-reference": reference},
        "image": {"docker-manifest-digest": subject},
        "type": "cosign container image signature",
    }
    return _json({"critical": critical, "optional": optional})


def sign_classic(
    *keys: SigningKey, subject: Digest, reference: str = "registry.example/app", optional: Any = None
) -> Signed:
    """What `cosign sign --new-bundle-format=false` leaves after each of `keys` has signed: one layer per signature."""
    payload = simple_signing(subject, reference, optional)
    layers = [
        {**descriptor_of(payload, SIMPLE_SIGNING), "annotations": {SIGNATURE: _b64(key.sign(payload))}}
        for key in keys
    ]
    config = _json(
        {
            "architecture": "",
            "created": "0001-01-01T00:00:00Z",
            "history": [{"created": "0001-01-01T00:00:00Z"}],
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
            "config": {},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": descriptor_of(config, "application/vnd.oci.image.config.v1+json"),
        "layers": layers,
    }
    return _json(manifest), {digest_of(config): config, digest_of(payload): payload}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()
