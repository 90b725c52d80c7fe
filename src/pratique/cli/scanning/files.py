"""Files by name, of a directory or inside a tar: what image layouts and archives are made of."""

import io
import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from pratique.errors import BlobUnknown, Invalid, TooLarge
from pratique.inventory import CouldNotBeExamined, LayerLimits, Unpacked

MEMBER_LIMIT: Final = 100_000
"""Files of an archive: an image has a few for each layer."""
HEADER_LIMIT: Final = 2**20
"""Bytes of a header of an archive that goes on: long names and the like."""
ARCHIVE_LIMIT: Final = 64 * 2**30
"""Bytes of an archive that is unpacked to be read."""

_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"


class Files(Protocol):
    """Raises BlobUnknown for what is not there, Invalid for what is no file, TooLarge for more than is wanted."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The file, for reading; the caller closes it."""
        ...


def read(files: Files, name: str, limit: int) -> bytes:
    """The whole file."""
    with files.open(name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"{name} has more than {limit} bytes")
    return content


class Folder:
    """The files below a directory. No link leads out of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._whole = path.resolve()

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self._path / name).is_file()

    def open(self, name: str) -> BinaryIO:
        """The file."""
        path = (self._path / name).resolve()
        if not path.is_relative_to(self._whole):
            raise Invalid(f"{self._path}/{name} leads out of the directory")
        try:
            # Without O_NONBLOCK a pipe of this name would be waited for.
            number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise BlobUnknown(f"{self._path} has no {name}") from error
        except OSError as error:
            raise Invalid(f"{self._path}/{name} can't be read: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise Invalid(f"{self._path}/{name} is not a file")
        return os.fdopen(number, "rb")


class Archive:
    """The files inside a tar, read where they lie; links in it are followed once: old `docker save` made them."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name = name
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        try:
            self._places = dict(_places(file))
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise Invalid(f"{name} is no tar archive: {error}") from error

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return name in self._places

    def open(self, name: str) -> BinaryIO:
        """The file."""
        if name not in self._places:
            raise BlobUnknown(f"{self._name} has no {name}")
        start, size = self._places[name]
        return io.BufferedReader(_Window(self._file, start, size), _PIECE)


def _places(file: BinaryIO) -> Iterator[tuple[str, tuple[int, int]]]:
    places: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    with tarfile.open(fileobj=_Headers(_Window(file, 0, file.seek(0, io.SEEK_END))), mode="r:") as archive:
        for number, member in enumerate(archive):
            if number >= MEMBER_LIMIT:
                raise ValueError(f"it has more than {MEMBER_LIMIT} members")
            name = os.path.normpath(member.name)
            if member.isreg():
                places[name] = (member.offset_data, member.size)
            elif member.issym():
                links[name] = os.path.normpath(Path(name).parent / member.linkname)
            elif member.islnk():
                links[name] = os.path.normpath(member.linkname)
    yield from places.items()
    yield from ((name, places[target]) for name, target in links.items() if target in places)


class _Headers(io.BufferedReader):
    """An archive of which only headers are read: what lies between them is passed over."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= HEADER_LIMIT:
            raise ValueError(f"a header has {size} bytes; {HEADER_LIMIT} are read")
        return super().read(size)


class _Window(io.RawIOBase):
    """A part of a file, with a position of its own."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = self._at = start
        self._end = start + size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(base + offset, self._start)
        return self._at - self._start

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        wanted = max(min(len(view), self._end - self._at), 0)
        self._file.seek(self._at)
        content = self._file.read(wanted)
        view[: len(content)] = content
        self._at += len(content)
        return len(content)


@contextmanager
def opened_archive(path: Path, scratch: BinaryIO) -> Iterator[Archive]:
    """The archive at `path`; one that is packed (gzip, zstd) is unpacked to `scratch` first. Raises Invalid."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(_ZSTD)).startswith((_GZIP, _ZSTD))
            file.seek(0)
            if packed:
                _unpack(path.name, file, scratch)
            yield Archive(path.name, scratch if packed else file)
    except OSError as error:
        raise Invalid(f"{path} can't be read: {error.strerror or error}") from error


def _unpack(name: str, file: BinaryIO, scratch: BinaryIO) -> None:
    try:
        unpacked = Unpacked(file, LayerLimits(unpacked=ARCHIVE_LIMIT))
        while piece := unpacked.read(_PIECE):
            scratch.write(piece)
    except CouldNotBeExamined as error:
        raise Invalid(f"{name} can't be unpacked: {error}") from error
    scratch.seek(0)
