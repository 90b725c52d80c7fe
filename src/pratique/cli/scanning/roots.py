"""A directory that holds an unpacked root filesystem, read as if it were the only layer of an image.

Links stay links, and are resolved within the directory. Other file systems that are mounted in it, devices and sockets
are passed over. The directory has to stay as it is meanwhile.
"""

import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final

from pratique.cli.scanning.images import Advance, watched
from pratique.inventory import CouldNotBeExamined, LayerLimits
from pratique.inventory.contents import Contents
from pratique.inventory.examining import examine_image
from pratique.inventory.layer import LayerCatalogue, catalogue_layer

_PIECE: Final = 1 << 20


def examine_root(root: Path, advance: Advance) -> Contents:
    """The contents of a root filesystem; layers have no names in it. Raises CouldNotBeExamined."""
    tree = _Tree(root, advance)
    whole = tree.catalogue("", frozenset())
    configuration = json.dumps({"rootfs": {"type": "layers", "diff_ids": [whole.diff_id]}})
    return examine_image(
        lambda digest, wanted: tree.catalogue(digest, wanted) if wanted else whole,
        [""],
        configuration.encode(),
    )


class _Tree:
    def __init__(self, root: Path, advance: Advance) -> None:
        self._root = root
        self._advance = advance

    def catalogue(self, _digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        with closing(watched(_archive(self._root), self._advance)) as archive:
            return catalogue_layer(archive, LayerLimits(), wanted=wanted)


def _archive(root: Path) -> BinaryIO:
    return io.BufferedReader(_Pieces(_pieces(root)), _PIECE)


class _Pieces(io.RawIOBase):
    """Bytes that are made as they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(view)]
        view[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def _pieces(root: Path) -> Iterator[bytes]:
    """The directory as an archive, by name: the same tree is the same archive."""
    device = root.stat().st_dev
    for path, status in _walk(root, device):
        name = str(path.relative_to(root))
        entry = tarfile.TarInfo(name)
        if stat.S_ISDIR(status.st_mode):
            entry.type = tarfile.DIRTYPE
        elif stat.S_ISLNK(status.st_mode):
            entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
        else:
            entry.size = status.st_size
        yield entry.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
        if entry.isreg():
            yield from _content(path, name, entry.size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _walk(root: Path, device: int) -> Iterator[tuple[Path, os.stat_result]]:
    """Directories, links and regular files, each directory before what is in it."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            found = [(folder / entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            raise CouldNotBeExamined(f"{folder} can't be read: {error.strerror}") from error
        for path, status in found:
            mode = status.st_mode
            if stat.S_ISDIR(mode) or stat.S_ISLNK(mode) or stat.S_ISREG(mode):
                yield path, status
        waiting += reversed(
            [path for path, status in found if stat.S_ISDIR(status.st_mode) and status.st_dev == device]
        )


def _content(path: Path, name: str, size: int) -> Iterator[bytes]:
    left = size
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            while left and (piece := file.read(min(left, _PIECE))):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise CouldNotBeExamined(f"{name} can't be read: {error.strerror}") from error
    if left:
        raise CouldNotBeExamined(f"{name} became smaller while it was read")
    yield bytes(-size % tarfile.BLOCKSIZE)
