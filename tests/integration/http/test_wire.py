"""What our protocol class adds to uvicorn's: phrases, bounds of a head, aborts. On both event loops."""

import time

import pytest
from starlette.types import Receive, Scope, Send
from tests.integration.http.serving import Loop, exchange, served

from pratique.http.answers import Answer
from pratique.http.server import ServerLimits
from pratique.http.streams import abort

LOOPS: tuple[Loop, ...] = ("uvloop", "asyncio")
CLOSE = b"connection: close\r\n\r\n"


async def phrasing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers 403 with the phrase in the query."""
    phrase = scope["query_string"].decode().replace("+", " ")
    await Answer(403, (("x-seen", "1"),), b"refused", phrase)(scope, receive, send)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_the_reason_stands_in_the_status_line(loop: Loop, method: bytes) -> None:
    with served(phrasing, loop) as address:
        answer = exchange(
            address, method + b" /?SIGNATURE_MISSING:+no+good+one HTTP/1.1\r\nhost: x\r\n" + CLOSE
        )
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 403 SIGNATURE_MISSING: no good one"
    assert b"x-seen: 1" in lines
    assert b"content-length: 7" in lines
    assert body == (b"refused" if method == b"GET" else b"")


@pytest.mark.parametrize("loop", LOOPS)
def test_pipelined_requests_keep_their_order_and_phrases(loop: Loop) -> None:
    requests = b"".join(b"GET /?number+%d HTTP/1.1\r\nhost: x\r\n\r\n" % n for n in range(5))
    with served(phrasing, loop) as address:
        answer = exchange(address, requests + b"GET /?last HTTP/1.1\r\nhost: x\r\n" + CLOSE)
    phrases = [line for line in answer.split(b"\r\n") if line.startswith((b"refusedHTTP", b"HTTP"))]
    assert [line.partition(b"403 ")[2] for line in phrases] == [
        *(b"number %d" % n for n in range(5)),
        b"last",
    ]


def test_what_is_no_phrase_is_left_out() -> None:
    with served(phrasing) as address:
        answer = exchange(address, b"GET /?" + b"x" * 201 + b" HTTP/1.1\r\nhost: x\r\n" + CLOSE)
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_a_head_has_a_size() -> None:
    limits = ServerLimits(drain=2, head_size=10_000)
    with served(phrasing, limits=limits) as address:
        request = b"GET /?x HTTP/1.1\r\nhost: x\r\n" + b"x-more: " + b"y" * 20_000 + b"\r\n\r\n"
        assert exchange(address, request).startswith(b"HTTP/1.1 431 ")
        assert exchange(address, b"GET /?" + b"x" * 12_000 + b" HTTP/1.1\r\n\r\n").startswith(
            b"HTTP/1.1 431 "
        )


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost:"])
def test_a_head_has_a_time(sent: bytes) -> None:
    limits = ServerLimits(drain=2, head_time=0.2)
    with served(phrasing, limits=limits) as address:
        began = time.monotonic()
        assert exchange(address, sent) == b""
    assert time.monotonic() - began < 5


def test_an_abort_drops_the_connection() -> None:
    async def half(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await abort(scope, send)

    with served(half) as address:
        answer = exchange(address, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer == b"" or (b"content-length: 9" in answer and answer.endswith(b"half"))


def test_a_websocket_is_not_spoken() -> None:
    request = b"GET /?no HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n"
    with served(phrasing) as address:
        assert exchange(address, request).startswith(b"HTTP/1.1 403 no\r\n")
