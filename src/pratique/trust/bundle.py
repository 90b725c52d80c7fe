"""Sigstore bundles v0.1 to v0.3 (sigstore/protobuf-specs, protos/sigstore_bundle.proto; cosign, specs/BUNDLE_SPEC.md).

Read, not judged: what a bundle holds, with each oneof decided. Steps not taken: log entries and timestamps
are not looked into, because keys need neither (the threshold for keys is 0); what a certificate says is not
read, because identities are not configured here.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from pratique.trust.dsse import Envelope, read_bundled
from pratique.trust.strict import Closed, Unreadable, decode_base64, read_json

MEDIA_TYPES: Final = frozenset(
    {
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    }
)
"""How a bundle may call itself."""

_BUNDLE: Final = ("mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope")
_MATERIALS: Final = ("publicKey", "certificate", "x509CertificateChain")
_MATERIAL: Final = (*_MATERIALS, "tlogEntries", "timestampVerificationData")
_MESSAGE: Final = ("messageDigest", "signature")

HashName = Literal["sha256", "sha384", "sha512"]
HASHES: Final[dict[str, HashName]] = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
"""The supported ones of sigstore_common.proto, HashAlgorithm."""

Material = Literal["key", "certificate"]


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """A signature over the bytes of an artifact, which is named by an unauthenticated digest."""

    algorithm: HashName
    digest: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds. `hint` names the key that signed, unauthenticated; it is "" with certificates."""

    material: Material
    hint: str
    content: Envelope | MessageSignature


def read_bundle(content: bytes) -> Bundle:
    """The bundle that `content` is. Raises Unreadable or ManifestInvalid."""
    bundle = Closed(read_json(content), "bundle", _BUNDLE)
    media_type = bundle.needed_text("mediaType")
    if media_type not in MEDIA_TYPES:
        raise Unreadable(f"bundle.mediaType is {media_type[:80]!r}, which is no version known here")
    material = Closed(bundle.value("verificationMaterial"), "bundle.verificationMaterial", _MATERIAL)
    kind = material.one_of(*_MATERIALS)
    return Bundle(
        material="key" if kind == "publicKey" else "certificate",
        hint=_hint(material.value(kind)) if kind == "publicKey" else "",
        content=_content(bundle),
    )


def _hint(value: Any) -> str:
    return Closed(value, "bundle.verificationMaterial.publicKey", ("hint",)).text("hint") or ""


def _content(bundle: Closed) -> Envelope | MessageSignature:
    if bundle.one_of("messageSignature", "dsseEnvelope") == "messageSignature":
        return _message_signature(bundle.value("messageSignature"), "bundle.messageSignature")
    envelope = read_bundled(bundle.value("dsseEnvelope"), "bundle.dsseEnvelope")
    # sigstore_bundle.proto: verifiers must refuse envelopes with any other number of signatures.
    if len(envelope.signatures) != 1:
        raise Unreadable(
            f"bundle.dsseEnvelope has {len(envelope.signatures)} signatures; exactly one is allowed"
        )
    return envelope


def _message_signature(value: Any, place: str) -> MessageSignature:
    message = Closed(value, place, _MESSAGE)
    digest = Closed(message.value("messageDigest"), f"{place}.messageDigest", ("algorithm", "digest"))
    algorithm = HASHES.get(digest.needed_text("algorithm"))
    if algorithm is None:
        digest.refuse("algorithm", f"is none of {', '.join(HASHES)}")
    return MessageSignature(
        algorithm=algorithm,
        digest=decode_base64(digest.needed_text("digest"), f"{place}.messageDigest.digest"),
        signature=decode_base64(message.needed_text("signature"), f"{place}.signature"),
    )
