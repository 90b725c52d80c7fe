"""Images of a registry, asked with docker's credentials. Layers are downloaded one at a time, to a nameless file."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from pratique.cli.evidence import Kept, keep
from pratique.cli.evidence.sources import checked
from pratique.cli.scanning.images import INDEX_DEPTH, Image, chosen
from pratique.errors import BadRequest, ManifestInvalid, TooLarge
from pratique.inventory.configuration import SIZE_LIMIT as CONFIGURATION_LIMIT
from pratique.inventory.sbom import Subject
from pratique.net import RemoteName, RemoteRepository
from pratique.oci.descriptor import Descriptor, Platform
from pratique.oci.references import Reference

LAYER_LIMIT: Final = 20 * 2**30
"""Bytes of a layer that is downloaded."""


def registry_image(name: RemoteName, repository: RemoteRepository, platform: Platform | None) -> Image:
    """The image of a tag or digest. Raises BadRequest and what the registry answers."""
    kept = _kept(repository, name.wanted)
    for _level in range(INDEX_DEPTH):
        if not kept.manifest.manifests:
            return _image(name, repository, kept)
        child = chosen(name.reference, kept.manifest.platform_children(), platform)
        kept = _kept(repository, Reference(None, child.digest))
    raise BadRequest(f"{name.reference} is an index of indexes, more than {INDEX_DEPTH} deep")


def _kept(repository: RemoteRepository, wanted: Reference) -> Kept:
    pulled = repository.manifest(wanted)
    return keep(pulled.content, wanted, pulled.media_type)


def _image(name: RemoteName, repository: RemoteRepository, kept: Kept) -> Image:
    manifest = kept.manifest
    if manifest.config is None:
        raise ManifestInvalid(f"{name.reference} is an index without manifests")
    if manifest.config.size > CONFIGURATION_LIMIT:
        raise TooLarge(f"the configuration has {manifest.config.size} bytes; {CONFIGURATION_LIMIT} are read")
    content = repository.blob(manifest.config)
    checked(content, manifest.config.digest)
    layers = {str(layer.digest): layer for layer in manifest.layers}
    shown = (
        f"{name.reference}:{name.wanted}" if name.wanted.digest is None else f"{name.reference}@{kept.digest}"
    )
    return Image(
        subject=Subject(shown, kept.digest, name.reference),
        media_type=manifest.media_type,
        configuration=content,
        digests=[layer.digest for layer in manifest.layers],
        opened=lambda digest: _downloaded(repository, layers[digest]),
        size=sum(layer.size for layer in manifest.layers),
    )


@contextmanager
def _downloaded(repository: RemoteRepository, layer: Descriptor) -> Iterator[BinaryIO]:
    if layer.size > LAYER_LIMIT:
        raise TooLarge(f"the layer {layer.digest} has {layer.size} bytes; {LAYER_LIMIT} are downloaded")
    with tempfile.TemporaryFile() as file:
        repository.download(layer, file)
        file.seek(0)
        yield file
