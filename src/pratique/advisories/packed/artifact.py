"""The OCI artifact that a bundle is (image-spec, manifest.md): one layer for each source, its file as it is.

What the layers hold is told by the signed statement; titles are for people who look into a registry.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pratique.advisories.supplies import Form
from pratique.errors import Invalid
from pratique.oci import media
from pratique.oci.digest import Digest
from pratique.oci.manifest import Manifest

ARTIFACT_TYPE: Final = "application/vnd.pratique.advisories.v1"
SOURCES_LIMIT: Final = 1_000
"""Layers of a bundle."""

_TITLE: Final = "org.opencontainers.image.title"
_CREATED: Final = "org.opencontainers.image.created"
_VERSION: Final = "org.opencontainers.image.version"

_TYPES: Final[Mapping[tuple[Form, str], str]] = {
    (Form.ARCHIVE, ".zip"): "application/vnd.pratique.advisories.osv.v1+zip",
    (Form.KEV, ".json"): "application/vnd.pratique.advisories.kev.v1+json",
    (Form.EPSS, ".csv"): "application/vnd.pratique.advisories.epss.v1+csv",
    (Form.EPSS, ".csv.gz"): "application/vnd.pratique.advisories.epss.v1.csv+gzip",
}
FORMS: Final[Mapping[str, tuple[Form, str]]] = {media_type: form for form, media_type in _TYPES.items()}
"""What a layer's media type says: how its advisories come, and how its file's name ends."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One source's file; `title` as in `Debian/all.zip`."""

    form: Form
    suffix: str
    digest: Digest
    size: int
    title: str

    @property
    def descriptor(self) -> dict[str, Any]:
        """As the manifest names it."""
        return {
            "mediaType": _TYPES[self.form, self.suffix],
            "digest": self.digest,
            "size": self.size,
            "annotations": {_TITLE: self.title},
        }


def manifest_of(layers: Sequence[Layer], version: int, created: str) -> bytes:
    """The manifest of a bundle; equal values give equal bytes."""
    empty = {"mediaType": media.EMPTY, "digest": media.EMPTY_DIGEST, "size": media.EMPTY_SIZE}
    return _encoded(
        {
            "schemaVersion": 2,
            "mediaType": media.OCI_IMAGE,
            "artifactType": ARTIFACT_TYPE,
            "config": empty,
            "layers": [layer.descriptor for layer in layers],
            "annotations": {_CREATED: created, _VERSION: str(version)},
        }
    )


def index_of(manifests: Sequence[Mapping[str, Any]]) -> bytes:
    """The `index.json` of a layout."""
    return _encoded({"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": list(manifests)})


def is_bundle(manifest: Manifest) -> bool:
    """Whether a manifest says that it is a bundle of advisories."""
    return manifest.artifact_type == ARTIFACT_TYPE


def layers_of(manifest: Manifest) -> list[Layer]:
    """The layers of a bundle. Raises Invalid where one is of no kind that is known."""
    if not 0 < len(manifest.layers) <= SOURCES_LIMIT:
        raise Invalid(f"a bundle has 1 to {SOURCES_LIMIT} layers; this one has {len(manifest.layers)}")
    layers = []
    for one in manifest.layers:
        form = FORMS.get(one.media_type)
        if form is None:
            raise Invalid(
                f"a layer of the bundle is {one.media_type[:80]!r}, which this version does not know"
            )
        layers.append(Layer(*form, one.digest, one.size, one.annotations.get(_TITLE, "")))
    return layers


def _encoded(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
