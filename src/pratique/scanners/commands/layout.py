"""An image out of our storage in the forms that programs read, in a folder of its own.

As an image layout (image-spec, image-layout.md) its blobs are the files of the storage by another name (hard links:
programs refuse symbolic ones), and no byte is copied where the kernel keeps the program from writing to them. As an
archive (what `docker save` writes) they must stand in one file, into which the kernel copies them.
"""

import contextlib
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pratique.confinement import landlock
from pratique.errors import Unavailable
from pratique.oci import media
from pratique.oci.digest import Digest, algorithm_of, digest_of, encoded_of

NAME: Final = "image"
"""What the image is called in its layout."""
_REF_NAME: Final = "org.opencontainers.image.ref.name"
_BLOCK: Final = tarfile.BLOCKSIZE
_MOST: Final = 2**30


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob of an image, and the file that it is."""

    digest: Digest
    path: Path


@dataclass(frozen=True, slots=True)
class Image:
    """An image manifest as it was pushed, and the files of its configuration and its layers, in order."""

    manifest: bytes
    media_type: str
    config: Blob
    layers: tuple[Blob, ...]


def write_layout(image: Image, folder: Path) -> None:
    """The image as a layout in a folder, which is made."""
    for blob in (image.config, *image.layers):
        place = _place(folder, blob.digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            _link(blob.path, place)
    digest = digest_of(image.manifest)
    _place(folder, digest).write_bytes(image.manifest)
    described = {
        "mediaType": image.media_type,
        "digest": digest,
        "size": len(image.manifest),
        "annotations": {_REF_NAME: NAME},
    }
    index = {"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": [described]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def write_archive(image: Image, path: Path) -> None:
    """The image as one file. Layers keep their compression. Raises Unavailable where a blob is cut short."""
    layers = dict.fromkeys(image.layers)
    names = {blob: f"{encoded_of(blob.digest)}.tar" for blob in layers}
    config = f"{encoded_of(image.config.digest)}.json"
    said = [{"Config": config, "RepoTags": [], "Layers": [names[layer] for layer in image.layers]}]
    content = json.dumps(said).encode()
    with path.open("wb", buffering=0) as file:
        file.write(_header("manifest.json", len(content)) + content + _padding(len(content)))
        for blob, name in ((image.config, config), *names.items()):
            _copy(blob, name, file)
        file.write(bytes(2 * _BLOCK))


def _place(folder: Path, digest: Digest) -> Path:
    return folder / "blobs" / algorithm_of(digest) / encoded_of(digest)


def _link(path: Path, place: Path) -> None:
    """Copied where the program could write there, or the storage lies on another file system."""
    if landlock.version():
        with contextlib.suppress(OSError):
            place.hardlink_to(path)
            return
    shutil.copyfile(path, place)


def _copy(blob: Blob, name: str, file: IO[bytes]) -> None:
    with blob.path.open("rb", buffering=0) as source:
        size = os.fstat(source.fileno()).st_size
        file.write(_header(name, size))
        done = 0
        while done < size:
            count = os.sendfile(file.fileno(), source.fileno(), done, min(size - done, _MOST))
            if count == 0:
                raise Unavailable(f"the blob {blob.digest} is cut short")
            done += count
        file.write(_padding(size))


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
