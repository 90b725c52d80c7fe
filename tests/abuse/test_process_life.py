"""The life of the server: its end, its second start, its certificate, disks that fail it."""

import os
import shutil
import signal
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.abuse.raw import Wire, ask, head, request
from tests.abuse.victim import ADMIN, HURRIED, Victim, running, serve_once
from tests.clients.authority import Authority
from tests.waiting import eventually

PATIENT = HURRIED.replace("head_time = 3", "head_time = 60").replace("idle_time = 5", "idle_time = 60")
CONTRACT = 10.0
"""Seconds in which SIGTERM ends a server (issue 3)."""


def test_sigterm_ends_it_in_time_with_an_upload_in_flight(tmp_path: Path) -> None:
    with running(tmp_path) as victim:
        location = victim.begin()
        with Wire(victim.address) as wire, Wire(victim.address) as idle:
            wire.send(head("PATCH", location, {**ADMIN, "content-length": "5000000"}), b"x" * 100_000)
            idle.send(request("GET", "/v2/", ADMIN))
            assert idle.reply().status == 200
            began = time.monotonic()
            assert victim.stop() == 0
            assert time.monotonic() - began < CONTRACT
        victim.restart()
        assert victim.offset(location) <= 100_000
        assert victim.ask("DELETE", location).status == 204


def test_sigterm_lets_a_request_finish(tmp_path: Path) -> None:
    with running(tmp_path) as victim:
        location = victim.begin()
        with Wire(victim.address) as wire:
            wire.send(head("PATCH", location, {**ADMIN, "content-length": "6"}), b"abc")
            eventually(lambda: unread_by(victim) == 0)
            victim.process.send_signal(signal.SIGTERM)
            eventually(lambda: not accepts(victim))
            wire.send(b"def")
            assert wire.reply().status == 202
        assert victim.process.wait(30) == 0


def unread_by(victim: Victim) -> int:
    """Bytes that wait for the server in its sockets."""
    port = f"{victim.address[1]:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].partition(":")[2], 16) for row in rows if row[1].endswith(f":{port}"))


def accepts(victim: Victim) -> bool:
    try:
        socket.create_connection(victim.address, 1).close()
    except OSError:
        return False
    return True


def test_a_second_server_on_the_port_says_so(tmp_path: Path) -> None:
    with running(tmp_path / "first") as victim:
        listen = f"127.0.0.1:{victim.address[1]}"
        ended = serve_once("--data", str(tmp_path / "second"), "--listen", listen)
        assert ended.returncode == 1
        assert "Traceback" not in ended.stderr
        assert listen in ended.stderr
        assert "in use" in ended.stderr
        assert victim.is_well()


def test_a_second_server_on_the_data_works(tmp_path: Path) -> None:
    """SQLite with several processes is allowed by design (5): both answer, and see what the other was given."""
    with running(tmp_path) as first:
        digest = first.blob(b"by the first")
        second = Victim(tmp_path / "second", data=first.data)
        try:
            assert second.ask("GET", f"/v2/library/app/blobs/{digest}").body == b"by the first"
            other = second.blob(b"by the second")
            assert first.ask("GET", f"/v2/library/app/blobs/{other}").body == b"by the second"
        finally:
            assert second.stop() == 0
        assert first.is_well()


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="there is no IPv6 here")
def test_it_listens_on_ipv6(tmp_path: Path) -> None:
    with running(tmp_path, flags=("--listen", "[::1]:0")) as victim:
        assert victim.is_well()
        with Wire(victim.address) as wire:
            wire.send(b"GET /v2/ HTTP/1.1\r\nhost: [::1]:5000\r\n\r\n")
            assert 'realm="http://[::1]:5000/' in (wire.reply().header("www-authenticate") or "")


@pytest.fixture
def unreadable(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "locked"
    directory.mkdir()
    directory.chmod(0o500)
    yield directory
    directory.chmod(0o700)


def test_a_data_directory_that_is_none_is_said(tmp_path: Path, unreadable: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    places = [Path("/proc/data"), file / "data"]
    if os.getuid():
        places.append(unreadable / "data")
    for place in places:
        ended = serve_once("--data", str(place), "--listen", "127.0.0.1:0")
        assert ended.returncode == 1, ended
        assert "Traceback" not in ended.stderr
        assert str(place) in ended.stderr


def test_a_mistake_of_ours_says_nothing_but_its_number(tmp_path: Path) -> None:
    with running(tmp_path) as victim:
        digest = victim.blob(b"content")
        with closing(sqlite3.connect(victim.data / "pratique.db")) as database:
            database.execute("ALTER TABLE blob_link RENAME TO gone")
        reply = victim.ask("GET", f"/v2/library/app/blobs/{digest}", {"x-request-id": "a-mistake"})
        assert (reply.status // 100, reply.code()) == (5, "UNKNOWN")
        assert reply.json()["errors"][0]["detail"] == {"request_id": "a-mistake"}
        for word in (b"sql", b"blob_link", b"Traceback", b"File ", str(tmp_path).encode()):
            assert word not in reply.body
        assert ask(victim.address, "GET", "/healthz").status == 200
        assert eventually(lambda: [line for line in victim.lines() if line.get("request_id") == "a-mistake"])


def test_a_new_certificate_drops_nobody_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    authority = Authority(tmp_path)
    certificate, key = authority.issue(tmp_path / "first")
    other, other_key = authority.issue(tmp_path / "second")
    flags = ("--tls-cert", str(certificate), "--tls-key", str(key))
    with running(tmp_path / "server", PATIENT, flags) as victim:

        def serial() -> str:
            with tls(authority, victim) as wire:
                return str(wire.getpeercert()["serialNumber"])  # type: ignore[index] # it was verified

        before = serial()
        with tls(authority, victim) as held:
            certificate.write_text("no certificate")
            assert eventually(lambda: victim.lines("server.tls_not_reloaded"))
            assert serial() == before
            shutil.copy(other_key, key)
            shutil.copy(other, certificate)
            eventually(lambda: serial() != before)
            held.sendall(request("GET", "/healthz"))
            assert held.recv(1_000).startswith(b"HTTP/1.1 200 ")
        assert victim.lines("server.tls_reloaded")


def tls(authority: Authority, victim: Victim) -> ssl.SSLSocket:
    plain = socket.create_connection(victim.address, 20)
    return authority.context().wrap_socket(plain, server_hostname="127.0.0.1")
