"""Uploads as files of a local directory: see `layout` for where, `ports` for the contract.

One writer at a time per upload, in any process: the file is locked while it is written, so a writer that dies
leaves no lock behind. Publishing is fsync of the file, rename, fsync of the directory, in this order and
before `commit` returns.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pratique.blobs.durable import disk_failures, hash_of, sync_directory
from pratique.blobs.hashing_writer import HashingWriter
from pratique.blobs.known_hashes import KnownHash, KnownHashes
from pratique.blobs.layout import Layout
from pratique.blobs.ports import SpoolWriter
from pratique.clock import Clock, Moment
from pratique.errors import Conflict, DigestInvalid, RangeInvalid, UploadUnknown
from pratique.oci.digest import ALGORITHMS, Digest, Hasher, algorithm_of, new_hasher

KEEP_FREE: Final = 64 * 1024 * 1024
"""Bytes of the disk that uploads leave alone, so that the database beside them can still commit."""

_APPEND: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class LocalSpool:
    """A `Spool` whose blobs a `LocalBlobs` of the same layout serves."""

    def __init__(self, layout: Layout, clock: Clock, *, keep_free: int = KEEP_FREE) -> None:
        self._layout = layout
        self._clock = clock
        self._keep_free = keep_free
        self._hashes = KnownHashes()

    def begin(self, upload: str, algorithm: str = "sha256") -> None:
        """Make a new, empty upload. Raises Conflict when there is one, DigestInvalid for a strange algorithm."""
        if algorithm not in ALGORITHMS:
            raise DigestInvalid(f"the digest algorithm {algorithm[:40]!r} is not supported")
        try:
            with disk_failures("the upload can't be begun"):
                descriptor = os.open(self._layout.upload(upload), _CREATE, 0o600)
        except FileExistsError:
            raise Conflict(f"there is an upload {upload} already") from None
        try:
            self._keep(upload, descriptor, algorithm, new_hasher(algorithm))
        finally:
            os.close(descriptor)

    def size(self, upload: str) -> int:
        """How much of it is here. Raises UploadUnknown."""
        return self._found(upload).st_size

    def touched_at(self, upload: str) -> Moment:
        """When it was last written to. Raises UploadUnknown."""
        return Moment(self._found(upload).st_mtime_ns // 1_000)

    @contextlib.contextmanager
    def append(self, upload: str, offset: int) -> Iterator[SpoolWriter]:
        """Write on at `offset`, all or nothing. Raises UploadUnknown, RangeInvalid, Conflict."""
        with self._locked(upload) as descriptor:
            found = os.fstat(descriptor)
            if offset != found.st_size:
                raise RangeInvalid(
                    f"the upload goes on at byte {found.st_size}, not {offset}", offset=found.st_size
                )
            known = self._hashes.of(upload, found.st_ino, found.st_size)
            algorithm = known.algorithm if known else "sha256"
            hasher = known.hasher.copy() if known else None if found.st_size else new_hasher(algorithm)
            writer = HashingWriter(descriptor, hasher, self._keep_free)
            try:
                yield writer
                writer.finish()
            except BaseException:
                _cut(descriptor, found.st_size)
                raise
            finally:
                writer.stop()
            self._keep(upload, descriptor, algorithm, hasher)

    def commit(self, upload: str, expected: Digest) -> int:
        """Prove, publish durably, forget the upload. Raises UploadUnknown, Conflict, DigestInvalid."""
        with self._locked(upload) as descriptor:
            found = os.fstat(descriptor)
            known = self._hashes.of(upload, found.st_ino, found.st_size)
            if known and known.algorithm == algorithm_of(expected):
                digest = known.digest
            else:
                with disk_failures("the upload can't be read again"):
                    digest = hash_of(descriptor, algorithm_of(expected))
            if digest != expected:
                raise DigestInvalid(f"the upload has the digest {digest}, not {expected}")
            self._publish(upload, descriptor, expected)
        self._hashes.forget(upload)
        return found.st_size

    def discard(self, upload: str) -> None:
        """Forget it; whoever is writing to it writes into the void."""
        self._hashes.forget(upload)
        gone = contextlib.suppress(FileNotFoundError, UploadUnknown)
        with gone, disk_failures("the upload can't be discarded"):
            self._layout.upload(upload).unlink()

    def walk(self) -> Iterator[str]:
        """Every upload."""
        with disk_failures("the uploads can't be listed"):
            uploads = sorted(path.name for path in self._layout.uploads.iterdir())
        yield from uploads

    def _publish(self, upload: str, descriptor: int, digest: Digest) -> None:
        source, target = self._layout.upload(upload), self._layout.blob(digest)
        # What lies there under that name is replaced, whatever its size: only of these bytes it is known that they are
        # good, and whoever is reading the others reads on.
        with disk_failures("the blob can't be published"):
            self._touch(descriptor)
            self._sync(upload, descriptor)
            source.replace(target)
            sync_directory(target.parent)

    def _sync(self, upload: str, descriptor: int) -> None:
        """Make the bytes durable.

        When that fails the kernel may have marked lost pages as clean: a second fsync would succeed, and what
        is read back proves nothing. The upload starts again from nothing.
        """
        try:
            os.fsync(descriptor)
        except OSError:
            self._hashes.forget(upload)
            _cut(descriptor, 0)
            raise

    @contextlib.contextmanager
    def _locked(self, upload: str) -> Iterator[int]:
        path = self._layout.upload(upload)
        try:
            with disk_failures("the upload can't be opened"):
                descriptor = os.open(path, _APPEND)
        except FileNotFoundError:
            raise _unknown(upload) from None
        try:
            _lock(descriptor, upload)
            if _inode_of(path) != os.fstat(descriptor).st_ino:
                raise _unknown(upload)  # committed or discarded between open and lock
            yield descriptor
        finally:
            os.close(descriptor)

    def _keep(self, upload: str, descriptor: int, algorithm: str, hasher: Hasher | None) -> None:
        """Note how far an upload has come."""
        with disk_failures("the upload can't be written"):
            self._touch(descriptor)
            found = os.fstat(descriptor)
        if hasher:
            self._hashes.remember(upload, KnownHash(algorithm, hasher, found.st_size, found.st_ino))

    def _touch(self, file: int) -> None:
        now = self._clock.now() * 1_000
        os.utime(file, ns=(now, now))

    def _found(self, upload: str) -> os.stat_result:
        try:
            with disk_failures("the upload can't be looked at"):
                return self._layout.upload(upload).stat()
        except FileNotFoundError:
            raise _unknown(upload) from None


def _lock(descriptor: int, upload: str) -> None:
    with disk_failures("the upload can't be locked"):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"somebody else is writing to the upload {upload}") from None


def _cut(descriptor: int, size: int) -> None:
    """Take back what came after `size`. Where even that fails, the tail that is left will not be proven."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, size)


def _inode_of(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _unknown(upload: str) -> UploadUnknown:
    return UploadUnknown(f"there is no upload {upload[:80]}")
