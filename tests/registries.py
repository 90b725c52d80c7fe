"""Another registry on loopback that holds one image, and asks for one `Authorization`."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


class Registry:
    """Answers for `team/app`; `asked` are the paths and the `Authorization` that came with each."""

    authorization = "Basic cm9ib3Q6c2VjcmV0"
    media_type = MANIFEST

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.digest = f"sha256:{'0' * 64}"
        self._files: dict[str, bytes] = {}
        self._layer = ""
        self._elsewhere: dict[str, str] = {}
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shown = self.headers.get("authorization", "")
                place.asked.append((self.path, shown))
                name = self.path.rpartition("/")[2]
                if shown != place.authorization:
                    self.send_error(401)
                elif name in place._elsewhere:
                    self.send_response(307)
                    self.send_header("location", place._elsewhere[name])
                    self.send_header("content-length", "0")
                    self.end_headers()
                elif name in place._files:
                    self.send_response(200)
                    self.send_header("content-type", MANIFEST)
                    self.send_header("content-length", str(len(place._files[name])))
                    self.end_headers()
                    self.wfile.write(place._files[name])
                else:
                    self.send_error(404)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def holds(self, layer: bytes) -> None:
        """Have it hold an image of this one layer, not packed."""
        config = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [self._keep(layer)]},
        }
        self._layer = self._keep(layer)
        described = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(
                self._keep(described), described, "application/vnd.oci.image.config.v1+json"
            ),
            "layers": [_descriptor(self._layer, layer, "application/vnd.oci.image.layer.v1.tar")],
        }
        self.digest = self._keep(json.dumps(manifest).encode())

    def lie(self) -> None:
        """Have the layer be another than its digest says."""
        self._files[self._layer] = b"something else" + self._files[self._layer]

    def redirect(self, url: str) -> None:
        """Have the layer lead elsewhere."""
        self._elsewhere[self._layer] = url

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def _keep(self, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._files[digest] = content
        return digest


def _descriptor(digest: str, content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


@contextmanager
def registering() -> Iterator[Registry]:
    """A registry for as long as a test takes."""
    place = Registry()
    try:
        yield place
    finally:
        place.close()
