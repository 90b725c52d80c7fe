"""One request and its answer: uvicorn's, and what it lacks for us.

* The reason phrase: ASGI can't say one, and containerd, docker 28 and BuildKit print nothing else of a refused HEAD
  (gate.md 6). An answer's `reason` goes into the status line.
* `http.response.abort`: an answer that can't be finished drops the connection, without waiting until a client that
  does not read has read.
* Large bodies: `http.response.zerocopysend` (ASGI's own extension) sends a part of a file, and
  `pratique.http.receive` takes the rest of a request's body into a writer; both only where a connection can.
"""

import re
from asyncio.transports import Transport
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from pratique.http.ports import Writer
from pratique.http.refusals import GoneBefore
from pratique.http.streams.body import RECEIVE
from pratique.http.streams.sending import ABORT, SEND_FILE
from pratique.http.wire.bodies import Bodies
from pratique.oci.ranges import ByteRange

PHRASE: Final = re.compile(rb"[ -~]{1,200}")
"""What may stand in a status line: printable ASCII (RFC 9112, section 4), as long as gate.md has it."""


class PhrasingTransport:
    """Stands in for a transport while the head of an answer is written, and puts the phrase into its first line."""

    def __init__(self, transport: Transport, phrase: bytes) -> None:
        self._transport = transport
        self._phrase = phrase

    def write(self, data: bytes) -> None:
        """Write the head: `HTTP/1.1 403 ` and the phrase in place of the usual one."""
        line, _, rest = data.partition(b"\r\n")
        version, status, _ = line.split(b" ", 2)
        self._transport.write(b" ".join((version, status, self._phrase)) + b"\r\n" + rest)


class WireCycle(RequestResponseCycle):
    """A request that the application answers. `bodies` None: its bodies go the ordinary way."""

    bodies: Bodies | None = None
    on_body_taken: Callable[[], None]
    """Tells the connection that the body was taken beside its parser."""

    def extensions(self) -> Mapping[str, Any]:
        """What the application may use of this."""
        if self.bodies is None:
            return {ABORT: {}}
        return {ABORT: {}, SEND_FILE: {}, RECEIVE: {"into": self.receive_into}}

    async def receive(self) -> ASGIReceiveEvent:
        """As uvicorn's, but what came before a client went away comes before the news of it."""
        message = await super().receive()
        if message["type"] != "http.disconnect" or not self.body or self.response_complete:
            return message
        content, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": content, "more_body": self.more_body}

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's, and the three of ours."""
        event = cast("dict[str, Any]", message)
        if event["type"] == ABORT:
            self._abort()
        elif event["type"] == SEND_FILE:
            await self._send_file(event)
        elif "reason" in event and PHRASE.fullmatch(event["reason"]) and not self.response_started:
            await self._send_with_phrase(message, event["reason"])
        else:
            await super().send(message)

    async def receive_into(self, writer: Writer, length: int) -> int:
        """Write the body, of which `length` bytes were announced. The number received.

        Raises Disconnected and TooSlow, when what came has been written, and what the writer raises; the parser has
        then not seen the rest of the body, so the connection must close. Raises GoneBefore when nothing was taken.
        """
        if self.bodies is None or self.disconnected:
            raise GoneBefore
        if self.waiting_for_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waiting_for_100_continue = False
        self.flow.pause_reading()
        before, self.body = self.body, bytearray()
        left = length - len(before) if self.more_body else 0
        received = await self.bodies.receive_into(writer, before, left)
        if left:
            self.on_body_taken()
        return received + len(before)

    async def _send_file(self, event: Mapping[str, Any]) -> None:
        await self._drain()
        if self.disconnected or self.bodies is None:
            return
        part = ByteRange(event["offset"], event["offset"] + event["count"])
        if len(part) > self.expected_content_length:
            raise RuntimeError("Response content longer than Content-Length")
        self.expected_content_length -= len(part)
        await self.bodies.send_file(event["file"], part)
        if not event.get("more_body", False):
            await super().send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drain(self) -> None:
        """Wait until the transport has written all that it holds."""
        self.transport.set_write_buffer_limits(high=0)
        try:
            if self.flow.write_paused and not self.disconnected:
                await self.flow.drain()
        finally:
            self.transport.set_write_buffer_limits()

    async def _send_with_phrase(self, message: ASGISendEvent, phrase: bytes) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        plain = self.transport
        # What follows does not wait, so nobody else sees the stand-in.
        self.transport = cast("Transport", PhrasingTransport(plain, phrase))
        try:
            await super().send(message)
        finally:
            self.transport = plain

    def _abort(self) -> None:
        self.disconnected = True
        self.transport.abort()
