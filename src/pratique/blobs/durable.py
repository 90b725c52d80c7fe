"""The steps between bytes in hand and bytes that survive a power cut, and what the disk says when it can't.

A file's name is as durable as its directory's last fsync, its bytes as its own (registries.md 5.1:
distribution synced directories only since 2026, zot does not sync by default, olareg never).
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pratique.errors import Unavailable
from pratique.oci.digest import Digest

_READ_SIZE: Final = 1024 * 1024
_WORDS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk has an I/O error",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


@contextlib.contextmanager
def disk_failures(doing: str) -> Iterator[None]:
    """Any OSError inside becomes Unavailable. FileNotFoundError and FileExistsError are answers, and pass."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        why = _WORDS.get(error.errno or 0, error.strerror or "the disk failed")
        raise Unavailable(f"{doing}: {why}") from error


def write_all(descriptor: int, content: memoryview) -> None:
    """Write every byte: a write to a nearly full disk may take only some."""
    while content:
        content = content[os.write(descriptor, content) :]


def sync_directory(path: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directories(paths: Iterable[Path]) -> None:
    """Make directories durably, parents first, that only their owner may enter. Those that are there stay."""
    missing: dict[Path, None] = {}
    for path in paths:
        absent, place = [], path
        while place not in missing and not place.is_dir():
            absent.append(place)
            place = place.parent
        missing.update(dict.fromkeys(reversed(absent)))
    for path in missing:
        path.mkdir(mode=0o700, exist_ok=True)
    for parent in dict.fromkeys(path.parent for path in missing):
        sync_directory(parent)


def hash_of(descriptor: int, algorithm: str) -> Digest:
    """The digest of everything in an open file, from its start; memory stays small."""
    hasher = hashlib.new(algorithm)
    buffer = memoryview(bytearray(_READ_SIZE))
    offset = 0
    while read := os.preadv(descriptor, [buffer], offset):
        hasher.update(buffer[:read])
        offset += read
    return Digest(f"{algorithm}:{hasher.hexdigest()}")
