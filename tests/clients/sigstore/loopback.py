"""A small service on loopback that answers in JSON while a block runs."""

import abc
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self


@dataclass(frozen=True)
class Reply:
    """A document, and how it is sent."""

    said: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING: Final = Reply(None, 404)


class Service(abc.ABC):
    """Answers each request in a thread of its own."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @abc.abstractmethod
    def answer(self, path: str, asked: Any) -> Reply:
        """What a path answers to a document, which is None for GET."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(service.answer(self.path, None))

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self._send(service.answer(self.path, asked))

            def log_message(self, *said: object) -> None:
                """Nothing: who asked what is of no interest."""

            def _send(self, reply: Reply) -> None:
                content = json.dumps(reply.said).encode()
                self.send_response(reply.status)
                length = {"content-type": "application/json", "content-length": str(len(content))}
                for name, value in {**reply.headers, **length}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        return Handler
