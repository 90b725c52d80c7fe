"""Requests go where was looked, stop where they must, and tell credentials to nobody else."""

import contextlib
import io
import itertools
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from pratique.errors import Invalid, TooLarge, Unavailable
from pratique.net import Outbound
from pratique.net.outbound import OutboundLimits

Reply = tuple[int, Mapping[str, str], bytes]
SECRET: Final = {"Authorization": "Bearer secret"}


class Place:
    """A server on loopback that answers from a table and remembers who asked for what."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.asked.append((self.path, {name.lower(): text for name, text in self.headers.items()}))
                status, headers, content = place.replies.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url(self, path: str, host: str = "here.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def place() -> Iterator[Place]:
    opened = Place()
    yield opened
    opened.close()


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """Both names are this machine; both were said to be private and insecure."""
    hosts = frozenset(("here.test", "there.test"))
    opened = Outbound(allowed=hosts, insecure_http=hosts, resolver=lambda *_asked: ("127.0.0.1",))
    yield opened
    opened.close()


def test_the_name_is_kept_and_the_address_connected_to(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (200, {"X-Say": "so"}, b"content")
    answer = outbound.get(place.url("/a"), SECRET, 100)
    assert (answer.status, answer.content, answer.headers["x-say"]) == (200, b"content", "so")
    ((_path, headers),) = place.asked
    assert headers["host"] == f"here.test:{place.port}"
    assert headers["authorization"] == "Bearer secret"
    assert headers["accept-encoding"] == "identity"


def test_a_name_is_resolved_once(place: Place) -> None:
    place.replies["/a"] = (200, {}, b"")
    answers = iter([("127.0.0.1",), ("192.0.2.1",)])
    hosts = frozenset(("here.test",))
    outbound = Outbound(allowed=hosts, insecure_http=hosts, resolver=lambda *_asked: next(answers))
    assert [outbound.get(place.url("/a"), {}, 10).status for _time in range(2)] == [200, 200]
    outbound.close()


def test_the_next_address_is_tried(place: Place) -> None:
    place.replies["/a"] = (200, {}, b"")
    hosts = frozenset(("here.test",))
    # Nobody listens at the second loopback address.
    outbound = Outbound(
        allowed=hosts, insecure_http=hosts, resolver=lambda *_asked: ("127.0.0.2", "127.0.0.1")
    )
    assert outbound.get(place.url("/a"), {}, 10).status == 200
    outbound.close()


def test_private_addresses_are_refused_before_anybody_is_asked(place: Place) -> None:
    outbound = Outbound(
        insecure_http=frozenset(("here.test", "127.0.0.1")), resolver=lambda *_asked: ("127.0.0.1",)
    )
    for host in ("here.test", "127.0.0.1"):
        with pytest.raises(Invalid, match="not public"):
            outbound.get(place.url("/a", host), {}, 10)
    assert not place.asked


def test_plain_http_must_be_said(place: Place) -> None:
    outbound = Outbound(allowed=frozenset(("here.test",)), resolver=lambda *_asked: ("127.0.0.1",))
    with pytest.raises(Invalid, match="without TLS"):
        outbound.get(place.url("/a"), {}, 10)
    assert not place.asked


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://", "https://u:p@here.test/", "gopher://x/"])
def test_other_schemes_and_credentials_in_urls(outbound: Outbound, url: str) -> None:
    with pytest.raises(Invalid):
        outbound.get(url, {}, 10)


def test_redirects_tell_credentials_to_the_same_origin_only(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (307, {"Location": "/b"}, b"")
    place.replies["/b"] = (302, {"Location": place.url("/c", "there.test")}, b"")
    place.replies["/c"] = (302, {"Location": place.url("/d")}, b"")
    place.replies["/d"] = (200, {}, b"here")
    answer = outbound.get(place.url("/a"), SECRET, 100)
    assert answer.content == b"here"
    told = {path: "authorization" in headers for path, headers in place.asked}
    assert told == {"/a": True, "/b": True, "/c": False, "/d": False}


def test_a_redirect_to_a_private_host_is_refused(place: Place) -> None:
    hosts = frozenset(("here.test",))
    outbound = Outbound(
        allowed=hosts,
        insecure_http=hosts | {"169.254.169.254"},
        resolver=lambda host, _port: ("127.0.0.1" if host == "here.test" else host,),
    )
    place.replies["/a"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    with pytest.raises(Invalid, match="not public"):
        outbound.get(place.url("/a"), {}, 100)
    outbound.close()


def test_redirects_end(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(Invalid, match="more than 5 times"):
        outbound.get(place.url("/a"), {}, 100)
    assert len(place.asked) == 6


def test_bytes_are_bounded(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (200, {}, b"x" * 11)
    with pytest.raises(TooLarge):
        outbound.get(place.url("/a"), {}, 10)


def test_time_is_bounded(place: Place) -> None:
    place.replies["/a"] = (200, {}, b"x")
    ticks = itertools.count(0, 30)
    hosts = frozenset(("here.test",))
    outbound = Outbound(
        allowed=hosts,
        insecure_http=hosts,
        resolver=lambda *_asked: ("127.0.0.1",),
        seconds=lambda: next(ticks),
    )
    with pytest.raises(Unavailable, match=r"longer than 120 seconds|in time"):
        outbound.get(place.url("/a"), {}, 10)
    outbound.close()


def test_nobody_is_there(outbound: Outbound) -> None:
    gone = Place()
    gone.close()
    with pytest.raises(Unavailable, match="can't be reached") as raised:
        outbound.get(gone.url("/a?signature=hidden"), {}, 10)
    assert "hidden" not in raised.value.message


def test_nothing_is_unpacked(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    assert outbound.get(place.url("/a"), {}, 10).content == b"\x1f\x8b"


def test_a_download_goes_to_the_file(place: Place, outbound: Outbound, tmp_path: Path) -> None:
    place.replies["/a"] = (307, {"Location": "/b"}, b"moved")
    place.replies["/b"] = (200, {}, b"content" * 100_000)
    with (tmp_path / "blob").open("wb") as file:
        answer = outbound.download(place.url("/a"), SECRET, 700_000, file)
    assert (answer.status, answer.content) == (200, b"")
    assert (tmp_path / "blob").read_bytes() == b"content" * 100_000


def test_what_comes_instead_of_a_download_does_not(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (401, {"WWW-Authenticate": "Bearer"}, b"why not")
    file = io.BytesIO()
    answer = outbound.download(place.url("/a"), SECRET, 1, file)
    assert (answer.status, answer.content, file.getvalue()) == (401, b"why not", b"")


def test_a_download_has_a_limit(place: Place, outbound: Outbound) -> None:
    place.replies["/a"] = (200, {}, b"1234")
    with pytest.raises(TooLarge, match="more than 3 bytes"):
        outbound.download(place.url("/a"), {}, 3, io.BytesIO())


class Dripping:
    """Answers without end, a little at a time: bytes of `pieces`, of which the last is repeated."""

    def __init__(self, *pieces: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._pieces = pieces
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://here.test:{self._listening.getsockname()[1]}/"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            asking, _ = self._listening.accept()
            with asking:
                for piece in itertools.chain(self._pieces, itertools.repeat(self._pieces[-1])):
                    asking.sendall(piece)
                    if self._ended.wait(0.02):
                        return

    def close(self) -> None:
        self._ended.set()
        self._listening.close()
        self._thread.join(10)


BEGUN: Final = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "pieces",
    [(b"H",), (BEGUN, b"x"), (BEGUN, b"x: y\r\n"), (BEGUN + b"content-length: 1000000\r\n\r\n", b"x")],
    ids=["status", "a header", "headers", "content"],
)
def test_who_drips_is_not_waited_for(pieces: tuple[bytes, ...]) -> None:
    dripping, begun = Dripping(*pieces), time.monotonic()
    hosts = frozenset(("here.test",))
    limits = OutboundLimits(read=5, whole=0.3)
    outbound = Outbound(
        allowed=hosts, insecure_http=hosts, limits=limits, resolver=lambda *_asked: ("127.0.0.1",)
    )
    try:
        with pytest.raises(Unavailable, match=r"in time|longer than|can't be reached"):
            outbound.get(dripping.url, {}, 10**7)
        assert time.monotonic() - begun < 4
    finally:
        dripping.close()
        outbound.close()


def test_the_end_of_one_request_is_none_of_the_next(place: Place) -> None:
    """On the same connection, kept open."""
    place.replies["/a"] = (200, {}, b"content")
    hosts = frozenset(("here.test",))
    limits = OutboundLimits(whole=5)
    now = [0.0]
    outbound = Outbound(
        allowed=hosts,
        insecure_http=hosts,
        limits=limits,
        resolver=lambda *_asked: ("127.0.0.1",),
        seconds=lambda: now[0],
    )
    for _ in range(3):
        assert outbound.get(place.url("/a"), {}, 100).content == b"content"
        now[0] += 4
    outbound.close()
