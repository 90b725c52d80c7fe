"""The number of the last change, in eight bytes that every process of the machine maps.

Reading it costs a memory access. An aligned store of eight bytes is one instruction on x86-64 and aarch64, so
a reader sees the old number or the new one, never halves of both.
"""

import fcntl
import mmap
import os
import threading
from pathlib import Path
from typing import Final

_SIZE: Final = 8


class ChangesMap:
    """`changes.map`: only ever raised, by whichever process has committed."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < _SIZE:
            os.ftruncate(self._file, _SIZE)
        self._map = mmap.mmap(self._file, _SIZE)
        self._cell = memoryview(self._map).cast("Q")
        self._turn = threading.Lock()

    def number(self) -> int:
        """The last number published. No system call."""
        return self._cell[0]

    def publish(self, number: int) -> None:
        """Raise the number to `number`; a higher one stays.

        Compare and store run under a file lock, else a writer that was slower to publish could take the
        number back behind what a faster one has published, and a reader in between would miss a change. The
        kernel lets go of the lock when its holder dies. (It does not hold threads of one process apart; the
        other lock does.)
        """
        if self._cell[0] >= number:
            return
        with self._turn:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._cell[0] = max(self._cell[0], number)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Unmap; a second time does nothing."""
        if not self._map.closed:
            self._cell.release()
            self._map.close()
            os.close(self._file)
