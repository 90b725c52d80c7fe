"""Answers as ASGI messages: status, headers and body, and the reason phrase that ASGI itself can't say.

The phrase travels as the key `reason` of `http.response.start`: `wire.protocol` puts it into the status line, any
other server ignores it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

Headers = tuple[tuple[str, str], ...]

JSON: Final = "application/json"
VERSION: Final = (b"docker-distribution-api-version", b"registry/2.0")
"""Docker's version header, on every answer of the OCI door."""

BODILESS: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Header names are lower-case, values latin-1. To HEAD everything but the body is sent."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send(self.start())
        body = b"" if scope["method"] == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def start(self) -> dict[str, Any]:
        """The first ASGI message."""
        message = started(self.status, (*self.headers, *self._length()))
        if self.reason is not None:
            message["reason"] = self.reason.encode("ascii")
        return message

    def _length(self) -> Headers:
        if self.status in BODILESS or any(name == "content-length" for name, _ in self.headers):
            return ()
        return (("content-length", str(len(self.body))),)


def started(status: int, headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The message that begins an answer."""
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": encoded}


def json_answer(status: int, document: Any, headers: Headers = (), *, content_type: str = JSON) -> Answer:
    """An answer whose body is `document` as JSON."""
    return Answer(status, (("content-type", content_type), *headers), msgspec.json.encode(document))


def with_headers(answer: Answer, more: Mapping[str, str]) -> Answer:
    """The answer, and these headers too."""
    return Answer(answer.status, (*answer.headers, *more.items()), answer.body, answer.reason)
