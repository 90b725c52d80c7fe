"""Clients that are slow, silent, endless or gone: nobody else waits, nothing grows, and uploads keep what they had."""

import contextlib
from collections.abc import Iterator

import pytest
from tests.abuse.raw import Wire, head, request
from tests.abuse.victim import ADMIN, Victim, running
from tests.waiting import eventually

from pratique.oci.digest import digest_of

MIB = 2**20
LARGE = bytes(range(256)) * (32 * 4096)
IDLE = 200
SLOW_READERS = 30


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("slow")) as found:
        found.blob(LARGE)
        found.blob(b"content")
        yield found


@pytest.fixture(autouse=True)
def settled(victim: Victim) -> Iterator[None]:
    """Nothing of a test is left: no connection, no file of a blob that nobody reads any more.

    The database's own files are not counted: a thread of a pool that has come keeps its reading connection.
    """
    assert victim.is_well()
    before = victim.files(but="pratique.db")
    yield
    assert victim.is_well()
    eventually(lambda: victim.files(but="pratique.db") <= before + 2)


def streamed(victim: Victim, location: str) -> Wire:
    """A PATCH whose body has begun."""
    wire = Wire(victim.address)
    wire.send(head("PATCH", location, {**ADMIN, "content-length": str(64 * MIB)}))
    return wire


@pytest.mark.parametrize("sent", [0, 6, 100_000, 3 * MIB])
@pytest.mark.parametrize("way", ["reset", "half-closed", "silent"])
def test_an_upload_keeps_what_came(victim: Victim, sent: int, way: str) -> None:
    location = victim.begin()
    with streamed(victim, location) as wire:
        wire.send(b"x" * sent)
        if way == "reset":
            eventually(lambda: unread(wire) == 0)
            wire.reset()
        elif way == "half-closed":
            wire.finish()
            assert not wire.rest().startswith(b"HTTP/1.1 2")
        else:
            assert wire.reply().status == 408
            assert wire.is_closed()
    (offset,) = eventually(lambda: continued(victim, location))
    assert offset == sent or (way == "reset" and offset < sent), (
        "a reset may overtake what was sent before it"
    )
    digest = digest_of(b"x" * offset + b"abc")
    assert victim.ask("PUT", f"{location}?digest={digest}").status == 201


def continued(victim: Victim, location: str) -> tuple[int] | None:
    """Go on where the upload says that it stands; None while the former request is still being ended."""
    offset = victim.offset(location)
    more = victim.ask("PATCH", location, {"content-range": f"{offset}-{offset + 2}"}, b"abc")
    return (offset,) if more.status == 202 else None


def unread(wire: Wire) -> int:
    """Bytes that the kernel has not yet sent to the server (SIOCOUTQ)."""
    import array
    import fcntl
    import termios

    left = array.array("i", [0])
    fcntl.ioctl(wire.socket, termios.TIOCOUTQ, left)
    return left[0]


def test_a_body_without_end_is_cut_off_without_being_kept(victim: Victim) -> None:
    memory = victim.memory()
    for method, path in (
        ("PUT", "/v2/library/app/manifests/1.0"),
        ("POST", "/service/token"),
        ("POST", "/api/v2.0/projects"),
        ("GET", "/v2/"),
    ):
        with Wire(victim.address) as wire, contextlib.suppress(EOFError):
            wire.send(
                head(
                    method,
                    path,
                    {**ADMIN, "transfer-encoding": "chunked", "content-type": "application/json"},
                )
            )
            wire.send(*[b"100000\r\n" + b" " * MIB + b"\r\n"] * 40)
            assert wire.reply().status in {200, 400, 413}
    assert victim.memory() < memory + 64 * MIB


def test_a_head_that_drips_is_cut_off(victim: Victim) -> None:
    with Wire(victim.address) as silent, Wire(victim.address) as begun:
        begun.send(b"GET /v2/ HTTP/1.1\r\nhost: regis")
        assert silent.is_closed()
        assert begun.is_closed()


