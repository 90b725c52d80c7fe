"""Large bodies beside the event loop: slow clients, clients that go, files that are short, and the server's end."""

import contextlib
import hashlib
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.doors import ADMIN, Client, furnish_door
from tests.houses import Furnished
from tests.integration.wire import wires
from tests.integration.wire.wires import Asker, request_of, url_of
from tests.waiting import eventually

SIZE = 24 * 2**20
SCOPES = ("repository:open/app:pull,push",)


class Dock:
    """A project with one large blob, served."""

    def __init__(self, home: Furnished, servers: wires.Pair, client: Client) -> None:
        self.home, self.servers, self.client = home, servers, client
        self.content = os.urandom(2**20) * (SIZE // 2**20)
        self.digest = home.blob("open/app", self.content)
        self.bearer = ("authorization", f"Bearer {client.token(ADMIN, *SCOPES)}")
        self.path = f"/v2/open/app/blobs/{self.digest}"

    def file(self) -> Path:
        found = self.home.house.stores.blobs.path_of(self.digest)
        assert found is not None
        return found


@pytest.fixture
def dock(tmp_path: Path) -> Iterator[Dock]:
    home = furnish_door(
        f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path, settings={"threads": {"transfers": 2}}
    )
    home.project("open")
    with wires.pair_of(home) as servers, httpx.Client(base_url=url_of(servers.fast)) as http:
        yield Dock(home, servers, Client(http))


def test_slow_clients_hold_no_thread(dock: Dock) -> None:
    """Twenty clients that do not read, two threads, and a twenty-first that is served."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Asker(dock.servers.fast)) for _ in range(20)]
        for asker in slow:
            asker.send(request_of("GET", dock.path, dock.bearer))
        engine = dock.servers.application.wire.moving.engine  # type: ignore[union-attr] # it is there by default
        eventually(lambda: len(engine._waiting) == 20)
        with Asker(dock.servers.fast) as quick:
            quick.send(request_of("GET", dock.path, dock.bearer))
            assert quick.answer().endswith(dock.content[-1000:])
        assert len(engine._threads) <= 3
        for asker in slow[:3]:
            assert hashlib.sha256(asker.answer().partition(b"\r\n\r\n")[2]).hexdigest() in dock.digest


def test_a_client_that_goes_ends_its_transfer(dock: Dock) -> None:
    engine = dock.servers.application.wire.moving.engine  # type: ignore[union-attr] # as above
    for _ in range(2):  # cold, then warm
        with Asker(dock.servers.fast) as asker:
            asker.send(request_of("GET", dock.path, dock.bearer))
            eventually(lambda: len(engine._waiting) == 1)
        eventually(lambda: not engine._waiting)
    assert dock.client.get(dock.path, dock.bearer[1][7:]).content == dock.content


def test_a_client_that_closes_its_side_is_answered(dock: Dock) -> None:
    for _ in range(2):
        with Asker(dock.servers.fast) as asker:
            asker.send(request_of("GET", dock.path, dock.bearer))
            asker.line.shutdown(socket.SHUT_WR)
            assert asker.rest().endswith(dock.content[-1000:])


def test_a_file_cut_short_is_never_a_whole_answer(dock: Dock) -> None:
    token = dock.bearer[1][7:]
    assert dock.client.get(dock.path, token).content == dock.content
    os.truncate(dock.file(), SIZE - 1)
    for _ in range(2):
        answer = dock.client.get(dock.path, token)
        assert answer.status_code == 500


def test_a_file_cut_short_on_the_way_breaks_the_connection(dock: Dock) -> None:
    with Asker(dock.servers.fast) as asker:
        asker.send(request_of("GET", dock.path, dock.bearer))
        engine = dock.servers.application.wire.moving.engine  # type: ignore[union-attr] # as above
        eventually(lambda: len(engine._waiting) == 1)
        os.truncate(dock.file(), SIZE // 2)
        with contextlib.suppress(ConnectionResetError):
            assert len(asker.rest()) < SIZE


def test_the_end_of_the_server_lets_a_transfer_finish(tmp_path: Path) -> None:
    home = furnish_door(f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path)
    home.project("open")
    with contextlib.ExitStack() as stack:
        with wires.pair_of(home) as servers, httpx.Client(base_url=url_of(servers.fast)) as http:
            dock = Dock(home, servers, Client(http))
            asker = stack.enter_context(Asker(servers.fast))
            asker.send(request_of("GET", dock.path, dock.bearer))
            found: list[bytes] = []
            reading = threading.Thread(target=lambda: found.append(asker.answer()))
            engine = servers.application.wire.moving.engine  # type: ignore[union-attr] # as above
            eventually(lambda: len(engine._waiting) == 1)
            reading.start()
        reading.join(20)
    assert found[0].endswith(dock.content[-1000:])


# --- uploads --------------------------------------------------------------------------------------------------------


def _begin(dock: Dock) -> str:
    return dock.client.begin("open/app", dock.bearer[1][7:])


def _body(method: str, path: str, dock: Dock, length: int, *headers: tuple[str, str]) -> bytes:
    return request_of(method, path, dock.bearer, ("content-length", str(length)), *headers)


@pytest.mark.parametrize("expects", [True, False])
def test_a_large_upload_and_what_comes_behind_it(dock: Dock, expects: bool) -> None:
    content = os.urandom(5 * 2**20 + 3)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    with Asker(dock.servers.fast) as asker:
        head = _body(
            "PATCH", _begin(dock), dock, len(content), *([("expect", "100-continue")] if expects else [])
        )
        where = _begin(dock)
        asker.send(head)
        first = asker._file.readline() if expects else b"HTTP/1.1 100 Continue\r\n"
        assert first.startswith(b"HTTP/1.1 100")
        if expects:
            asker._file.readline()
        put = _body("PUT", f"{where}?digest={digest}", dock, len(content))
        asker.send(content + put + content + request_of("GET", "/v2/open/app/tags/list", dock.bearer))
        patched, stored = asker.answer(), asker.answer()
        assert patched.startswith(b"HTTP/1.1 202")
        assert f"range: 0-{len(content) - 1}".encode() in patched
        assert stored.startswith(b"HTTP/1.1 201")
        assert asker.answer().startswith(b"HTTP/1.1 ")
    assert dock.client.get(f"/v2/open/app/blobs/{digest}", dock.bearer[1][7:]).content == content


def test_an_upload_that_breaks_off_keeps_what_came(dock: Dock) -> None:
    where, half = _begin(dock), os.urandom(3 * 2**20 + 7)
    with Asker(dock.servers.fast) as asker:
        asker.send(_body("PATCH", where, dock, 2 * len(half)) + half)
    token = dock.bearer[1][7:]

    def stands() -> bool:
        answer = dock.client.get(where, token)
        stands: str | None = answer.headers.get("range")
        return stands == f"0-{len(half) - 1}"

    eventually(stands)


def test_a_body_that_is_refused_is_refused_before_it_is_sent(dock: Dock) -> None:
    where = _begin(dock)
    with Asker(dock.servers.fast) as asker:
        chunk = ("content-range", "5-5242884")
        asker.send(_body("PATCH", where, dock, 5 * 2**20, chunk) + bytes(5 * 2**20))
        answer = asker.answer()
    assert answer.startswith(b"HTTP/1.1 416"), answer
    assert re.search(rb"(?m)^location: ", answer)


def test_a_wrong_digest_leaves_the_upload(dock: Dock) -> None:
    where, content = _begin(dock), bytes(2 * 2**20)
    with Asker(dock.servers.fast) as asker:
        asker.send(_body("PUT", f"{where}?digest=sha256:{'0' * 64}", dock, len(content)) + content)
        assert asker.answer().startswith(b"HTTP/1.1 400")
    assert dock.client.get(where, dock.bearer[1][7:]).headers["range"] == f"0-{len(content) - 1}"
