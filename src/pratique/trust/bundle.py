"""Sigstore bundles v0.1 to v0.3 (sigstore/protobuf-specs, protos/sigstore_bundle.proto; cosign, specs/BUNDLE_SPEC.md).

Read whole and not judged: what a bundle holds, with each oneof decided and the rules of its version kept. Nothing in a
bundle is trusted: not its certificates, not its timestamps' chains, not the hint that names a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from pratique.trust.dsse import Envelope, read_bundled
from pratique.trust.logs.values import LogEntry
from pratique.trust.material import Material, read_material
from pratique.trust.strict import Closed, Unreadable, read_json

Version: TypeAlias = Literal["0.1", "0.2", "0.3"]
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
    """What a bundle holds.

    `hint` names the key that signed, unauthenticated; it is None with `certificates` (DER, leaf first), which are empty
    with a key. `chain_form` says that they came as a chain; private Sigstores may do that in v0.3.
    """

    version: Version
    hint: str | None
    certificates: tuple[bytes, ...]
    chain_form: bool
    entries: tuple[LogEntry, ...]
    timestamps: tuple[bytes, ...]
    content: Envelope | MessageSignature


def read_bundle(content: bytes) -> Bundle:
    """The bundle that `content` is. Raises Unreadable or ManifestInvalid."""
    fields = Closed(read_json(content), "bundle", _BUNDLE)
    media_type = fields.needed_text("mediaType")
    version = MEDIA_TYPES.get(media_type)
    if version is None:
        raise Unreadable(f"bundle.mediaType is {media_type[:80]!r}, which is no version known here")
    material = read_material(fields.value("verificationMaterial"), "bundle.verificationMaterial")
    _check_version(version, material)
    return Bundle(
        version=version,
        hint=material.hint,
        certificates=material.certificates,
        chain_form=material.chain_form,
        entries=material.entries,
        timestamps=material.timestamps,
        content=_content(fields),
    )


def _check_version(version: Version, material: Material) -> None:
    """What each version asks for (the comments of `tlog_entries`, `certificate` and `x509_certificate_chain`)."""
    if version == "0.1" and any(entry.promise is None for entry in material.entries):
        raise Unreadable("bundle v0.1 has a log entry without inclusion promise")
    if version != "0.1" and any(entry.proof is None for entry in material.entries):
        raise Unreadable(f"bundle v{version} has a log entry without inclusion proof")
    if version != "0.3" and material.certificates and not material.chain_form:
        raise Unreadable(f"bundle v{version} has no field for a single certificate; v0.3 does")


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
