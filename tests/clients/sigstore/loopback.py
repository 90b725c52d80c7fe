"""A small service on loopback that answers in JSON while a block runs."""

import abc
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Service(abc.ABC):
    """Answers each request in a thread of its own."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @abc.abstractmethod
    def answer(self, path: str, asked: Any) -> Any:
        """What a path answers to a document (None for GET); None where there is no such thing."""

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
                self._say(service.answer(self.path, None))

            def do_POST(self) -> None:
                self._say(service.answer(self.path, json.loads(self.rfile.read(self._length()))))

            def log_message(self, *said: object) -> None:
                """Nothing: who asked what is of no interest."""

            def _length(self) -> int:
                return int(self.headers["content-length"])

            def _say(self, said: Any) -> None:
                content = json.dumps(said).encode()
                self.send_response(404 if said is None else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler
