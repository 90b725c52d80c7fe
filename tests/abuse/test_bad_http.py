"""HTTP that is none, or that two readers could read in two ways (RFC 9110, RFC 9112): refused, and never half heard."""

from collections.abc import Iterator

import pytest
from tests.abuse.raw import Reply, Wire, head, request
from tests.abuse.victim import ADMIN, Victim, running
from tests.waiting import eventually

from pratique.oci.digest import digest_of

LARGE = bytes(range(256)) * 65_536
SMUGGLED = request("DELETE", "/v2/library/app/manifests/1.0", ADMIN)
CHUNKED = {**ADMIN, "transfer-encoding": "chunked"}


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("http")) as found:
        found.blob(b"content")
        found.blob(LARGE)
        yield found


@pytest.fixture(autouse=True)
def well(victim: Victim) -> Iterator[None]:
    before = victim.state().rows
    yield
    assert victim.state().rows == before
    assert victim.is_well()


def said(victim: Victim, *pieces: bytes) -> Reply:
    """The one answer to these bytes, after which the connection is closed."""
    with Wire(victim.address) as wire:
        wire.send(*pieces)
        reply = wire.reply()
        assert wire.is_closed(), "what came behind was not read as a request"
        assert reply.header("connection") == "close"
        return reply


LENGTHS = (
    "-1",
    "+3",
    "3,3",
    "0x3",
    "3 3",
    "",
    "99999999999999999999",
    "3\r\ncontent-length: 4",
    "3\r\ncontent-length: 3",
)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_none(victim: Victim, length: str) -> None:
    location = victim.begin()
    reply = said(victim, head("PATCH", location, {**ADMIN, "content-length": length}), b"abc")
    assert (reply.status, reply.code()) == (400, "UNSUPPORTED")
    assert victim.offset(location) == 0


CODINGS = (
    {"content-length": "3", "transfer-encoding": "chunked"},
    {"transfer-encoding": "chunked", "content-length": "3"},
    {"transfer-encoding": "identity"},
    {"transfer-encoding": "xchunked"},
    {"transfer-encoding": "gzip, chunked"},
    {"transfer-encoding": "chunked, gzip"},
    {"transfer-encoding": "\x0bchunked"},
    {"transfer-encoding": "chunked\r\ntransfer-encoding: identity"},
    {"transfer-encoding ": "chunked"},
)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: " ".join(coding.values()).encode().hex()[:40])
def test_a_coding_that_two_readers_read_in_two_ways(victim: Victim, coding: dict[str, str]) -> None:
    location = victim.begin()
    reply = said(victim, head("PATCH", location, {**ADMIN, **coding}), b"3\r\nabc\r\n0\r\n\r\n", SMUGGLED)
    assert reply.status in {400, 501}
    assert reply.code() == "UNSUPPORTED"
    assert victim.offset(location) == 0


CHUNKS = (
    b"g\r\nabc",
    b"-3\r\nabc\r\n0\r\n\r\n",
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nabc",
    b"3\nabc\n0\n\n",
    b"3\r\nabcd\r\n0\r\n\r\n",
    b" 3\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabc\r\n0\r\nno trailer\r\n\r\n",
)


@pytest.mark.parametrize("chunks", CHUNKS)
def test_chunks_that_are_none(victim: Victim, chunks: bytes) -> None:
    location = victim.begin()
    reply = said(victim, head("PATCH", location, CHUNKED), chunks)
    assert (reply.status, reply.code()) == (400, "UNSUPPORTED")
    assert victim.offset(location) in {0, 3}, "whole chunks may have been kept, nothing else"


