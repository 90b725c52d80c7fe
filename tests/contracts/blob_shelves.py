"""The stores that the blob contract is run against, each as a shelf that can be opened again.

A new kind of storage adds a function to `SHELVES`; the suites themselves know only the seams.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pratique.blobs import BlobStore, Layout, LocalBlobs, LocalSpool, Spool, Upkeep
from pratique.clock import SECOND, Moment
from pratique.oci.digest import Digest


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = Moment(1_700_000_000 * SECOND)

    def now(self) -> Moment:
        return self.moment

    def monotonic(self) -> float:
        return self.moment / SECOND

    def pass_seconds(self, seconds: int) -> None:
        self.moment = Moment(self.moment + seconds * SECOND)


class Blobs(BlobStore, Upkeep, Protocol):
    """All that a store does."""


class Shelf(Protocol):
    """A store and its spool, as one process sees them."""

    blobs: Blobs
    spool: Spool
    clock: SetClock

    def opened_again(self) -> "Shelf":
        """The same storage as another process sees it."""
        ...

    def damage(self, digest: Digest, content: bytes) -> None:
        """Put other bytes in the place of a blob, as a failing disk would."""
        ...


class LocalShelf:
    """A directory on this machine."""

    def __init__(self, directory: Path, clock: SetClock | None = None) -> None:
        self.directory = directory
        self.clock = clock or SetClock()
        self.layout = Layout(directory)
        self.layout.prepare()
        self.local_blobs = LocalBlobs(self.layout, self.clock)
        self.blobs: Blobs = self.local_blobs
        self.spool: Spool = LocalSpool(self.layout, self.clock, keep_free=0)

    def opened_again(self) -> "LocalShelf":
        return LocalShelf(self.directory, self.clock)

    def damage(self, digest: Digest, content: bytes) -> None:
        path = self.layout.blob(digest)
        path.unlink()
        path.write_bytes(content)


SHELVES: dict[str, Callable[[Path], Shelf]] = {"local": LocalShelf}


def push(shelf: Shelf, content: bytes, digest: Digest, upload: str = "upload") -> int:
    """Bring a blob in one piece."""
    shelf.spool.begin(upload, digest.partition(":")[0])
    with shelf.spool.append(upload, 0) as writer:
        writer.write(content)
    return shelf.spool.commit(upload, digest)


def stored(shelf: Shelf, digest: Digest) -> bytes:
    """All bytes of a blob."""
    with shelf.blobs.open(digest) as source:
        return source.read()
