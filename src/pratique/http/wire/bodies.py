"""Large bodies of one connection, moved by the engine while the event loop does other things."""

import asyncio
import contextlib
from asyncio.transports import Transport
from dataclasses import dataclass
from typing import Literal

from pratique.http.ports import Writer
from pratique.http.streams.body import Pace
from pratique.http.wire.engine import Engine
from pratique.http.wire.transfers import Connected, Finish, Incoming, Outgoing, OutgoingMapped
from pratique.oci.ranges import ByteRange


@dataclass(frozen=True, slots=True)
class Moving:
    """How large bodies are moved. `stall_time` and `least_rate` as of every body; `by`: what sends files."""

    engine: Engine
    stall_time: float = 60.0
    least_rate: int = 1024
    by: Literal["map", "sendfile"] = "map"

    def pace(self) -> Pace:
        """The pace of one body."""
        return Pace(self.stall_time, self.least_rate)


class Bodies:
    """Moves at most one body at a time. The loop neither reads nor writes the socket meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: Transport, moving: Moving) -> None:
        self._loop = loop
        self._moving = moving
        self._socket: int = transport.get_extra_info("socket").fileno()
        self._current: Connected | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a body is on its way."""
        return self._current is not None

    def abort(self) -> None:
        """The connection is lost, or to be lost."""
        if self._current is not None:
            self._current.abort()

    def begin_file(self, file: int, part: ByteRange, head: bytes, on_end: Finish) -> None:
        """Send a head and a part of a file; `on_end` is called in the loop. `file` may be closed at once."""
        kind = OutgoingMapped if self._moving.by == "map" else Outgoing
        self._begin(kind(self._socket, file, part, head, self._moving.pace(), self._telling(on_end)))

    async def send_file(self, file: int, part: ByteRange) -> None:
        """Send a part of a file. Raises Disconnected, TooSlow, Corrupt, Unavailable."""
        ended, settle = self._awaited()
        self.begin_file(file, part, b"", settle)
        await self._over(ended)

    async def receive_into(self, writer: Writer, before: bytearray, length: int) -> int:
        """Write `before`, and `length` bytes from the socket; the number received.

        Raises Disconnected and TooSlow, when what came has been written, and what the writer raises.
        """
        ended, settle = self._awaited()
        transfer = Incoming(
            self._socket, length, writer, self._moving.pace(), self._telling(settle), before=before
        )
        self._begin(transfer)
        await self._over(ended)
        return transfer.received

    def _begin(self, transfer: Outgoing | Incoming) -> None:
        self._current = transfer
        self._moving.engine.begin(transfer)

    def _awaited(self) -> tuple[asyncio.Future[None], Finish]:
        ended: asyncio.Future[None] = self._loop.create_future()

        def settle(problem: BaseException | None) -> None:
            if problem is None:
                ended.set_result(None)
            else:
                ended.set_exception(problem)

        return ended, settle

    async def _over(self, ended: asyncio.Future[None]) -> None:
        """Wait for the end, also when cancelled: a thread is at it."""
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            self.abort()
            await asyncio.wait([ended])
            ended.exception()
            raise

    def _telling(self, on_end: Finish) -> Finish:
        """What a thread calls at the end, for `on_end` in the loop."""

        def tell(problem: BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(end, problem)

        def end(problem: BaseException | None) -> None:
            self._current = None
            on_end(problem)

        return tell
