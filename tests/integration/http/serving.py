"""An ASGI application behind our server, in a thread, for tests that look at the bytes."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from pratique.http.server import ServerLimits, build_server, serve
from pratique.http.tls import Certificate

Loop = Literal["uvloop", "asyncio"]


def with_lifespan(app: ASGIApp) -> ASGIApp:
    """The application, saying yes to the server's start and end."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})

    return answering


@contextlib.contextmanager
def served(
    app: ASGIApp,
    loop: Loop = "uvloop",
    limits: ServerLimits | None = None,
    certificate: Certificate | None = None,
) -> Iterator[tuple[str, int]]:
    """Where it is served."""
    where: list[tuple[str, int]] = []
    ready = threading.Event()

    def started(host: str, port: int) -> None:
        where.append((host, port))
        ready.set()

    server = build_server(
        with_lifespan(app),
        "127.0.0.1",
        0,
        limits or ServerLimits(drain=2),
        certificate=certificate,
        on_started=started,
        loop=loop,
    )
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    try:
        assert ready.wait(10)
        yield where[0]
    finally:
        server.stop()
        thread.join(20)
    assert not thread.is_alive()


def exchange(address: tuple[str, int], request: bytes, context: Any = None) -> bytes:
    """Send bytes, and read until the server closes."""
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(socket.create_connection(address, 10))
        connection = stack.enter_context(context.wrap_socket(plain)) if context else plain
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received
