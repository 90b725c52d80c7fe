"""Warm answers onto a connection: the same bytes that uvicorn and the application would have written."""

import os
import uuid
from asyncio.transports import Transport
from collections.abc import Callable
from itertools import count
from typing import Final, Protocol

from httptools import HttpRequestParser
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.server import ServerState

from pratique.http.journal import Note
from pratique.http.refusals import Disconnected, TooSlow
from pratique.http.request_ids import request_id_of
from pratique.http.streams.sending import CHUNK
from pratique.http.wire.bodies import Bodies
from pratique.http.wire.heads import REQUEST_ID, lines
from pratique.http.wire.warm import WarmAnswer, WarmAnswers
from pratique.oci.ranges import ByteRange
from pratique.telemetry import Log
from pratique.telemetry.lines import REQUEST_FAILED

READS: Final = frozenset({b"GET", b"HEAD"})
JOINED: Final = 16 * 1024
"""Bytes of a body that are copied behind their head; larger ones are passed on beside it."""

_OPEN: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class Connection(Protocol):
    """What is needed of the connection that asks."""

    parser: HttpRequestParser
    url: bytes
    headers: list[tuple[bytes, bytes]]
    transport: Transport
    flow: FlowControl
    server_state: ServerState
    client: tuple[str, int] | None
    bodies: Bodies | None

    def rest(self) -> None:
        """Nothing is under way."""
        ...

    def on_response_complete(self) -> None:
        """An answer that took a while is out."""
        ...


class Answering:
    """Answers of one process. `note` takes a line for the log; None: requests are not logged."""

    def __init__(self, answers: WarmAnswers, log: Log, note: Callable[[Note], None] | None) -> None:
        self._answers = answers
        self._log = log
        self._note = note
        self._rendered: list[tuple[bytes, bytes]] = []
        self._defaults = b""
        self._prefix = str(uuid.uuid4())[:-12]
        self._numbers = count(1)

    def answer(self, connection: Connection) -> bool:
        """Answer the request whose head has arrived; False: nothing was done, ask the application."""
        method = connection.parser.get_method()
        if method not in READS:
            return False
        found = self._answers.find(method, connection.url, connection.headers)
        if found is None:
            return False
        request_id = self._request_id(found)
        head = b"".join(
            (
                found.status,
                self._default_lines(connection.server_state.default_headers),
                found.head,
                REQUEST_ID,
                request_id,
                b"\r\n\r\n",
            )
        )
        if found.path is None:
            self._send(connection, head, found.content)
        elif not self._send_part(connection, head, found, found.path):
            return False
        self._answers.given[method, found.status] += 1
        if self._note is not None:
            self._note(_note(connection, method, request_id, found))
        return True

    def _request_id(self, found: WarmAnswer) -> bytes:
        offered = found.asked.request_id
        if offered is not None:
            return request_id_of(offered.decode("latin-1")).encode()
        return b"%b%012x" % (self._prefix.encode(), next(self._numbers))

    def _default_lines(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The server's own lines, `Date`: a new list every second."""
        if headers is not self._rendered:
            self._rendered, self._defaults = headers, lines(headers)
        return self._defaults

    def _send(self, connection: Connection, head: bytes, content: bytes | bytearray) -> None:
        if len(content) <= JOINED:
            connection.transport.write(head + content)
        else:
            connection.transport.writelines((head, content))
        connection.server_state.total_requests += 1
        connection.rest()

    def _send_part(self, connection: Connection, head: bytes, found: WarmAnswer, path: str) -> bool:
        part = found.part or ByteRange(0, found.size)
        try:
            file = os.open(path, _OPEN)
        except OSError:
            return False
        try:
            if os.fstat(file).st_size != found.size:
                return False
            content = _read_now(file, part) if len(part) <= CHUNK else None
            if content is None:
                return self._hand_over(connection, head, file, part)
            self._send(connection, head, content)
            self._answers.sent += len(part)
            return True
        finally:
            os.close(file)

    def _hand_over(self, connection: Connection, head: bytes, file: int, part: ByteRange) -> bool:
        bodies = connection.bodies
        if bodies is None or connection.transport.get_write_buffer_size():
            return False

        def ended(problem: BaseException | None) -> None:
            if problem is not None:
                connection.transport.abort()
                if not isinstance(problem, (Disconnected, TooSlow)):
                    self._log.fail(REQUEST_FAILED, problem, method="GET", path=path_of(connection.url))
                return
            self._answers.sent += len(part)
            connection.on_response_complete()

        connection.flow.pause_reading()
        bodies.begin_file(file, part, head, ended)
        return True


def path_of(url: bytes) -> str:
    """What the log says of where a request went: without its query, which may hold a secret that somebody put there."""
    return url.partition(b"?")[0].decode("latin-1")


def _read_now(file: int, part: ByteRange) -> bytearray | None:
    """The part, if all of it lies in memory and the file system can tell: the event loop waits for no disk."""
    content = bytearray(len(part))
    try:
        read = os.preadv(file, [content], part.start, os.RWF_NOWAIT)
    except OSError:
        return None
    return content if read == len(part) else None


def _note(connection: Connection, method: bytes, request_id: bytes, found: WarmAnswer) -> Note:
    return Note(
        request_id.decode("latin-1"),
        method.decode(),
        path_of(connection.url),
        int(found.status[9:12]),
        0.0,
        found.asked.principal,
        connection.client[0] if connection.client else "",
        is_warm=True,
    )
