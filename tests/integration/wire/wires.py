"""Two servers of one application: one that answers from memory and moves bodies itself, one that asks the application.

And a client that sees bytes.
"""

import contextlib
import io
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Self

from starlette.types import ASGIApp
from tests.houses import Furnished
from tests.integration.http.serving import with_lifespan

from pratique.bootstrap.serving import build_application
from pratique.http.app import Application
from pratique.http.server import ServerLimits, build_server, serve
from pratique.http.wire.protocol import Wire
from pratique.telemetry import Metrics, open_log

Address = tuple[str, int]
Loop = Literal["uvloop", "asyncio"]

DATE = re.compile(rb"(?m)^date: [^\r\n]+")
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BOUNDARY = re.compile(rb"boundary=([0-9a-f]{32})")


@dataclass
class Pair:
    """Where both listen, and the counts of what was answered from memory."""

    fast: Address
    plain: Address
    application: Application

    @property
    def given(self) -> int:
        answering = self.application.wire.answering
        assert answering is not None
        return answering._answers.given.total()


@dataclass
class Asker:
    """A connection that is kept."""

    address: Address
    line: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.line = socket.create_connection(self.address, 20)
        self._file = self.line.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.line.close()

    def send(self, request: bytes) -> None:
        self.line.sendall(request)

    def answer(self, method: str = "GET") -> bytes:
        """One answer, or what came before the connection was closed."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                return head
            head += line
        if head.startswith(b"HTTP/1.1 100"):
            return head + self.answer(method)
        if method == "HEAD" or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return head
        length = re.search(rb"(?m)^content-length: (\d+)", head)
        assert length is not None, head
        return head + self._file.read(int(length[1]))

    def rest(self) -> bytes:
        """Everything until the server closes."""
        return self._file.read()


def url_of(address: Address) -> str:
    """Where a server is, for clients that take URLs."""
    return f"http://{address[0]}:{address[1]}"


def masked(answer: bytes) -> bytes:
    """An answer without what differs from one to the next: its date, ids that we made, boundaries."""
    found = BOUNDARY.search(answer)
    if found is not None:
        answer = answer.replace(found[1], b"BOUNDARY")
    return UUID.sub(b"ID", DATE.sub(b"date: NOW", answer))


def request_of(method: str, path: str, *headers: tuple[str, str], version: str = "1.1") -> bytes:
    """A request without a body, as it stands on the wire."""
    lines = [f"{method} {path} HTTP/{version}", "host: registry.test", *(f"{n}: {v}" for n, v in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


@contextlib.contextmanager
def served(app: ASGIApp, wire: Wire, loop: Loop = "uvloop", drain: int = 2) -> Iterator[Address]:
    """Where an application is served over a wire."""
    where: list[Address] = []
    ready = threading.Event()

    def started(host: str, port: int) -> None:
        where.append((host, port))
        ready.set()

    server = build_server(
        app, "127.0.0.1", 0, ServerLimits(drain=drain), wire=wire, on_started=started, loop=loop
    )
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    try:
        assert ready.wait(20)
        yield where[0]
    finally:
        server.stop()
        thread.join(30)
    assert not thread.is_alive()


@contextlib.contextmanager
def pair_of(home: Furnished, loop: Loop = "uvloop") -> Iterator[Pair]:
    """Both servers."""
    app = build_application(home.house, open_log(io.StringIO()), Metrics())
    with served(app, app.wire, loop) as fast, served(with_lifespan(app), Wire(), loop) as plain:
        yield Pair(fast, plain, app)
