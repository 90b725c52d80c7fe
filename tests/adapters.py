"""A scanner of Harbor's pluggable scanner API 1.2 on loopback: a real HTTP server that says what a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

METADATA: Final = "application/vnd.scanner.adapter.metadata+json; version=1.0"
RESPONSE: Final = "application/vnd.scanner.adapter.scan.response+json; version=1.0"
GENERIC: Final = "application/vnd.security.vulnerability.report; version=1.1"
SBOM: Final = "application/vnd.security.sbom.report+json; version=1.0"
MANIFESTS: Final = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
DESCRIBED: Final[dict[str, Any]] = {
    "scanner": {"name": "Fake", "vendor": "Test", "version": "1.2.3"},
    "capabilities": [
        {"type": "vulnerability", "consumes_mime_types": MANIFESTS, "produces_mime_types": [GENERIC]},
        {
            "type": "sbom",
            "consumes_mime_types": MANIFESTS,
            "produces_mime_types": [SBOM],
            "additional_attributes": {"sbom_media_types": ["application/spdx+json"]},
        },
    ],
    "properties": {},
}


@dataclass(frozen=True)
class Said:
    """An answer. `content` may be a function that writes without end."""

    status: int = 200
    content: bytes | Callable[[Any], None] = b""
    headers: dict[str, str] = field(default_factory=dict)


def vulnerability(name: str, package: str = "package_9", version: str = "9.0", **more: Any) -> dict[str, Any]:
    """An entry of a report."""
    return {"id": name, "package": package, "version": version, "severity": "High", **more}


class Adapter:
    """`metadata`, `scan` and `report` are the answers, each a `Said` or a list of which the last stays."""

    def __init__(self) -> None:
        self.metadata: Said = Said(200, json.dumps(DESCRIBED).encode(), {"content-type": METADATA})
        self.scan: Said = Said(202, b'{"id": "scan-1"}', {"content-type": RESPONSE})
        self.reports: list[Said] = [Said(500)]
        self.requests: list[dict[str, Any]] = []
        self.heads: list[tuple[str, str, dict[str, str]]] = []
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.heads.append(("GET", self.path, {k.lower(): v for k, v in self.headers.items()}))
                if self.path == "/api/v1/metadata":
                    self._say(place.metadata)
                elif "/report" in self.path:
                    self._say(place.reports.pop(0) if len(place.reports) > 1 else place.reports[0])
                else:
                    self._say(Said(404))

            def do_POST(self) -> None:
                place.heads.append(("POST", self.path, {k.lower(): v for k, v in self.headers.items()}))
                length = int(self.headers["content-length"])
                place.requests.append(json.loads(self.rfile.read(length)))
                self._say(place.scan)

            def _say(self, said: Said) -> None:
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if callable(said.content):
                    self.end_headers()
                    self.close_connection = True
                    said.content(self.wfile)
                    return
                self.send_header("content-length", str(len(said.content)))
                self.end_headers()
                self.wfile.write(said.content)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # who was asked may hang up
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def finds(self, *vulnerabilities: dict[str, Any], waits: int = 1, **more: Any) -> None:
        """Have it report these, after being asked too early so many times."""
        report = {"generated_at": "2027-01-15T08:00:00Z", "vulnerabilities": list(vulnerabilities), **more}
        early = Said(302, b"", {"Refresh-After": "7", "Location": "http://169.254.169.254/latest/meta-data"})
        self.reports = [*[early] * waits, Said(200, json.dumps(report).encode(), {"content-type": GENERIC})]

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


@contextmanager
def adapting() -> Iterator[Adapter]:
    """A scanner for as long as a test takes."""
    place = Adapter()
    try:
        yield place
    finally:
        place.close()