def test_those_who_say_nothing_cost_nearly_nothing(victim: Victim) -> None:
    threads, memory = victim.threads(), victim.memory()
    with contextlib.ExitStack() as held:
        wires = [held.enter_context(Wire(victim.address)) for _ in range(IDLE)]
        for wire in wires[: IDLE // 2]:
            wire.send(request("GET", "/v2/", ADMIN))
            assert wire.reply().status == 200
        location = victim.begin()
        for wire in wires[IDLE // 2 : IDLE // 2 + 20]:
            wire.send(head("PATCH", location, {**ADMIN, "content-length": "100"}))
        for _ in range(5):
            assert victim.is_well()
            assert victim.ask("GET", f"/v2/library/app/blobs/{digest_of(b'content')}").body == b"content"
        assert victim.threads() <= threads + 60, "threads come in pools, not per connection"
        assert victim.memory() < memory + 64 * MIB


def test_those_who_do_not_read_hold_no_memory_and_nobody_up(victim: Victim) -> None:
    memory = victim.memory()
    with contextlib.ExitStack() as held:
        for _ in range(SLOW_READERS):
            wire = held.enter_context(Wire(victim.address))
            wire.send(request("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}", ADMIN))
        for _ in range(5):
            assert victim.is_well()
        assert victim.ask("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}").body == LARGE
        assert victim.memory() < memory + SLOW_READERS * 4 * MIB, "far less than what is being read"


def test_who_does_not_read_is_dropped(victim: Victim) -> None:
    with Wire(victim.address) as wire:
        wire.send(request("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}", ADMIN))
        wire._until(b"\r\n\r\n")
        eventually(lambda: not any(_reads(victim, digest_of(LARGE))))
        assert len(wire.rest()) < len(LARGE), "a part is never taken for all: the connection broke off"


def _reads(victim: Victim, digest: str) -> Iterator[str]:
    """Descriptors of the server on the file of a blob, and its maps."""
    from pathlib import Path

    process = Path(f"/proc/{victim.process.pid}")
    hexadecimal = digest.partition(":")[2]
    for each in (process / "fd").iterdir():
        with contextlib.suppress(OSError):
            if hexadecimal in str(each.readlink()):
                yield str(each)
    if hexadecimal in (process / "maps").read_text():
        yield "map"


def test_half_a_connection_is_answered(victim: Victim) -> None:
    with Wire(victim.address) as wire:
        wire.send(request("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}", ADMIN))
        wire.finish()
        assert wire.reply().body == LARGE


@pytest.mark.parametrize("read", [0, 1, 500_000])
def test_who_goes_while_he_reads_leaves_nothing(victim: Victim, read: int) -> None:
    for _ in range(20):
        with Wire(victim.address) as wire:
            wire.send(request("GET", f"/v2/library/app/blobs/{digest_of(LARGE)}", ADMIN))
            while read and len(wire._read) < read:
                wire._fill()
            wire.reset()
    eventually(lambda: not any(_reads(victim, digest_of(LARGE))))


def test_who_goes_while_a_manifest_comes_leaves_no_manifest(victim: Victim) -> None:
    before = victim.state()
    for _ in range(20):
        with Wire(victim.address) as wire:
            wire.send(head("PUT", "/v2/library/app/manifests/1.0", {**ADMIN, "content-length": "1000"}), b"{")
            wire.reset()
    assert victim.is_well()
    assert victim.state() == before


def test_who_goes_while_a_blob_comes_in_one_request_leaves_no_upload(victim: Victim) -> None:
    before = victim.state()
    for _ in range(5):
        with Wire(victim.address) as wire:
            target = f"/v2/library/app/blobs/uploads/?digest={digest_of(b'never')}"
            about = {**ADMIN, "content-length": str(8 * MIB), "x-request-id": "gone-in-between"}
            wire.send(head("POST", target, about), b"x" * 3 * MIB)
            wire.reset()
    eventually(
        lambda: len([line for line in victim.lines() if line.get("request_id") == "gone-in-between"]) >= 5
    )
    assert victim.state() == before
