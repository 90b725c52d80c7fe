"""A server on loopback that answers GET from a table, and remembers what it was asked for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pratique.net import Outbound, OutboundLimits

HOST = "here.test"


class Loopback:
    """`files` are contents by path; everything else is 404."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.asked.append(self.path)
                content = place.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def url(self, path: str = "", host: str = HOST) -> str:
        """Where it is found."""
        return f"http://{host}:{self._server.server_port}{path}"

    def outbound(self) -> Outbound:
        """A way out on which every name is this machine, and `HOST` was named in the settings."""
        named = frozenset((HOST,))
        return Outbound(
            allowed=named,
            insecure_http=named,
            limits=OutboundLimits(5, 5, 5),
            resolver=lambda *_asked: ("127.0.0.1",),
        )

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@contextmanager
def serving() -> Iterator[Loopback]:
    """A server for as long as a test takes."""
    place = Loopback()
    try:
        yield place
    finally:
        place.close()
