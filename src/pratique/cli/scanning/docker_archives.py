"""What `docker save` writes: a `manifest.json` that names configuration and layers by files (moby, "Image v1.2").

There is no manifest with a digest in it. So the image goes by the digest of its configuration, as `docker images` shows
it, and layers by their diffIDs.
"""

from typing import Any, Final

import msgspec

from pratique.cli.scanning.files import Files, read
from pratique.cli.scanning.images import Image
from pratique.errors import BadRequest, Invalid
from pratique.inventory import CouldNotBeExamined
from pratique.inventory.configuration import SIZE_LIMIT as CONFIGURATION_LIMIT
from pratique.inventory.configuration import read_configuration
from pratique.inventory.sbom import Subject
from pratique.oci import media
from pratique.oci.digest import digest_of
from pratique.oci.manifest import MANIFEST_LIMIT

MARKER: Final = "manifest.json"


class _Saved(msgspec.Struct):
    Config: str
    Layers: list[str]
    RepoTags: list[str] | None = None


def docker_image(name: str, files: Files, size: int) -> Image:
    """The only image of an archive of `size` bytes. Raises BadRequest, BlobUnknown, Invalid."""
    saved = _only(name, _saved(read(files, MARKER, MANIFEST_LIMIT)))
    content = read(files, saved.Config, CONFIGURATION_LIMIT)
    diff_ids, _facts = read_configuration(content)
    if len(diff_ids) != len(saved.Layers):
        raise CouldNotBeExamined(
            f"the archive has {len(saved.Layers)} layers and the configuration {len(diff_ids)}"
        )
    places = dict(zip(diff_ids, saved.Layers, strict=True))
    return Image(
        subject=Subject((saved.RepoTags or [name])[0], digest_of(content)),
        media_type=media.DOCKER_IMAGE,
        configuration=content,
        digests=diff_ids,
        opened=lambda digest: files.open(places[digest]),
        size=size,
    )


def _saved(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content, type=list[_Saved])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(f"its {MARKER} is not that of an archive: {error}") from error


def _only(name: str, saved: list[_Saved]) -> _Saved:
    if len(saved) != 1:
        listed = ", ".join((one.RepoTags or [one.Config])[0] for one in saved[:20])
        raise BadRequest(f"{name} holds {len(saved)} images ({listed}): save one of them")
    return saved[0]
