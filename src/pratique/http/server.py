"""The server: uvicorn with our protocol class, our limits, and an end that scripts can rely on."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Final, Literal

import uvicorn
from starlette.types import ASGIApp

from pratique.errors import Unavailable
from pratique.http.tls import Certificate
from pratique.http.wire.protocol import Wire, over

BACKLOG: Final = 2_048
TICKS_BETWEEN_LOOKS: Final = 20
"""uvicorn ticks ten times a second: a changed certificate is seen within two."""

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bytes and seconds. `drain`: how long requests may finish once the end was asked for."""

    drain: int = 8
    head_size: int = 64 * 1024
    head_time: float = 20.0
    idle_time: int = 75
    connections: int = 4_000


class Server(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, lets open requests finish, and returns: the process then exits 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        certificate: Certificate | None,
        on_started: Callable[[str, int], None],
        on_stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._certificate = certificate
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_started(host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell what ends with us first, so that it ends while open requests finish."""
        self._on_stopping()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Look at the certificate now and then, here where the handshakes are."""
        if self._certificate is not None and counter % TICKS_BETWEEN_LOOKS == 0:
            self._certificate.refresh()
        return await super().on_tick(counter)

    def stop(self) -> None:
        """As SIGTERM does; from any thread."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals for as long as we serve. Unlike uvicorn's they are not raised again after a good end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {each: signal.signal(each, self._asked_to_stop) for each in SIGNALS}
        try:
            yield
        finally:
            for each, handler in former.items():
                signal.signal(each, handler)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)


def build_server(
    app: ASGIApp,
    host: str,
    port: int,
    limits: ServerLimits,
    *,
    wire: Wire | None = None,
    certificate: Certificate | None = None,
    on_started: Callable[[str, int], None] = lambda _host, _port: None,
    on_stopping: Callable[[], None] = lambda: None,
    loop: Literal["uvloop", "asyncio"] = "uvloop",
) -> Server:
    """A server of `app` on an address; port 0 is any free one, told to `on_started`."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop=loop,
        http=over(wire or Wire(), head_size=limits.head_size, head_time=limits.head_time),
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        backlog=BACKLOG,
        timeout_keep_alive=limits.idle_time,
        timeout_graceful_shutdown=limits.drain,
        ssl_context_factory=(lambda _config, _default: certificate.context) if certificate else None,
    )
    return Server(config, certificate, on_started, on_stopping)


def serve(server: Server) -> None:
    """Run a server to its end, in this thread. Raises Unavailable when it can't listen; the log has the reason."""
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(server.serve())
    except SystemExit:  # uvicorn's way of giving up its start
        where = f"{server.config.host}:{server.config.port}"
        raise Unavailable(
            f"{where} can't be listened on: it is in use, or no address of this machine"
        ) from None
