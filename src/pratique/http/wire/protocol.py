"""uvicorn's httptools protocol, and what it lacks for us.

* A bound on the head of a request, in bytes and in time: httptools has neither.
* Warm answers (`wire.warm`): a GET or HEAD that can be answered from memory is, here in the parser's callback.
* Large bodies beside the event loop (`wire.bodies`), where the connection is plain.
* Clients that close their side after asking, as `nc` does, are answered all the same.
* What two readers could read in two ways is refused and the connection closed (`wire.suspicion`).

It refuses whatever is not plain and warm, and then the application answers, with the same bytes (tests/integration/
wire). WebSockets are not spoken here, so nothing is upgraded.
"""

import asyncio
import urllib.parse
from asyncio.transports import Transport
from dataclasses import dataclass
from typing import Any, Final, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pratique.http.wire.answering import Answering
from pratique.http.wire.bodies import Bodies, Moving
from pratique.http.wire.cycle import WireCycle
from pratique.http.wire.suspicion import TOO_LARGE, Suspicion, suspicion_of

SOON: Final = 0.05
"""Seconds by which a timer may come early."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What connections have beside the application: by themselves, nothing."""

    answering: Answering | None = None
    moving: Moving | None = None


class WireProtocol(HttpToolsProtocol):
    """One connection. `head_size` is in bytes, `head_time` in seconds; `over` makes a class with other ones."""

    wire = Wire()
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
        self.bodies: Bodies | None = None
        self._head = 0
        self._hosts = 0
        self._in_head = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._rested_at = 0.0
        self._is_last = False

    # --- the connection -------------------------------------------------------------------------------------------

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client has `head_time` for its first request too."""
        super().connection_made(transport)
        if self.wire.moving is not None and self.scheme == "http":
            self.bodies = Bodies(self.loop, transport, self.wire.moving)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of timers, and of a body that is on its way."""
        self._head_arrived()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        if self.bodies is not None:
            self.bodies.abort()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse. What leaves a request unfinished has a time to be finished in."""
        super().data_received(data)
        if self._in_head and self._head_timer is None and not self.transport.is_closing():
            self._await_head()

    def eof_received(self) -> bool | None:  # type: ignore[override] # as asyncio has it
        """Keep the connection while a whole request is being answered. Over TLS nobody can."""
        self._is_last = self.scheme == "http" and self._is_busy() and not self._is_receiving()
        return self._is_last

    def shutdown(self) -> None:
        """The server is ending: finish what is under way."""
        if self._is_sending():
            self._is_last = True
        else:
            super().shutdown()

    # --- a request ------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request starts. The scope is made when the application is asked."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._head = 0
        self._hosts = 0
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Take and count the request line."""
        self.url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take and count a header."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        elif name == b"host":
            self._hosts += 1
        self.headers.append((name, value))
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """The head is there: answer at once, start the request, or queue it behind the one before it."""
        self._in_head = False
        self._head_arrived()
        if self.transport.is_closing() or self._is_answered():
            return
        if (suspicion := suspicion_of(self.parser, self.headers)) is not None:
            self._refuse(suspicion)
            return
        waits = self._is_busy()
        self._fill_scope()
        self.cycle = self._new_cycle()
        app = service_unavailable if self._is_full() else self.app
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))
        else:
            self._start_asgi_task(self.cycle, app)

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, unless the request was refused with its head."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        asked = cast("RequestResponseCycle | None", self.cycle)
        if asked is not None and not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or rest."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self._is_last:
            self.transport.close()
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.rest()

    def rest(self) -> None:
        """Nothing is under way: the connection may stay for its idle time."""
        self._rested_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._await_request(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close, unless there was something since the timer was set. One timer serves many requests."""
        self.timeout_keep_alive_task = None
        left = self._rested_at + self.timeout_keep_alive - self.loop.time()
        if self._is_busy() or self._in_head:
            return
        if left > SOON:
            self._await_request(left)
        else:
            super().timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer: its handler looks."""

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP (uvicorn's name)."""
        self._refuse(Suspicion(400, "Bad Request", msg))

    def _should_upgrade(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: an offer to upgrade may be ignored (RFC 9110, 7.8)."""

    # --- parts ----------------------------------------------------------------------------------------------------

    def _is_busy(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return self._is_sending() or (cycle is not None and not cycle.response_complete)

    def _is_sending(self) -> bool:
        return self.bodies is not None and self.bodies.is_busy

    def _is_receiving(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return self._in_head or (cycle is not None and not cycle.response_complete and cycle.more_body)

    def _is_answered(self) -> bool:
        """Whether the request was answered from memory. Anything but the plain case is for the application."""
        answering = self.wire.answering
        if answering is None or self._is_busy() or self.flow.write_paused:
            return False
        parser = self.parser
        if not parser.should_keep_alive() or parser.get_http_version() != "1.1" or self._hosts != 1:
            return False
        if self._is_full():
            return False
        return answering.answer(self)

    def _fill_scope(self) -> None:
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": self.parser.get_http_version(),
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state.copy(),
            "method": self.parser.get_method().decode("ascii"),
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
        }
        self.scope = cast("Any", scope)

    def _new_cycle(self) -> WireCycle:
        cycle = WireCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self._may_stay(),
            on_response=self.on_response_complete,
        )
        cycle.bodies = self.bodies
        cycle.on_body_taken = self._body_was_taken
        self.scope["extensions"] = cast("Any", cycle.extensions())
        return cycle

    def _may_stay(self) -> bool:
        """Whether the connection serves another request. After an offer to upgrade the parser reads no further."""
        parser = self.parser
        return bool(
            self.scope["http_version"] != "1.0" and parser.should_keep_alive() and not parser.should_upgrade()
        )

    def _body_was_taken(self) -> None:
        """The rest of the body has passed the parser by: the next byte begins a request."""
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.on_message_complete()

    def _is_full(self) -> bool:
        limit = self.limit_concurrency
        return limit is not None and len(self.connections) > limit

    def _await_request(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

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
            self._refuse(TOO_LARGE)

    def _refuse(self, suspicion: Suspicion) -> None:
        """Say what is wrong and close; once an answer is on its way, close: words would become its content."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        is_silent = cycle is None or cycle.response_complete or not cycle.response_started
        if self._is_sending():
            self.transport.abort()
            return
        if is_silent and not self.pipeline:
            self.transport.write(suspicion.answer())
        self.transport.close()


def over(wire: Wire, *, head_size: int, head_time: float) -> type[WireProtocol]:
    """The protocol class over a wire: uvicorn makes the instances, so it has to be the class's."""
    return type(
        "WireProtocol", (WireProtocol,), {"wire": wire, "head_size": head_size, "head_time": head_time}
    )
