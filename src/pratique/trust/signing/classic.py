"""cosign's classic signatures, beside those that are there already (cosign, specs/SIGNATURE_SPEC.md).

What podman, skopeo and CRI-O read. They compare the docker-reference with the name that was asked for: with a tag in it
it serves both a pull by that tag and by digest; without one, only policies that compare repositories.

All signatures of an artifact are layers of one manifest at one tag. Layers of others stay as they were, byte for byte
and in their order; the config is made anew, as every writer of this format does, since it lists the layers.
"""

import base64
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pratique.oci import media
from pratique.oci.digest import Digest, digest_of
from pratique.trust.signing.signer import Signer
from pratique.trust.signing.written import Named, Written, descriptor, encoded
from pratique.trust.simple_signing import TYPE

SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE: Final = "dev.cosignproject.cosign/signature"
REFERENCES_LIMIT: Final = 100
"""Tags of one artifact that get a layer each; with more of them, only the layer without tag is written."""

_NO_TIME: Final = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Layer:
    """One signature: what is signed, and the signature in base64. Known by both: a payload may be anybody's."""

    payload: bytes
    signature: str

    @property
    def digest(self) -> Digest:
        """Of the payload."""
        return digest_of(self.payload)

    @property
    def descriptor(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        return descriptor(SIMPLE_SIGNING, self.payload, {SIGNATURE: self.signature})

    def is_at(self, layer: Any) -> bool:
        """Whether a layer of a manifest is this one."""
        return layer.get("digest") == self.digest and _signature_at(layer) == self.signature


def references(named: Named, tags: Collection[str]) -> tuple[str, ...]:
    """The docker-references to sign: one for each tag, and the one without; with too many tags only that."""
    few = sorted(set(tags)) if len(set(tags)) <= REFERENCES_LIMIT else []
    return (named.resource, *(f"{named.resource}:{tag}" for tag in few))


def payload(named: Named, reference: str) -> bytes:
    """What is signed for one docker-reference; equal values give equal bytes."""
    return encoded(
        {
            "critical": {
                "identity": {"docker-reference": reference},
                "image": {"docker-manifest-digest": named.digest},
                "type": TYPE,
            },
            "optional": {"creator": "pratique", "project": named.project, "repository": named.repository},
        }
    )


def signed_layer(signer: Signer, content: bytes) -> Layer:
    """A payload signed."""
    return Layer(content, base64.b64encode(signer.sign(content)).decode("ascii"))


def merged(there: bytes | None, *, without: Iterable[Layer], added: Sequence[Layer]) -> Written | None:
    """The manifest at the tag with other layers of ours. None: nobody's layer is left.

    `there` is what the tag names now. Of it everything stays but the layers of `without`; `added` come last. With
    nothing to change the manifest is `there` itself.
    """
    document = _document(there)
    going = tuple(without)
    layers = document["layers"]
    kept = [layer for layer in layers if not any(one.is_at(layer) for one in going)]
    new = [one for one in added if not any(one.is_at(layer) for layer in kept)]
    if not kept and not new:
        return None
    if there is not None and not new and len(kept) == len(layers):
        return Written(there, {})
    wanted = [*kept, *(one.descriptor for one in new)]
    config = _config(wanted)
    document = {**document, "config": descriptor(media.OCI_CONFIG, config), "layers": wanted}
    return Written(
        encoded(document), {digest_of(one): one for one in (config, *(one.payload for one in new))}
    )


def holds(manifest: bytes, layers: Iterable[Layer]) -> bool:
    """Whether any of these signatures is in a manifest."""
    there = _layers(manifest)
    return any(one.is_at(layer) for one in layers for layer in there)


def is_classic(manifest: bytes) -> bool:
    """Whether a manifest carries classic signatures, found by a tag and not by a subject of its own."""
    named = json.loads(manifest).get("subject") is not None
    return not named and any(layer.get("mediaType") == SIMPLE_SIGNING for layer in _layers(manifest))


def others(manifest: bytes, ours: Collection[Layer]) -> set[tuple[str, str]]:
    """What a manifest holds beside our own signatures: digests and signatures of layers."""
    return {
        (str(layer.get("digest")), _signature_at(layer))
        for layer in _layers(manifest)
        if not any(one.is_at(layer) for one in ours)
    }


def _document(there: bytes | None) -> dict[str, Any]:
    if there is None:
        return {"schemaVersion": 2, "mediaType": media.OCI_IMAGE, "config": None, "layers": []}
    document: dict[str, Any] = json.loads(there)
    return document


def _layers(manifest: bytes) -> list[dict[str, Any]]:
    return [layer for layer in json.loads(manifest).get("layers") or () if isinstance(layer, dict)]


def _signature_at(layer: dict[str, Any]) -> str:
    return str((layer.get("annotations") or {}).get(SIGNATURE, ""))


def _config(layers: Sequence[dict[str, Any]]) -> bytes:
    return encoded(
        {
            "architecture": "",
            "created": _NO_TIME,
            "history": [{"created": _NO_TIME} for _ in layers],
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
            "config": {},
        }
    )
