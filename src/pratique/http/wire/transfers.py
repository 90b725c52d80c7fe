"""A body on its way between one socket and one file, as the engine moves it.

Downloads are written to the socket from windows of the mapped file, which beats sendfile on loopback (docs/
performance.md), or by sendfile, which holds no memory. A file that is shorter than it should be ends the transfer, and
with it the connection: the client never takes a part for the whole.
"""

import contextlib
import mmap
import os
import socket
import threading
from collections.abc import Callable
from typing import Final

from pratique.errors import Corrupt
from pratique.http.ports import Writer
from pratique.http.refusals import Disconnected
from pratique.http.streams.body import Pace
from pratique.http.wire.engine import Step
from pratique.oci.ranges import ByteRange

WINDOW: Final = 32 * 1024 * 1024
"""Bytes of a file that are mapped at once."""

SHARE: Final = 64 * 1024 * 1024
"""Bytes that a transfer moves before it lets others have the thread."""

BATCH: Final = 1024 * 1024
"""Bytes received before they are handed on."""

UNSENT: Final = 1024 * 1024
"""Bytes that the kernel takes for a client that does not read: else it takes four times that, for each of them."""

Finish = Callable[[BaseException | None], None]


class Connected:
    """A socket of its own for the same connection: closed here, it stays open for the event loop, and vice versa."""

    def __init__(self, descriptor: int, pace: Pace, on_finish: Finish) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._socket.setblocking(False)
        self._on_finish = on_finish
        self._lock = threading.Lock()
        self._is_over = False
        self._moved = 0
        self.pace = pace

    def fileno(self) -> int:
        """The socket."""
        return self._socket.fileno()

    def moved(self) -> int:
        """Bytes moved since this was asked last."""
        moved, self._moved = self._moved, 0
        return moved

    def abort(self) -> None:
        """Break the connection, from any thread; the transfer ends at its next step."""
        with self._lock, contextlib.suppress(OSError):
            if not self._is_over:
                self._socket.shutdown(socket.SHUT_RDWR)

    def finish(self, problem: BaseException | None) -> None:
        """Let go of everything, and tell."""
        with self._lock:
            self._is_over = True
            self._socket.close()
        self.release()
        self._on_finish(problem)

    def release(self) -> None:
        """Close what else it holds."""


class Outgoing(Connected):
    """A part of a file to the socket, after `head`. `descriptor` of the file stays with the caller."""

    def __init__(
        self, connection: int, file: int, part: ByteRange, head: bytes, pace: Pace, on_finish: Finish
    ) -> None:
        super().__init__(connection, pace, on_finish)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._file = os.dup(file)
        self._offset = part.start
        self._stop = part.stop
        self._head = memoryview(head)

    def step(self) -> Step:
        """Write until the socket takes no more. Raises Disconnected, Corrupt."""
        share = self._offset + SHARE
        try:
            while self._head:
                self._head = self._head[self._socket.send(self._head) :]
            while self._offset < self._stop:
                sent = self._send()
                self._offset += sent
                self._moved += sent
                if self._offset >= share:
                    return Step.TURN
        except BlockingIOError:
            return Step.WRITABLE
        except ConnectionError:
            raise Disconnected from None
        return Step.DONE

    def rest(self) -> None:
        """Nothing is held but descriptors."""

    def release(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _send(self) -> int:
        sent = os.sendfile(self.fileno(), self._file, self._offset, self._stop - self._offset)
        if not sent:
            raise Corrupt("stored bytes ended early")
        return sent


class OutgoingMapped(Outgoing):
    """As Outgoing, from a map of the file. The kernel reads it: a file cut short is an error there, and no signal."""

    _map: mmap.mmap | None = None
    _view: memoryview = memoryview(b"")
    _from: int = 0

    def rest(self) -> None:
        """Unmap: what is mapped counts as memory of ours."""
        if self._map is not None:
            self._view.release()
            self._map.close()
            self._map = None

    def release(self) -> None:
        """Unmap and close."""
        self.rest()
        super().release()

    def _send(self) -> int:
        if self._map is None or self._offset >= self._from + len(self._view):
            self.rest()
            self._open_window()
        start = self._offset - self._from
        try:
            return os.write(self.fileno(), self._view[start : start + (self._stop - self._offset)])
        except OSError as problem:
            if isinstance(problem, (BlockingIOError, ConnectionError)):
                raise
            raise Corrupt("stored bytes ended early") from problem

    def _open_window(self) -> None:
        self._from = self._offset - self._offset % mmap.ALLOCATIONGRANULARITY
        length = min(WINDOW, self._stop - self._from)
        try:
            self._map = mmap.mmap(self._file, length, prot=mmap.PROT_READ, offset=self._from)
        except ValueError:
            raise Corrupt("stored bytes ended early") from None
        self._view = memoryview(self._map)


class Incoming(Connected):
    """`before` and `length` bytes from the socket into a writer. What came before a client went away is written."""

    def __init__(
        self,
        connection: int,
        length: int,
        writer: Writer,
        pace: Pace,
        on_finish: Finish,
        *,
        before: bytes | bytearray = b"",
    ) -> None:
        super().__init__(connection, pace, on_finish)
        self._left = length
        self._writer = writer
        self._before = before
        self._buffer: memoryview | None = None
        self._filled = 0
        self.received = 0

    def step(self) -> Step:
        """Read until nothing is there. Raises Disconnected and what the writer raises."""
        share = self.received + SHARE
        if self._before:
            before, self._before = self._before, b""
            self._writer.write(before)
        if self._buffer is None:
            self._buffer = memoryview(bytearray(min(BATCH, self._left)))
        try:
            while self._left:
                self._receive(self._buffer)
                if self.received >= share:
                    return Step.TURN
        except BlockingIOError:
            return Step.READABLE
        except ConnectionError:
            self._hand_on()
            raise Disconnected from None
        return Step.DONE

    def rest(self) -> None:
        """Write what is here and hold no buffer."""
        self._hand_on()
        self._buffer = None

    def _receive(self, buffer: memoryview) -> None:
        room = min(len(buffer), self._left + self._filled) - self._filled
        count = self._socket.recv_into(buffer[self._filled : self._filled + room])
        if not count:
            raise ConnectionResetError
        self._filled += count
        self._left -= count
        self._moved += count
        self.received += count
        if self._filled == len(buffer) or not self._left:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._buffer is not None and self._filled:
            filled, self._filled = self._filled, 0
            self._writer.write(self._buffer[:filled])