@pytest.mark.parametrize(
    "line",
    [
        b"x-a: 1\r\n  folded",
        b"x-a: 1\x002",
        b"x-a: 1\rx-b: 2",
        b"x-a : 1",
        b"x\x01a: 1",
        b": 1",
        b"no colon",
        b"host: other.test",
        b"authorization: Basic YTpi",
        b"\xff\xfe: 1",
    ],
)
def test_headers_that_are_none(victim: Victim, line: bytes) -> None:
    start = head("GET", "/v2/", ADMIN).removesuffix(b"\r\n")
    assert said(victim, start, line, b"\r\n\r\n").status == 400


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /v2/ HTTP/2.0", 505),
        (b"GET /v2/ HTTP/1.9", 400),
        (b"PRI * HTTP/2.0", 400),
        (b"get /v2/ HTTP/1.1", 400),
        (b"FOO /v2/ HTTP/1.1", 400),
        (b"G\x00T /v2/ HTTP/1.1", 400),
        (b"GET v2/ HTTP/1.1", 400),
        (b"CONNECT registry.test:443 HTTP/1.1", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_a_first_line_that_is_none(victim: Victim, line: bytes, status: int) -> None:
    reply = said(victim, line, b"\r\nhost: registry.test\r\n\r\n")
    assert (reply.status, reply.code()) == (status, "UNSUPPORTED")


def test_a_request_without_a_host(victim: Victim) -> None:
    reply = said(victim, b"GET /v2/ HTTP/1.1\r\n\r\n")
    assert (reply.status, reply.code()) == (400, "UNSUPPORTED")


@pytest.mark.parametrize(
    "pieces",
    [
        (head("GET", "/v2/", {"x-a": "a" * 70_000}),),
        (head("GET", "/v2/", {"x-a": "a" * 5_000_000}),),
        (head("GET", "/v2/", [("x", "")] * 100_000),),
        (head("GET", "/v2/" + "a" * 200_000),),
        (head("GET", "/v2/_catalog?" + "&".join(["n=1"] * 50_000)),),
    ],
    ids=["long header", "huge header", "many headers", "long path", "long query"],
)
def test_a_head_that_is_too_large(victim: Victim, pieces: tuple[bytes, ...]) -> None:
    reply = said(victim, *pieces)
    assert (reply.status, reply.code()) == (431, "UNSUPPORTED")


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND", "M-SEARCH", "POST", "DELETE"])
def test_a_method_that_the_door_does_not_have(victim: Victim, method: str) -> None:
    reply = victim.ask(method, "/v2/")
    assert (reply.status, reply.code()) == (405, "UNSUPPORTED")
    assert reply.header("allow") == "GET, HEAD"


def test_the_journal_outlives_a_request_without_a_path(victim: Victim) -> None:
    assert victim.ask("OPTIONS", "*").status == 404
    assert victim.ask("GET", "/v2/", {"x-request-id": "after-the-star"}).status == 200
    assert eventually(
        lambda: [line for line in victim.lines("http.request") if line["request_id"] == "after-the-star"]
    )


def test_a_body_behind_an_offer_to_upgrade_is_no_request(victim: Victim) -> None:
    offer = {**ADMIN, "connection": "upgrade", "upgrade": "h2c", "content-length": str(len(SMUGGLED))}
    for way in ("at once", "later"):
        location = victim.begin()
        with Wire(victim.address) as wire:
            wire.send(head("PATCH", location, offer), SMUGGLED if way == "at once" else b"")
            assert wire.reply().status == 400
            wire.send(SMUGGLED)
            assert wire.is_closed()


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "TLS/1.0"])
def test_an_offer_to_upgrade_is_ignored(victim: Victim, protocol: str) -> None:
    offer = {**ADMIN, "connection": "upgrade", "upgrade": protocol, "sec-websocket-version": "13"}
    reply = said(victim, request("GET", "/v2/", offer), request("GET", "/v2/", ADMIN))
    assert (reply.status, reply.body) == (200, b"{}")


def test_bodies_where_none_belong_are_not_the_next_request(victim: Victim) -> None:
    with Wire(victim.address) as wire:
        for method in ("GET", "HEAD", "GET"):
            wire.send(request(method, "/v2/", ADMIN, SMUGGLED))
        assert [wire.reply(method).status for method in ("GET", "HEAD", "GET")] == [200, 200, 200]


def test_requests_in_a_row_are_answered_in_their_order(victim: Victim) -> None:
    location = victim.begin()
    with Wire(victim.address) as wire:
        wire.send(
            request("GET", "/v2/", ADMIN),
            request("PATCH", location, ADMIN, b"a" * 300_000),
            request("GET", location, ADMIN),
            request("PATCH", location, {**ADMIN, "content-range": "0-2"}, b"abc"),
            request("GET", "/nowhere", ADMIN),
            request("DELETE", location, ADMIN),
        )
        replies = [wire.reply() for _ in range(6)]
    assert [reply.status for reply in replies] == [200, 202, 204, 416, 404, 204]
    assert replies[2].header("range") == "0-299999"


def test_nothing_is_written_into_an_answer_that_is_on_its_way(victim: Victim) -> None:
    with Wire(victim.address) as wire:
        wire.send(request("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}", ADMIN))
        wire._until(b"\r\n\r\n")
        wire.send(b"\x00garbage\r\n\r\n" * 100)
        received = wire.rest()
    assert LARGE.startswith(received[: len(LARGE)])
    assert len(received) <= len(LARGE) or received[len(LARGE) :].startswith(b"HTTP/1.1 400 ")


def test_clients_of_http_1_0_get_one_answer_and_the_end(victim: Victim) -> None:
    for more in (b"", b"connection: keep-alive\r\n"):
        with Wire(victim.address) as wire:
            wire.send(b"GET /healthz HTTP/1.0\r\n", more, b"\r\n")
            assert wire.reply().body == b"ok\n"
            assert wire.is_closed()


def test_a_body_is_asked_for_before_it_is_sent(victim: Victim) -> None:
    location = victim.begin()
    with Wire(victim.address) as wire:
        wire.send(head("PATCH", location, {**ADMIN, "content-length": "3", "expect": "100-continue"}))
        assert wire.interim().status == 100
        wire.send(b"abc")
        assert wire.reply().status == 202
    assert victim.offset(location) == 3


def test_a_body_that_is_not_wanted_is_not_asked_for(victim: Victim) -> None:
    waiting = {"content-length": "3", "expect": "100-continue"}
    with Wire(victim.address) as wire:
        wire.send(head("PATCH", victim.begin(), waiting))
        assert wire.interim().status == 401


def test_a_whole_url_as_target_does_not_move_the_realm(victim: Victim) -> None:
    with Wire(victim.address) as wire:
        wire.send(request("GET", "http://evil.test/v2/"))
        reply = wire.reply()
    assert reply.status == 401
    assert 'realm="http://registry.test/service/token"' in (reply.header("www-authenticate") or "")


def test_what_the_parser_says_goes_through_the_log(victim: Victim) -> None:
    said(victim, b"\x00\x01\x02\r\n\r\n")
    assert all(line.startswith("{") for line in victim.log().splitlines())
    assert any(line["message"] == "Invalid HTTP request received." for line in victim.lines("library"))
