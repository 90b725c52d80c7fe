"""Sigstore bundles v0.1 to v0.3 (sigstore/protobuf-specs, protos/sigstore_bundle.proto; cosign, specs/BUNDLE_SPEC.md).

Read whole and not judged: what a bundle holds, with each oneof decided and the rules of its version kept. Nothing in a
bundle is trusted: not its certificates, not its timestamps' chains, not the hint that names a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pratique.trust.dsse import Envelope, read_bundled
from pratique.trust.material import Material, Version, read_material
from pratique.trust.strict import Closed, Unreadable, read_json

HashName: TypeAlias = Literal["sha256", "sha384", "sha512"]

MEDIA_TYPES: Final[Mapping[str, Version]] = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "0.3",
}
"""How a bundle may call itself."""
HASHES: Final[Mapping[str, HashName]] = {
    "SHA2_256": "sha256",
    "SHA2_384": "sha384",
    "SHA2_512": "sha512",
}
"""The supported ones of sigstore_common.proto, HashAlgorithm."""
SIGNATURE_LIMIT: Final = 4 * 1024
"""Bytes of one signature."""

_BUNDLE: Final = ("mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope")


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """A signature over the bytes of an artifact, which is named by an unauthenticated digest."""

    algorithm: HashName
    digest: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds: whose signature it is said to be and what attests that, and what is signed."""

    material: Material
    content: Envelope | MessageSignature


def read_bundle(content: bytes) -> Bundle:
    """The bundle that `content` is. Raises Unreadable or ManifestInvalid."""
    fields = Closed(read_json(content), "bundle", _BUNDLE)
    media_type = fields.needed_text("mediaType")
    version = MEDIA_TYPES.get(media_type)
    if version is None:
        raise Unreadable(f"bundle.mediaType is {media_type[:80]!r}, which is no version known here")
    material = read_material(fields.value("verificationMaterial"), "bundle.verificationMaterial", version)
    return Bundle(material, _content(fields))


def _content(bundle: Closed) -> Envelope | MessageSignature:
    if bundle.one_of("messageSignature", "dsseEnvelope") == "messageSignature":
        return _message_signature(bundle.closed("messageSignature", ("messageDigest", "signature")))
    envelope = read_bundled(bundle.value("dsseEnvelope"), "bundle.dsseEnvelope")
    # Verifiers must refuse envelopes with any other number of signatures.
    if len(envelope.signatures) != 1:
        raise Unreadable(
            f"bundle.dsseEnvelope has {len(envelope.signatures)} signatures; exactly one is allowed"
        )
    return envelope


def _message_signature(message: Closed) -> MessageSignature:
    digest = message.closed("messageDigest", ("algorithm", "digest"))
    algorithm = HASHES.get(digest.needed_text("algorithm"))
    if algorithm is None:
        digest.refuse("algorithm", f"is none of {', '.join(HASHES)}")
    return MessageSignature(
        algorithm=algorithm,
        digest=digest.needed_content("digest", 64),
        signature=message.needed_content("signature", SIGNATURE_LIMIT),
    )
