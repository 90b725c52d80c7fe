"""Writing and hashing side by side: this thread writes a buffer while another hashes it.

hashlib lets go of the interpreter lock, so both run at once; three buffers keep either from waiting for the
other. Uploads below one buffer never start a thread.
"""

import os
import queue
import threading
from typing import Final

from pratique.blobs.durable import disk_failures, write_all
from pratique.errors import Unavailable
from pratique.oci.digest import Hasher

BUFFER_SIZE: Final = 1024 * 1024
BUFFERS: Final = 3
"""Memory of one append, at most, in bytes and pieces."""


class HashingWriter:
    """Appends to an open file. `hasher` (None: nobody hashes) has seen every byte when `finish` returns."""

    def __init__(self, descriptor: int, hasher: Hasher | None, keep_free: int) -> None:
        self._descriptor = descriptor
        self._hasher = hasher
        self._keep_free = keep_free
        self._buffer = memoryview(bytearray(BUFFER_SIZE))
        self._filled = 0
        self._spare = BUFFERS - 1
        self._full: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def write(self, content: bytes | bytearray | memoryview, /) -> int:
        """Take all of `content`. Raises Unavailable, possibly for earlier content."""
        view = memoryview(content).cast("B")
        total = len(view)
        while view:
            taken = min(len(view), BUFFER_SIZE - self._filled)
            self._buffer[self._filled : self._filled + taken] = view[:taken]
            self._filled += taken
            view = view[taken:]
            if self._filled == BUFFER_SIZE:
                self._pass_on()
        return total

    def finish(self) -> None:
        """Write and hash what is left. Raises Unavailable."""
        last = self._buffer[: self._filled]
        if self._hasher and self._thread is None:
            self._hasher.update(last)
        elif self._thread is not None:
            self._full.put(last)
        self._store(last)
        self.stop()

    def stop(self) -> None:
        """Let the second thread end; it hashes what it was given first."""
        if self._thread is not None:
            self._full.put(None)
            self._thread.join()
            self._thread = None

    def _pass_on(self) -> None:
        """A full buffer: hashed over there, written here, and the next one taken."""
        if self._hasher is None:
            self._store(self._buffer)
            self._filled = 0
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._hash, args=(self._hasher,), name="hash-upload")
            self._thread.start()
        self._full.put(self._buffer)
        self._store(self._buffer)
        self._buffer = self._next_buffer()
        self._filled = 0

    def _next_buffer(self) -> memoryview:
        if self._spare:
            self._spare -= 1
            return memoryview(bytearray(BUFFER_SIZE))
        return self._free.get()

    def _hash(self, hasher: Hasher) -> None:
        while (content := self._full.get()) is not None:
            hasher.update(content)
            self._free.put(content)

    def _store(self, content: memoryview) -> None:
        with disk_failures("the upload can't be written"):
            disk = os.fstatvfs(self._descriptor)
            if disk.f_bavail * disk.f_frsize - len(content) < self._keep_free:
                raise Unavailable("the upload can't be written: the disk is full but for its reserve")
            write_all(self._descriptor, content)
