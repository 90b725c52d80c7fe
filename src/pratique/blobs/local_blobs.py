"""Blobs as files of a local directory: see `layout` for where, `ports` for the contract."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pratique.blobs.durable import disk_failures, hash_of, sync_directory
from pratique.blobs.layout import Layout
from pratique.blobs.ports import StoredBlob
from pratique.clock import SECOND, Clock, Moment
from pratique.errors import BlobUnknown, Corrupt, DigestInvalid
from pratique.oci.digest import Digest, algorithm_of, parse_digest
from pratique.oci.ranges import ByteRange

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class LocalBlobs:
    """A `BlobStore` with `Upkeep` and `LocalPath`."""

    def __init__(self, layout: Layout, clock: Clock) -> None:
        self._layout = layout
        self._clock = clock

    def stat(self, digest: Digest) -> int | None:
        """The size, None when it is not there."""
        try:
            with disk_failures("the blob can't be looked at"):
                return self._layout.blob(digest).stat().st_size
        except FileNotFoundError:
            return None

    def path_of(self, digest: Digest) -> Path | None:
        """The file, None when it is not there."""
        path = self._layout.blob(digest)
        return path if self.stat(digest) is not None else None

    @contextlib.contextmanager
    def open(self, digest: Digest, within: ByteRange | None = None) -> Iterator[BinaryIO]:
        """The bytes, or the part of them. Raises BlobUnknown; Corrupt when the part is not all there."""
        descriptor = self._descriptor(digest)
        try:
            size = os.fstat(descriptor).st_size
            part = within or ByteRange(0, size)
            if part.stop > size:
                raise Corrupt(f"{digest} has {size} bytes; it is {part.stop} or more that are wanted of it")
            with io.BufferedReader(_Part(descriptor, part)) as reader:
                yield reader
        finally:
            os.close(descriptor)

    def delete(self, digest: Digest) -> None:
        """Move it into the trash. Not synced: a deletion that a power cut undoes leaves garbage, no harm."""
        path = self._layout.blob(digest)
        with contextlib.suppress(FileNotFoundError), disk_failures("the blob can't be deleted"):
            self._stamp(path)
            path.replace(self._layout.trashed(digest))

    def restore(self, digest: Digest) -> bool:
        """Bring it back from the trash, unless it is there. Whether it is there now."""
        path, trashed = self._layout.blob(digest), self._layout.trashed(digest)
        gone_or_there = contextlib.suppress(FileNotFoundError, FileExistsError)
        with gone_or_there, disk_failures("the blob can't be restored"):
            # A link, because a rename would replace what was published meanwhile.
            path.hardlink_to(trashed)
            trashed.unlink(missing_ok=True)
            sync_directory(path.parent)
        return self.stat(digest) is not None

    def trashed(self) -> Iterator[Digest]:
        """What lies in the trash."""
        with disk_failures("the trash can't be listed"):
            names = [path.name for path in self._layout.trash.iterdir()]
        for name in names:
            with contextlib.suppress(DigestInvalid):
                yield parse_digest(name.replace("-", ":", 1))

    def is_trashed(self, digest: Digest) -> bool:
        """Whether it lies in the trash."""
        with disk_failures("the trash can't be looked at"):
            return self._layout.trashed(digest).exists()

    def empty_trash(self, older_than: Moment) -> int:
        """Give up what was deleted before a moment. The number of bytes that became free."""
        return _emptied(self._layout.trash, older_than)

    def give_up_corrupt(self, older_than: Moment) -> int:
        """Delete what was set aside before a moment. The number of bytes that became free."""
        return _emptied(self._layout.corrupt, older_than)

    def walk(self) -> Iterator[StoredBlob]:
        """Every blob, a directory at a time. Files that are no blobs are passed over."""
        for shelf in self._layout.shelves():
            with disk_failures("the blobs can't be listed"), os.scandir(shelf) as entries:
                found = [stored for entry in entries if (stored := _stored(shelf.parent.name, entry))]
            yield from found

    def reread(self, digest: Digest) -> Digest:
        """The digest that the stored bytes have. Raises BlobUnknown."""
        descriptor = self._descriptor(digest)
        try:
            with disk_failures("the blob can't be read"):
                return hash_of(descriptor, algorithm_of(digest))
        finally:
            os.close(descriptor)

    def set_aside(self, digest: Digest) -> bool:
        """Keep a corrupt blob for inspection, out of sight; false when it is good or gone.

        It is moved first and read then: a push that heals it meanwhile puts its own file in place.
        """
        path, aside = self._layout.blob(digest), self._layout.set_aside(digest)
        try:
            with disk_failures("the blob can't be set aside"):
                path.replace(aside)
                descriptor = os.open(aside, _READ)
                try:
                    is_good = hash_of(descriptor, algorithm_of(digest)) == digest
                finally:
                    os.close(descriptor)
                if is_good:
                    aside.replace(path)
                else:
                    self._stamp(aside)
                sync_directory(path.parent)
        except FileNotFoundError:
            return False
        return not is_good

    def _stamp(self, path: Path) -> None:
        """From now on its time counts: in the trash, and aside."""
        now = self._clock.now() / SECOND
        os.utime(path, (now, now))

    def _descriptor(self, digest: Digest) -> int:
        try:
            with disk_failures("the blob can't be opened"):
                return os.open(self._layout.blob(digest), _READ)
        except FileNotFoundError:
            raise BlobUnknown(f"the store has no blob {digest}") from None


class _Part(io.RawIOBase):
    """A window of an open file. Closing it leaves the descriptor to its owner."""

    def __init__(self, descriptor: int, part: ByteRange) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._offset = part.start
        self._stop = part.stop

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The descriptor of the whole file, for whoever sends parts of it himself."""
        return self._descriptor

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        wanted = memoryview(buffer)[: max(0, self._stop - self._offset)]
        with disk_failures("the blob can't be read"):
            read = os.preadv(self._descriptor, [wanted], self._offset) if wanted else 0
        self._offset += read
        return read


def _emptied(directory: Path, older_than: Moment) -> int:
    freed = 0
    with disk_failures(f"{directory.name} can't be emptied"):
        for path in directory.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found = path.lstat()
                if found.st_mtime_ns // 1_000 < older_than:
                    path.unlink()
                    freed += found.st_size
    return freed


def _stored(algorithm: str, entry: os.DirEntry[str]) -> StoredBlob | None:
    try:
        digest = parse_digest(f"{algorithm}:{entry.name}")
        found = entry.stat(follow_symlinks=False)
    except (DigestInvalid, FileNotFoundError):
        return None
    return StoredBlob(digest, found.st_size, Moment(found.st_mtime_ns // 1_000))
