"""Images in OCI layouts (image-spec, image-layout.md), as directories and inside archives.

Steps not taken: tags (`org.opencontainers.image.ref.name`) choose nothing, and blobs at `urls` are never fetched.
"""

from typing import Final

from pratique.cli.evidence import Kept, keep
from pratique.cli.evidence.sources import checked
from pratique.cli.scanning.files import Files, read
from pratique.cli.scanning.images import INDEX_DEPTH, Image, chosen
from pratique.errors import BadRequest, ManifestInvalid
from pratique.inventory.configuration import SIZE_LIMIT as CONFIGURATION_LIMIT
from pratique.inventory.sbom import Subject
from pratique.oci.descriptor import Descriptor, Platform
from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.oci.manifest import MANIFEST_LIMIT, parse_manifest
from pratique.oci.references import Reference

MARKER: Final = "oci-layout"


def layout_image(name: str, files: Files, digest: Digest | None, platform: Platform | None) -> Image:
    """The image with a digest, or the only one. Raises BadRequest, BlobUnknown, Invalid, TooLarge."""
    if digest is None:
        index = parse_manifest(read(files, "index.json", MANIFEST_LIMIT))
        digest = chosen(name, index.platform_children(), platform).digest
    kept = _kept(files, digest)
    for _level in range(INDEX_DEPTH):
        if not kept.manifest.manifests:
            return _image(name, files, kept)
        child = chosen(name, kept.manifest.platform_children(), platform)
        kept = _kept(files, child.digest)
    raise BadRequest(f"{name} holds indexes in indexes, more than {INDEX_DEPTH} deep")


def _kept(files: Files, digest: Digest) -> Kept:
    return keep(read(files, _place(digest), MANIFEST_LIMIT), Reference(None, digest))


def _image(name: str, files: Files, kept: Kept) -> Image:
    manifest = kept.manifest
    if manifest.config is None:
        raise ManifestInvalid(f"{name} holds an index without manifests")
    return Image(
        subject=Subject(name, kept.digest),
        media_type=manifest.media_type,
        configuration=configuration(files, manifest.config),
        digests=[layer.digest for layer in manifest.layers],
        opened=lambda digest: files.open(_place(Digest(digest))),
        size=sum(layer.size for layer in manifest.layers),
    )


def configuration(files: Files, config: Descriptor) -> bytes:
    """The bytes of a configuration, which are those that the manifest means."""
    content = read(files, _place(config.digest), CONFIGURATION_LIMIT)
    checked(content, config.digest)
    return content


def _place(digest: Digest) -> str:
    return f"blobs/{algorithm_of(digest)}/{encoded_of(digest)}"
