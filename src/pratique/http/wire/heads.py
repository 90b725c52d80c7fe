"""Header lines as they stand on the wire, rendered once and by one function for cold answers and warm ones."""

from collections.abc import Iterable
from typing import Final

from pratique.http.answers import VERSION, Answer, Headers, started
from pratique.http.request_ids import HEADER

OK: Final = b"HTTP/1.1 200 OK\r\n"
PARTIAL: Final = b"HTTP/1.1 206 Partial Content\r\n"
"""Status lines, as uvicorn writes them."""

REQUEST_ID: Final = HEADER.encode() + b": "


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`name: value`, a line each."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def answer_lines(answer: Answer) -> bytes:
    """All that the OCI door sends with an answer, but for what belongs to one request."""
    return lines((*answer.start()["headers"], VERSION))


def header_lines(headers: Headers) -> bytes:
    """As `answer_lines`, of headers that make no whole answer."""
    return lines((*started(200, headers)["headers"], VERSION))
