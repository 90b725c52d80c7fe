"""Heads of requests that two readers could read in two ways: what a proxy took for one request, a server for two.

The parser refuses what is malformed. What it lets pass and is refused here: a missing or second `Host` (RFC 9112,
3.2), codings of a transfer besides `chunked` (6.1), a body behind an offer to upgrade, which the parser would take for
the next request, versions other than 1.0 and 1.1, and a second one of a header that decides.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from httptools import HttpRequestParser

from pratique.http.v2.errors import error_body

SINGLE: Final = frozenset(
    {b"host", b"authorization", b"content-type", b"content-range", b"transfer-encoding"}
)
"""Headers of which one counts, so that nobody in between may have looked at another one."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a request is not even asked for."""

    status: int
    phrase: str
    message: str

    def answer(self) -> bytes:
        """The whole answer. The connection closes after it."""
        body = error_body("UNSUPPORTED", self.message, {})
        lines = (
            f"HTTP/1.1 {self.status} {self.phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        )
        return "\r\n".join((*lines, "\r\n")).encode("ascii") + body


TOO_LARGE: Final = Suspicion(
    431, "Request Header Fields Too Large", "the request line and the headers are too large"
)


def suspicion_of(parser: HttpRequestParser, headers: Sequence[tuple[bytes, bytes]]) -> Suspicion | None:
    """What is wrong with a head, None for nearly all."""
    version = parser.get_http_version()
    if version not in {"1.0", "1.1"}:
        return Suspicion(505, "HTTP Version Not Supported", "HTTP/1.1 is spoken here")
    counts = Counter(name for name, _ in headers if name in SINGLE)
    if version == "1.1" and not counts[b"host"]:
        return _bad("the request has no Host header")
    for name, count in counts.items():
        if count > 1:
            return _bad(f"the header {name.decode()} stands there {count} times")
    coding = next((value.lower() for name, value in headers if name == b"transfer-encoding"), b"chunked")
    if coding.strip() != b"chunked":
        return Suspicion(501, "Not Implemented", "the only transfer coding here is chunked")
    if parser.should_upgrade() and _has_body(headers):
        return _bad("a request that offers to upgrade can't have a body here")
    return None


def _has_body(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
        for name, value in headers
    )


def _bad(message: str) -> Suspicion:
    return Suspicion(400, "Bad Request", message)
