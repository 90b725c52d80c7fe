"""Bodies into rooms: batches, lying lengths, clients that stop or leave, and writers that refuse."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.datastructures import Headers

from pratique.errors import SizeInvalid, TooLarge
from pratique.http.ports import Writer
from pratique.http.refusals import Disconnected, GoneBefore, TooSlow
from pratique.http.streams import Body, Pace, receive_into
from pratique.http.streams.body import BATCH, RECEIVE
from pratique.http.threads import Pool

GONE = {"type": "http.disconnect"}


def piece(content: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def body_of(messages: list[dict[str, Any]], length: int | None = None, stall_time: float = 5.0) -> Body:
    """A body that arrives in `messages`; after the last one, nothing ever comes."""
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        message = next(waiting, None)
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    headers = Headers(
        {"content-length": str(length)} if length is not None else {"transfer-encoding": "chunked"}
    )
    return Body(receive, headers, Pace(stall_time, 1_000))


class Upload:
    """What an upload has: all or nothing, as `blobs.Spool.append`."""

    def __init__(self, limit: int = 2**40) -> None:
        self.content = bytearray()
        self.writes: list[int] = []
        self._limit = limit

    def write(self, content: bytes | bytearray | memoryview, /) -> int:
        self.writes.append(len(content))
        self.content += content
        if len(self.content) > self._limit:
            raise TooLarge("too large")
        return len(content)

    @contextlib.contextmanager
    def append(self) -> Iterator["Upload"]:
        before = len(self.content)
        try:
            yield self
        except BaseException:
            del self.content[before:]
            raise


def receive(upload: Upload, body: Body) -> None:
    pool = Pool("test", 2)

    async def run() -> None:
        await receive_into(upload.append(), body, pool)

    try:
        asyncio.run(run())
    finally:
        pool.close()


def test_a_small_body_is_written_at_once() -> None:
    upload = Upload()
    receive(upload, body_of([piece(b"ab"), piece(b"cd", more=False)], 4))
    assert (bytes(upload.content), upload.writes) == (b"abcd", [4])


def test_a_large_body_is_written_in_batches() -> None:
    upload = Upload()
    chunk = bytes(range(256)) * 256
    messages = [piece(chunk) for _ in range(63)] + [piece(chunk, more=False)]
    receive(upload, body_of(messages))
    assert bytes(upload.content) == chunk * 64
    assert all(BATCH <= size < 2 * BATCH for size in upload.writes[:-1])


@pytest.mark.parametrize("length", [3, 5])
def test_a_length_that_lies_leaves_nothing(length: int) -> None:
    upload = Upload()
    with pytest.raises(SizeInvalid):
        receive(upload, body_of([piece(b"ab"), piece(b"cd", more=False)], length))
    assert upload.content == b""


def test_who_goes_away_leaves_what_came() -> None:
    upload = Upload()
    with pytest.raises(Disconnected):
        receive(upload, body_of([piece(b"x" * BATCH), piece(b"yz"), GONE], 3 * BATCH))
    assert bytes(upload.content) == b"x" * BATCH + b"yz"


def test_who_goes_away_before_the_server_moves_his_body_leaves_what_came() -> None:
    async def take(_writer: Writer, _length: int) -> int:
        raise GoneBefore

    waiting = iter([piece(b"abcdef"), GONE])

    async def left() -> dict[str, Any]:
        return next(waiting)

    headers = Headers({"content-length": str(3 * BATCH)})
    upload, extensions = Upload(), {RECEIVE: {"into": take}}
    with pytest.raises(Disconnected):
        receive(upload, Body(left, headers, Pace(5.0, 1_000), extensions=extensions))
    assert bytes(upload.content) == b"abcdef"


def test_who_stops_is_told_so_and_leaves_what_came() -> None:
    upload = Upload()
    with pytest.raises(TooSlow):
        receive(upload, body_of([piece(b"ab")], 4, stall_time=0.05))
    assert upload.content == b"ab"


def test_a_writer_that_refuses_takes_everything_back() -> None:
    upload = Upload(limit=BATCH)
    messages = [piece(b"x" * BATCH) for _ in range(9)] + [piece(b"", more=False)]
    with pytest.raises(TooLarge):
        receive(upload, body_of(messages))
    assert upload.content == b""


def test_whole_bodies_have_a_limit() -> None:
    assert asyncio.run(body_of([piece(b"abcd", more=False)], 4).whole(4, "it")) == b"abcd"
    with pytest.raises(TooLarge):
        asyncio.run(body_of([], 5).whole(4, "it"))
    with pytest.raises(TooLarge):
        asyncio.run(body_of([piece(b"abc"), piece(b"de", more=False)]).whole(4, "it"))


def test_a_trickle_is_too_slow() -> None:
    pace = Pace(stall_time=10, least_rate=100)
    pace.count(1_000, 9.9)
    pace.count(0, 0.1)
    with pytest.raises(TooSlow):
        pace.count(999, 10.0)


def test_what_is_left_is_discarded_within_bounds() -> None:
    body = body_of([piece(b"ab"), piece(b"cd", more=False)], 4)
    assert body.is_left
    asyncio.run(body.discard())
    assert not body.is_left
    stopped = body_of([piece(b"ab")], 4, stall_time=0.05)
    asyncio.run(stopped.discard())
    assert stopped.is_left
