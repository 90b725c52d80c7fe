"""uvicorn's httptools protocol, and what it lacks for us.

* The reason phrase: ASGI can't say one, and containerd, docker 28 and BuildKit print nothing else of a refused HEAD
  (gate.md 6). An answer's `reason` goes into the status line.
* A bound on the head of a request, in bytes and in time: httptools has neither.
* `http.response.abort`: an answer that can't be finished drops the connection, without waiting until a client that
  does not read has read.

WebSockets are not spoken here, so nothing is upgraded.
"""

import asyncio
import re
import urllib.parse
from asyncio.transports import Transport
from typing import Any, Final, cast

import httptools
from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pratique.http.streams.sending import ABORT

PHRASE: Final = re.compile(rb"[ -~]{1,200}")
"""What may stand in a status line: printable ASCII (RFC 9112, section 4), as long as gate.md has it."""

TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
EXTENSIONS: Final[dict[str, dict[str, Any]]] = {ABORT: {}}


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
    """One request and its answer."""

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's, with reason phrases and aborts."""
        event = cast("dict[str, Any]", message)
        if event["type"] == ABORT:
            self._abort()
            return
        phrase = event.get("reason")
        if phrase is None or not PHRASE.fullmatch(phrase) or self.response_started:
            await super().send(message)
            return
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


class WireProtocol(HttpToolsProtocol):
    """One connection. `head_size` is in bytes, `head_time` in seconds; `limited` makes a class with other ones."""

    head_size = 64 * 1024
    head_time = 20.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Python's own log asks for every request otherwise; ours is `http.journal`.
        self.access_log = False
        self._head = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client has `head_time` for its first request too."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer."""
        self._head_arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self.scope["extensions"] = EXTENSIONS  # type: ignore[typeddict-item] # any name may stand there
        self._head = 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """The head is there: start the request, or queue it behind the one before it."""
        self._head_arrived()
        if self.transport.is_closing():
            return
        self._fill_scope()
        earlier = cast("RequestResponseCycle | None", self.cycle)
        self.cycle = self._new_cycle()
        app = service_unavailable if self._is_full() else self.app
        if earlier is None or earlier.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, unless the request was refused with its head."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def _should_upgrade(self) -> bool:
        return False

    def _fill_scope(self) -> None:
        version = self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope = cast("dict[str, Any]", self.scope)
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = urllib.parse.unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""

    def _new_cycle(self) -> WireCycle:
        return WireCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self.scope["http_version"] != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def _is_full(self) -> bool:
        limit = self.limit_concurrency
        return limit is not None and len(self.connections) > limit

    def _await_head(self) -> None:
        self._head_arrived()
        self._head_timer = self.loop.call_later(self.head_time, self.transport.abort)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _count(self, more: int) -> None:
        self._head += more
        if self._head > self.head_size and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()


def limited(head_size: int, head_time: float) -> type[WireProtocol]:
    """The protocol class with these bounds: uvicorn makes the instances, so they have to be the class's."""
    return type("WireProtocol", (WireProtocol,), {"head_size": head_size, "head_time": head_time})
