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
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from pratique.cli.scanning.images import Advance, watched
from pratique.inventory import CouldNotBeExamined, LayerLimits
from pratique.inventory.contents import Contents
from pratique.inventory.examining import examine_image
from pratique.inventory.layer import LayerCatalogue, catalogue_layer

_PIECE: Final = 1 << 20


def examine_root(root: Path, advance: Advance, limits: LayerLimits) -> Contents:
    """The contents of a root filesystem; layers have no names in it. Raises CouldNotBeExamined."""
    tree = _Tree(root, advance, limits)
    whole = tree.catalogue("", frozenset())
    configuration = json.dumps({"rootfs": {"type": "layers", "diff_ids": [whole.diff_id]}})
    return examine_image(
        lambda digest, wanted: tree.catalogue(digest, wanted) if wanted else whole,
        [""],
        configuration.encode(),
    )


class _Tree:
    def __init__(self, root: Path, advance: Advance, limits: LayerLimits) -> None:
        self._root = root
        self._advance = advance
        self._limits = limits

    def catalogue(self, _digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        with closing(watched(_archive(self._root), self._advance)) as archive:
            return catalogue_layer(archive, self._limits, wanted=wanted)


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
    """The directory as an archive: the same tree is the same archive, and what goes away meanwhile is not in it."""
    for path, mode in _walk(root, root.stat().st_dev):
        entry = tarfile.TarInfo(str(path.relative_to(root)))
        try:
            if stat.S_ISREG(mode):
                yield from _file(path, entry)
                continue
            entry.type = tarfile.DIRTYPE
            if stat.S_ISLNK(mode):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CouldNotBeExamined(f"{path} can't be read: {error.strerror}") from error
        yield _header(entry)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(entry: tarfile.TarInfo) -> bytes:
    return entry.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _walk(root: Path, device: int) -> Iterator[tuple[Path, int]]:
    """Directories, links and regular files with their modes, each directory before what is in it."""
    waiting = [root]
    while waiting:
        folders = []
        for path, status in _listed(waiting.pop()):
            mode = status.st_mode
            if stat.S_ISDIR(mode) or stat.S_ISLNK(mode) or stat.S_ISREG(mode):
                yield path, mode
            if stat.S_ISDIR(mode) and status.st_dev == device:
                folders.append(path)
        waiting += reversed(folders)


def _listed(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    try:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            with suppress(FileNotFoundError):
                found.append((folder / entry.name, entry.stat(follow_symlinks=False)))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CouldNotBeExamined(f"{folder} can't be read: {error.strerror}") from error
    return found


def _file(path: Path, entry: tarfile.TarInfo) -> Iterator[bytes]:
    # Without O_NONBLOCK a pipe that took its place would be waited for.
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        left = entry.size = os.fstat(number).st_size
        yield _header(entry)
        while left and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
    if left:
        raise CouldNotBeExamined(f"{path} became smaller while it was read")
    yield bytes(-entry.size % tarfile.BLOCKSIZE)
