"""`/.well-known/pratique/{project}/{file}` (RFC 8615): what consumers verify the registry's signatures with.

Another name for documents of the management API, answered by it, so that both give the same to the same people: to
everybody in a public project; in a private one to whoever may pull there, with his credentials. To strangers a private
project looks like one that does not exist.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX: Final = "/.well-known/pratique"
_PARTS: Final = 2


class WellKnown:
    """Hands requests to the management API. `prefix` is where that lies."""

    def __init__(self, api: ASGIApp, prefix: str) -> None:
        self._api = api
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode("latin-1", "replace")
        path = raw.partition(b"?")[0].decode("latin-1")
        await self._api({**scope, "raw_path": self._meant(path).encode("latin-1")}, receive, send)

    def _meant(self, path: str) -> str:
        parts = path.removeprefix(PREFIX).lstrip("/").split("/")
        if len(parts) != _PARTS:
            return f"{self._prefix}/.well-known"
        return f"{self._prefix}/projects/{parts[0]}/trust/{parts[1]}"
