"""Stored bytes onto the wire: read in threads, the next chunk while the last is being sent.

Memory of one answer: two chunks and the transport's buffer, however large the blob and slow the client.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Final

from starlette.types import Receive, Scope, Send

from pratique.errors import Corrupt
from pratique.http.refusals import Disconnected, TooSlow
from pratique.http.streams.body import Pace
from pratique.http.threads import Pool

CHUNK: Final = 256 * 1024
"""Bytes read and sent at once: below it ASGI costs more than the bytes (1.7 CPU s/GB at 64 KiB)."""

ABORT: Final = "http.response.abort"
"""The ASGI extension, and message, by which `wire.protocol` drops a connection without waiting for its buffer."""

SEND_FILE: Final = "http.response.zerocopysend"
"""ASGI's extension, and message, by which the server sends a part of an open file itself."""

NATIVE_LEAST: Final = CHUNK
"""Bytes of a part that the server sends itself, at least."""


class Sender:
    """Sends the pieces of one answer, at the client's pace."""

    def __init__(self, scope: Scope, send: Send, pool: Pool, pace: Pace) -> None:
        self._is_native = SEND_FILE in scope.get("extensions", {})
        self._send = send
        self._pool = pool
        self._pace = pace
        self._gone: asyncio.Future[None] | None = None

    @contextlib.asynccontextmanager
    async def watching(self, receive: Receive) -> AsyncIterator[None]:
        """Notice when the client goes: `send` says nothing, and a gigabyte would be read for nobody."""
        self._gone = asyncio.ensure_future(_departure(receive))
        try:
            yield
        finally:
            self._gone.cancel()
            await asyncio.wait([self._gone])

    async def bytes(self, content: bytes, *, more: bool = True) -> None:
        """Send a piece. Raises TooSlow when the client does not take it, Disconnected when it is gone."""
        if self._gone is not None and self._gone.done():
            raise Disconnected
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._pace.stall_time):
                await self._send({"type": "http.response.body", "body": content, "more_body": more})
        except TimeoutError:
            raise TooSlow("nothing more of the answer was taken") from None
        except OSError:
            raise Disconnected from None
        self._pace.count(len(content), loop.time() - began)

    @contextlib.asynccontextmanager
    async def opened(self, context: AbstractContextManager[BinaryIO]) -> AsyncIterator[BinaryIO]:
        """A file, opened and closed in threads."""
        source = await self._pool(context.__enter__)
        try:
            yield source
        finally:
            await self._pool(context.__exit__, None, None, None)

    async def file(self, source: BinaryIO, start: int, left: int) -> None:
        """Send `left` bytes of an open file that stands at `start`.

        Raises TooSlow, Disconnected, and Corrupt when it is shorter.
        """
        descriptor = _descriptor(source) if self._is_native and left > NATIVE_LEAST else None
        if descriptor is not None:
            message = {"type": SEND_FILE, "file": descriptor, "offset": start, "count": left}
            await self._send({**message, "more_body": True})
            return
        reading = asyncio.ensure_future(self._pool(source.read, min(CHUNK, left)))
        try:
            while left:
                content = await reading
                if not content:
                    raise Corrupt("stored bytes ended early")
                left -= len(content)
                if left:
                    reading = asyncio.ensure_future(self._pool(source.read, min(CHUNK, left)))
                await self.bytes(content)
        finally:
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()


def _descriptor(source: BinaryIO) -> int | None:
    """The descriptor behind a source, where it is a local file."""
    try:
        return source.fileno()
    except OSError:
        return None


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def abort(scope: Scope, send: Send) -> None:
    """Drop the connection of an answer that can't be finished, where the server can; else it ends short."""
    if ABORT in scope.get("extensions", {}):
        await send({"type": ABORT})
