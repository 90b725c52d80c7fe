"""An image that can be examined, wherever it comes from, and which one of an index is meant."""

import io
import platform as machine
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from pratique.errors import BadRequest
from pratique.inventory.examining import OpenLayer
from pratique.inventory.sbom import Subject
from pratique.oci.descriptor import Descriptor, Platform

INDEX_DEPTH: Final = 4
"""Indexes in indexes that are followed."""

_PIECE: Final = 1 << 20
_PLATFORM: Final = re.compile(r"([a-z0-9]{1,40})/([a-z0-9_]{1,40})(?:/([a-z0-9.]{1,40}))?")
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
"""What the kernel says, as images say it; other names are the same."""

Advance = Callable[[int], None]
"""Hears how many bytes more were read."""


@dataclass(frozen=True, slots=True)
class Image:
    """`digests` of its layers, the lowest first, as the manifest has them; `opened` opens one. `size` in bytes.

    What a layer's bytes unpack to is compared with the configuration by whoever examines it.
    """

    subject: Subject
    media_type: str
    configuration: bytes
    digests: Sequence[str]
    opened: OpenLayer
    size: int


def parse_platform(text: str) -> Platform:
    """`os/architecture[/variant]`. Raises BadRequest."""
    found = _PLATFORM.fullmatch(text)
    if found is None:
        raise BadRequest(f"{text[:80]!r} is no platform: linux/amd64 or linux/arm/v7 is")
    return Platform(found[2], found[1], found[3] or "")


def chosen(name: str, children: Sequence[Descriptor], wanted: Platform | None) -> Descriptor:
    """The one child that is meant: of the platform, or of this machine's where none is said. Raises BadRequest."""
    if not children:
        raise BadRequest(f"{name} holds no image")
    if len(children) == 1 and (wanted is None or children[0].platform is None):
        return children[0]
    asked = wanted or _own()
    fitting = [child for child in children if child.platform is not None and _fits(child.platform, asked)]
    if not fitting or (len(fitting) > 1 and wanted is None):
        listed = ", ".join(_shown(child) for child in children[:20])
        raise BadRequest(f"{name} holds several images: name a digest, or a --platform of these: {listed}")
    return fitting[0]


def _own() -> Platform:
    kernel = machine.machine().lower()
    return Platform(_ARCHITECTURES.get(kernel, kernel), "linux")


def _fits(said: Platform, asked: Platform) -> bool:
    same = (said.os, said.architecture) == (asked.os, asked.architecture)
    return same and asked.variant in {"", said.variant}


def _shown(child: Descriptor) -> str:
    said = child.platform
    if said is None:
        return str(child.digest)
    return "/".join(filter(None, (said.os, said.architecture, said.variant)))


class Watched(io.RawIOBase):
    """A file that tells how much was read of it."""

    def __init__(self, file: BinaryIO, advance: Advance) -> None:
        self._file = file
        self._advance = advance

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as the file goes."""
        view = memoryview(buffer)
        content = self._file.read(len(view))
        view[: len(content)] = content
        self._advance(len(content))
        return len(content)

    def close(self) -> None:
        """Close the file too."""
        self._file.close()
        super().close()


def watched(file: BinaryIO, advance: Advance) -> BinaryIO:
    """The same file, telling how far it was read."""
    return io.BufferedReader(Watched(file, advance), _PIECE)
