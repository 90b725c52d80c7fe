"""HTTP/1.1 by hand: bytes are sent as they are written, also where no client library would write them."""

import base64
import contextlib
import json
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

PATIENCE: Final = 20.0
"""Seconds in which a server must have answered; no test expects to wait so long."""

LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""With this SO_LINGER a close is a reset."""

Lines = Mapping[str, str]
NOTHING: Final[Lines] = MappingProxyType({})


def basic(name: str, secret: str) -> dict[str, str]:
    """The header of a name and password."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@dataclass(frozen=True)
class Reply:
    """One answer as it came. Header names are in lower case."""

    version: str
    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The only header of this name, None where there is none."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, f"{name} came {len(found)} times: {found}"
        return found[0] if found else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def code(self) -> str:
        """The code of the one error that the body holds."""
        document = self.json()
        assert set(document) == {"errors"}, document
        (error,) = document["errors"]
        assert set(error) <= {"code", "message", "detail"}, error
        assert isinstance(error["message"], str)
        code: str = error["code"]
        return code


class Wire:
    """One connection. Reads never wait longer than `PATIENCE`."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, PATIENCE)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Send bytes; a server that has hung up is no mistake of the one who sends."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(b"".join(pieces))

    def finish(self) -> None:
        """Send no more, and read on."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Drop the connection at once."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        self.socket.close()

    def reply(self, method: str = "GET") -> Reply:
        """The next final answer, to a request of this method. Raises EOFError when the server closed instead."""
        while True:
            reply = self._reply(method)
            if reply.status >= 200:
                return reply

    def interim(self) -> Reply:
        """The next answer, final or not (`100 Continue`)."""
        return self._reply("GET")

    def is_closed(self) -> bool:
        """Whether the server has closed, with nothing left to read."""
        return self._read == b"" and self._more() == b""

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        while self._fill():
            pass
        taken, self._read = self._read, b""
        return taken

    def _reply(self, method: str) -> Reply:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        line, *fields = head.split("\r\n")
        version, status, phrase = (*line.split(" ", 2), "")[:3]
        headers = tuple(
            (name.lower(), value.strip()) for name, _, value in (field.partition(":") for field in fields)
        )
        lengths = [value for name, value in headers if name == "content-length"]
        chunked = ("transfer-encoding", "chunked") in headers
        number = int(status)
        if method == "HEAD" or number < 200 or number in {204, 304}:
            body = b""
        elif chunked:
            body = self._chunks()
        else:
            body = self._exactly(int(lengths[0])) if lengths else self.rest()
        return Reply(version, number, phrase, headers, body)

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self._until(b"\r\n"), 16):
            content += self._exactly(size + 2)[:-2]
        self._until(b"\r\n")
        return content

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            if not self._fill():
                raise EOFError(self._read)
        found, self._read = self._read.split(mark, 1)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            if not self._fill():
                raise EOFError(f"{len(self._read)} of {size} bytes")
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _fill(self) -> bool:
        more = self._more()
        self._read += more
        return bool(more)

    def _more(self) -> bytes:
        try:
            return self.socket.recv(1 << 20)
        except ConnectionResetError:
            return b""


def head(method: str, target: str, headers: Lines | Iterable[tuple[str, str]] = ()) -> bytes:
    """The head of a request; nothing is added but `Host` where it is missing."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if not any(name.lower() == "host" for name, _ in pairs):
        pairs.insert(0, ("host", "registry.test"))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(method: str, target: str, headers: Lines = NOTHING, body: bytes = b"") -> bytes:
    """A whole request, with the length of its body where it has one."""
    length = {"content-length": str(len(body))} if body or method in {"PUT", "POST", "PATCH"} else {}
    return head(method, target, {**length, **headers}) + body


def ask(
    address: tuple[str, int],
    method: str,
    target: str,
    headers: Lines = NOTHING,
    body: bytes = b"",
) -> Reply:
    """One request over a connection of its own."""
    with Wire(address) as wire:
        wire.send(request(method, target, headers, body))
        return wire.reply(method)
