"""The body of a request, as batches.

Every wait for more of it is bounded: by a time in which something must come, and by a rate that it must make on
average over that time. Only time spent waiting for the client counts, so that our own slowness is never his.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import Receive

from pratique.errors import PratiqueError, SizeInvalid, TooLarge
from pratique.http.ports import Writer
from pratique.http.refusals import Disconnected, GoneBefore, TooSlow

BATCH: Final = 1024 * 1024
"""Bytes of a batch at least, the last one excepted."""

NATIVE_LEAST: Final = 1024 * 1024
"""Bytes of a body that the server writes into a room itself, at least."""

RECEIVE: Final = "pratique.http.receive"
"""The ASGI extension by which `wire` does so: its `into` is a `Take`."""

SMALL: Final = 1024 * 1024
"""Bytes of an unwanted body that are read before the answer, so that the connection may stay."""

LINGER_BYTES: Final = 256 * 1024 * 1024
LINGER_SECONDS: Final = 10.0
"""How much of a larger one is read after the answer, and for how long, before the connection is closed.

A connection closed with bytes unread is reset, and a reset throws away what the client has not read yet: it would see
a broken pipe where it should see 401 and ask for a new token.
"""


Take = Callable[[Writer, int], Awaitable[int]]
"""Writes a body, of which so many bytes were announced, and says how many came. Raises Disconnected and TooSlow when
what came has been written, and what the writer raises."""


@dataclass(slots=True)
class Pace:
    """How slow a client may be: `stall_time` in seconds, `least_rate` in bytes per second over that time."""

    stall_time: float
    least_rate: int
    waited: float = 0.0
    moved: int = 0

    def count(self, moved: int, waited: float) -> None:
        """Note that `moved` bytes took `waited` seconds. Raises TooSlow at the end of a period that was too slow."""
        self.moved += moved
        self.waited += waited
        if self.waited >= self.stall_time:
            if self.moved < self.least_rate * self.stall_time:
                raise TooSlow(f"a body must make {self.least_rate} bytes a second on average")
            self.waited, self.moved = 0.0, 0


class Body:
    """A body that is read once. `announced` is the Content-Length, None when there is none (chunked)."""

    def __init__(
        self, receive: Receive, headers: Headers, pace: Pace, *, extensions: Mapping[str, Any] | None = None
    ) -> None:
        self._receive = receive
        self._take: Take | None = (extensions or {}).get(RECEIVE, {}).get("into")
        self._pace = pace
        self.announced = _announced(headers)
        self.is_expected = bool(self.announced) or "transfer-encoding" in headers
        self._waits_for_us = headers.get("expect", "").lower() == "100-continue"
        self.received = 0
        self.has_ended = False
        self.problem: Exception | None = None

    async def batch(self) -> bytearray:
        """At least BATCH bytes, or what is left before the end.

        When the client went away or was too slow, what came before that is answered, and `problem` says so. Raises
        SizeInvalid when the length announced is not the length sent.
        """
        batch = bytearray()
        while len(batch) < BATCH and not self.has_ended:
            try:
                batch += await self._next()
            except (Disconnected, TooSlow) as problem:
                self.problem = problem
                self.has_ended = True
        return batch

    @property
    def is_native(self) -> bool:
        """Whether `move_into` can be used instead of batches."""
        return self._take is not None and not self.received and (self.announced or 0) >= NATIVE_LEAST

    async def move_into(self, writer: Writer) -> None:
        """Let the server write all of it. `problem` as of `batch`; raises what the writer raises."""
        if self._take is None or self.announced is None:
            raise RuntimeError("this body can't be moved by the server")
        self.has_ended = True
        try:
            self.received = await self._take(writer, self.announced)
        except BaseException as problem:
            self.problem = problem if isinstance(problem, Exception) else None
            if not isinstance(problem, (Disconnected, TooSlow)):
                raise

    async def left_behind(self) -> bytes:
        """What a client sent before it went away, where `move_into` came too late to take it."""
        if not isinstance(self.problem, GoneBefore):
            return b""
        content: bytes = (await self._receive()).get("body", b"")
        self.received = len(content)
        return content

    async def whole(self, limit: int, what: str) -> bytes:
        """All of it. Raises TooLarge above `limit` bytes, Disconnected, TooSlow, SizeInvalid."""
        too_large = TooLarge(f"{what} may have {limit} bytes", {"limit": limit})
        if self.announced is not None and self.announced > limit:
            raise too_large
        content = bytearray()
        while not self.has_ended:
            content += await self._next()
            if len(content) > limit:
                raise too_large
        return bytes(content)

    @property
    def is_left(self) -> bool:
        """Whether there is more of it to come. Who waits for `100 Continue` sends nothing before he is told to."""
        is_held_back = self._waits_for_us and not self.received
        return self.is_expected and not self.has_ended and not is_held_back

    @property
    def is_small(self) -> bool:
        """Whether it is soon read to its end."""
        return self.announced is not None and self.announced <= SMALL

    async def discard(self) -> None:
        """Read on to the end and forget it, within the bounds of lingering."""
        with contextlib.suppress(PratiqueError, Disconnected, TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while not self.has_ended and self.received < LINGER_BYTES:
                    await self._next()

    async def _next(self) -> bytes:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._pace.stall_time):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow("nothing more of the body came") from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        content: bytes = message.get("body", b"")
        self.received += len(content)
        self.has_ended = not message.get("more_body", False)
        self._check_length()
        if not self.has_ended:
            self._pace.count(len(content), loop.time() - began)
        return content

    def _check_length(self) -> None:
        if self.announced is None:
            return
        if self.received > self.announced or (self.has_ended and self.received != self.announced):
            raise SizeInvalid(f"Content-Length says {self.announced} bytes, and {self.received} came")


def _announced(headers: Headers) -> int | None:
    """The Content-Length. One that is no number has been refused by every server's parser."""
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() else None
