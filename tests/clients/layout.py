"""Small images as OCI image layouts (image-spec, image-layout.md), the same bytes each time."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class Image:
    """What `tag` names in the OCI layout at `path`: a manifest or an index."""

    path: Path
    tag: str
    digest: str
    media_type: str

    @property
    def is_index(self) -> bool:
        return self.media_type == INDEX

    @property
    def children(self) -> tuple[str, ...]:
        """The digests that an index names, in its order; of a manifest, none."""
        if not self.is_index:
            return ()
        return tuple(child["digest"] for child in self.document()["manifests"])

    def document(self) -> dict[str, Any]:
        """The manifest or index itself."""
        algorithm, _, encoded = self.digest.partition(":")
        document: dict[str, Any] = json.loads((self.path / "blobs" / algorithm / encoded).read_bytes())
        return document


def read(path: Path, tag: str) -> Image:
    """The image that a layout made by another program holds under `tag`. Raises KeyError without it."""
    for each in json.loads((path / "index.json").read_bytes())["manifests"]:
        if each.get("annotations", {}).get(REF_NAME) == tag:
            return Image(path, tag, each["digest"], each["mediaType"])
    raise KeyError(tag)


def entries(path: Path) -> list[str]:
    """The digests that the index of a layout names, in its order."""
    return [each["digest"] for each in json.loads((path / "index.json").read_bytes())["manifests"]]


def write_image(path: Path, files: Mapping[str, bytes], tag: str = "1") -> Image:
    """A layout at `path` with one image for linux/amd64 of one layer that holds `files`."""
    blobs = _Blobs(path)
    return blobs.tagged(_image(blobs, files, "amd64"), tag)


def write_index(path: Path, files: Mapping[str, bytes], tag: str = "1") -> Image:
    """A layout at `path` with an index of two images, for linux/amd64 and linux/arm64."""
    blobs = _Blobs(path)
    children = []
    for architecture in ("amd64", "arm64"):
        child = _image(blobs, {**files, "etc/architecture": architecture.encode()}, architecture)
        children.append({**child, "platform": {"os": "linux", "architecture": architecture}})
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
    return blobs.tagged(blobs.add_json(document, INDEX), tag)


def write_docker_archive(image: Image, name: str, target: Path) -> None:
    """The archive that `docker load` reads, of an image (no index), to be called `name`."""
    document = image.document()
    described = [document["config"], *document["layers"]]
    paths = [Path("blobs", *each["digest"].split(":")) for each in described]
    manifest = [{"Config": str(paths[0]), "RepoTags": [name], "Layers": [str(each) for each in paths[1:]]}]
    with tarfile.open(target, "w") as archive:
        for path in paths:
            archive.add(image.path / path, str(path))
        content = json.dumps(manifest).encode()
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


class _Blobs:
    """The blobs of a layout being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "blobs" / "sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def add(self, content: bytes, media_type: str) -> dict[str, Any]:
        """Store bytes; returns their descriptor."""
        encoded = hashlib.sha256(content).hexdigest()
        (self._path / "blobs" / "sha256" / encoded).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(content)}

    def add_json(self, document: Mapping[str, Any], media_type: str) -> dict[str, Any]:
        return self.add(json.dumps(document).encode(), media_type)

    def tagged(self, descriptor: Mapping[str, Any], tag: str) -> Image:
        """Make `descriptor` the layout's one entry."""
        entry = {**descriptor, "annotations": {REF_NAME: tag}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
        (self._path / "index.json").write_text(json.dumps(index))
        return Image(self._path, tag, descriptor["digest"], descriptor["mediaType"])


def _image(blobs: _Blobs, files: Mapping[str, bytes], architecture: str) -> dict[str, Any]:
    layer = _tar(files)
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/hello"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blobs.add_json(config, CONFIG),
        "layers": [blobs.add(gzip.compress(layer, mtime=0), LAYER)],
    }
    return blobs.add_json(manifest, MANIFEST)


def _tar(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()
