"""Over real HTTP: bodies that lie, stop or never end, and readers that do not read."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.clocks import ManualClock
from tests.databases import Place
from tests.doors import Client, errors_of, furnish_door, over_http, robot
from tests.houses import Furnished

from pratique.oci.digest import digest_of


class Wire:
    """A registry on a socket, and the bytes that a client may send it."""

    def __init__(self, home: Furnished, client: Client) -> None:
        self.client = client
        home.project("team")
        self.token = client.token(robot(home, "ci", "team", "pull", "push"), "repository:team/app:pull,push")
        address = urlsplit(str(client.http.base_url))
        self.address = (address.hostname or "", address.port or 0)

    def request(self, method: str, path: str, *headers: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "host: x", f"authorization: Bearer {self.token}", *headers]
        return "\r\n".join([*lines, "", ""]).encode()

    def begin(self) -> str:
        return self.client.begin("team/app", self.token)

    def last_byte(self, location: str) -> int:
        """The position of the last byte that an upload has."""
        return int(self.client.get(location, self.token).headers["range"].removeprefix("0-"))

    def in_flight(self) -> int:
        """Requests being answered, without this one."""
        text = self.client.get("/metrics", None).text
        line = next(
            each for each in text.splitlines() if each.startswith("pratique_http_requests_in_flight ")
        )
        return int(float(line.split()[1])) - 1


@pytest.fixture
def wire(make_place: Callable[[str], Place], tmp_path: Path) -> Iterator[Wire]:
    limits = {"limits": {"stall_time": 1, "blob_size": 3_000_000}}
    home = furnish_door(make_place("sqlite").url, tmp_path / "registry", ManualClock(), limits)
    with over_http(home) as client:
        yield Wire(home, client)
    home.house.close()


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


def wait_for(is_so: Callable[[], bool]) -> None:
    """Ask until it is; every question is a request."""
    for _ in range(5_000):
        if is_so():
            return
    pytest.fail("it never was so")


def test_who_leaves_in_the_middle_goes_on_where_he_was(wire: Wire) -> None:
    location, content = wire.begin(), bytes(n % 241 for n in range(2_900_000))
    with socket.create_connection(wire.address, 20) as connection:
        connection.sendall(wire.request("PATCH", location, f"content-length: {len(content)}"))
        connection.sendall(content[:2_500_000])
    wait_for(lambda: wire.in_flight() == 0)
    start = wire.last_byte(location) + 1
    assert 1_000_000 < start <= 2_500_000
    headers = {"content-range": f"{start}-{len(content) - 1}"}
    answer = wire.client.patch(location, wire.token, content=content[start:], headers=headers)
    assert (answer.status_code, answer.headers["range"]) == (202, "0-2899999")
    assert wire.client.put(location, wire.token, params={"digest": digest_of(content)}).status_code == 201


@pytest.mark.parametrize("framing", ["content-length", "chunked"])
def test_a_large_push_that_is_refused_hears_why(wire: Wire, framing: str) -> None:
    """401 to a body on its way: a reset would throw the challenge away, and the client could not ask again."""
    content = bytes(30_000_000)
    body = iter([content]) if framing == "chunked" else content
    path = "/v2/team/app/blobs/uploads/00000000-0000-0000-0000-000000000000"
    answer = wire.client.patch(path, "an.expired.token", content=body)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.headers["connection"] == "close"


def test_a_small_push_that_is_refused_keeps_its_connection(wire: Wire) -> None:
    answer = wire.client.put("/v2/team/app/manifests/1", "an.expired.token", content=bytes(500_000))
    assert answer.status_code == 401
    assert "connection" not in answer.headers


def test_who_stops_is_answered_and_may_go_on(wire: Wire) -> None:
    location = wire.begin()
    with socket.create_connection(wire.address, 20) as connection:
        connection.sendall(wire.request("PATCH", location, "content-length: 100000") + b"x" * 10_000)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert wire.last_byte(location) == 9_999


def test_a_blob_that_never_ends_is_cut_off_and_leaves_nothing(wire: Wire) -> None:
    location = wire.begin()
    chunk = b"10000\r\n" + b"y" * 65_536 + b"\r\n"
    with socket.create_connection(wire.address, 20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(wire.request("PATCH", location, "transfer-encoding: chunked"))
        for _ in range(400):
            connection.sendall(chunk)
    wait_for(lambda: wire.in_flight() == 0)
    assert wire.last_byte(location) == 0


def test_a_blob_too_large_is_413(wire: Wire) -> None:
    path, content = "/v2/team/app/blobs/uploads/", b"z" * 3_000_001
    answer = wire.client.post(path, wire.token, params={"digest": digest_of(content)}, content=content)
    assert (answer.status_code, errors_of(answer)) == (413, ["SIZE_INVALID"])


def test_a_reader_that_does_not_read_is_dropped(wire: Wire) -> None:
    content = bytes(2_900_000)
    digest = wire.client.blob("team/app", content, wire.token)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(20)
        connection.connect(wire.address)
        connection.sendall(wire.request("GET", f"/v2/team/app/blobs/{digest}"))
        received = connection.recv(100)
        assert received.startswith(b"HTTP/1.1 200 ")
        wait_for(lambda: wire.in_flight() == 0)
        with contextlib.suppress(ConnectionError):
            received += read_all(connection)
    assert len(received) < len(content)


def test_what_is_refused_by_its_head_need_not_be_sent(wire: Wire) -> None:
    lines = (
        "PUT /v2/team/app/manifests/1 HTTP/1.1",
        "host: x",
        "content-length: 9000000",
        "expect: 100-continue",
    )
    with socket.create_connection(wire.address, 20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(12) == b"HTTP/1.1 401"
