"""What is looked at to examine an artifact: its layers, told by their bytes and not by what they claim to be.

Whatever has a configuration with diffIDs is an image, under whichever media types: containerd runs it. What is none is
let out unexamined only if its type is on a closed list and all of its layers are what that type says; everything else
could not be examined.
"""

import json
from collections.abc import Callable
from typing import Final

from pratique.errors import BlobUnknown
from pratique.inventory import Cataloguing, Contents, CouldNotBeExamined, examine_image, examine_layers
from pratique.inventory.configuration import SIZE_LIMIT
from pratique.inventory.examining import OpenLayer
from pratique.inventory.tar import is_tar
from pratique.inventory.unpacking import is_packed
from pratique.oci.descriptor import Descriptor
from pratique.oci.evidence_shape import LAYER_COUNT_LIMIT, LAYER_SIZE_LIMIT, SCHEMES
from pratique.oci.manifest import Manifest
from pratique.trust.parses import parses_as

HELM_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"
HELM_CHART: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
HELM_PROVENANCE: Final = "application/vnd.cncf.helm.chart.provenance.v1.prov"
WASM: Final = frozenset(
    (
        "application/wasm",
        "application/vnd.wasm.content.layer.v1+wasm",
        "application/vnd.module.wasm.content.layer.v1+wasm",
    )
)
_WASM_MAGIC: Final = b"\0asm"
_PROVENANCE_BEGINS: Final = b"-----BEGIN PGP SIGNED MESSAGE-----"
HEAD: Final = 512
"""Bytes by which a layer is told."""

NOTHING_INSIDE: Final = Contents(None, ())
"""Of what has no packages: documents, modules."""

LINUX: Final = frozenset({"", "linux"})
"""Operating systems of images whose packages are known."""


class Looking:
    """Looks into artifacts. `opened` opens a blob by its digest, `cataloguing` reads what is in a layer."""

    def __init__(self, opened: OpenLayer, cataloguing: Cataloguing) -> None:
        self._opened = opened
        self._cataloguing = cataloguing

    def __call__(self, manifest: Manifest, told: Callable[[str], None] | None = None) -> Contents:
        """What is inside an image manifest. Raises CouldNotBeExamined with the reason."""
        try:
            return self._look(manifest, told)
        except BlobUnknown as error:
            raise CouldNotBeExamined(f"a part of it is not here: {error.message}") from error

    def _look(self, manifest: Manifest, told: Callable[[str], None] | None) -> Contents:
        for layer in manifest.layers:
            _check_descriptor(layer)
        if self._is_documents(manifest) or self._is_module(manifest):
            return NOTHING_INSIDE
        configuration = self._configuration(manifest)
        if _has_diff_ids(configuration):
            digests = [layer.digest for layer in manifest.layers]
            contents = examine_image(self._cataloguing, digests, configuration, told=told)
            if contents.facts is not None and contents.facts.os not in LINUX:
                raise CouldNotBeExamined(f"images for {contents.facts.os} are not known here")
            return contents
        if self._is_chart(manifest):
            charts = [layer.digest for layer in manifest.layers if layer.media_type == HELM_CHART]
            return examine_layers(self._cataloguing, charts, told=told)
        said = manifest.artifact_type or "unknown"
        raise CouldNotBeExamined(f"its type {said[:80]} is none whose contents are known")

    def _is_documents(self, manifest: Manifest) -> bool:
        """Whether each layer is one of the documents of gate.md 2: attestations of BuildKit, SBOMs, signatures."""
        named = 0 < len(manifest.layers) <= LAYER_COUNT_LIMIT and all(
            _spelled(layer) in SCHEMES and layer.size <= LAYER_SIZE_LIMIT for layer in manifest.layers
        )
        return named and all(self._parses(layer) for layer in manifest.layers)

    def _parses(self, layer: Descriptor) -> bool:
        content = self._content(layer, LAYER_SIZE_LIMIT)
        return not _is_archive(content[:HEAD]) and parses_as(_spelled(layer), content)

    def _is_module(self, manifest: Manifest) -> bool:
        return bool(manifest.layers) and all(
            _spelled(layer) in WASM and self._begins(layer, _WASM_MAGIC) for layer in manifest.layers
        )

    def _is_chart(self, manifest: Manifest) -> bool:
        """A chart, with its provenance or without."""
        if manifest.config is None or manifest.config.media_type != HELM_CONFIG:
            return False
        others = [layer for layer in manifest.layers if layer.media_type != HELM_CHART]
        return len(others) < len(manifest.layers) and all(
            layer.media_type == HELM_PROVENANCE and self._begins(layer, _PROVENANCE_BEGINS)
            for layer in others
        )

    def _configuration(self, manifest: Manifest) -> bytes:
        config = manifest.config
        if config is None:
            raise CouldNotBeExamined("it has no configuration")
        if config.size > SIZE_LIMIT:
            raise CouldNotBeExamined(
                f"its configuration has {config.size} bytes; {SIZE_LIMIT} are read at most"
            )
        return self._content(config, SIZE_LIMIT)

    def _begins(self, layer: Descriptor, mark: bytes) -> bool:
        """Whether a layer begins so, and is no archive whose first name is spelled like that."""
        with self._opened(layer.digest) as source:
            head = source.read(HEAD)
        return head.startswith(mark) and not _is_archive(head)

    def _content(self, blob: Descriptor, limit: int) -> bytes:
        with self._opened(blob.digest) as source:
            return source.read(limit + 1)


def _check_descriptor(layer: Descriptor) -> None:
    if layer.urls:
        raise CouldNotBeExamined(f"the layer {layer.digest} may be fetched from elsewhere (urls)")
    if "+encrypted" in layer.media_type:
        raise CouldNotBeExamined(f"the layer {layer.digest} is encrypted")


def _spelled(layer: Descriptor) -> str:
    return layer.media_type.replace(" ", "").lower()


def _is_archive(head: bytes) -> bool:
    return is_packed(head) or is_tar(head)


def _has_diff_ids(configuration: bytes) -> bool:
    """Whether a runtime would find layers in it. Go takes names of fields for the same that differ in case only.

    Go also reads what is not quite JSON (bytes that are no UTF-8, numbers and depths beyond ours): that may be one too.
    """
    try:
        said = json.loads(configuration)
    except (ValueError, RecursionError):
        return b"{" in configuration[:HEAD]
    return isinstance(said, dict) and any(name.casefold() == "rootfs" for name in said)
