"""Uploads, mounts and ranges that make no sense: one clear error each, and the upload stands where it stood."""

from collections.abc import Iterator

import pytest
from tests.abuse.raw import Wire, head
from tests.abuse.victim import ADMIN, Victim, running

from pratique.oci.digest import digest_of

CONTENT = b"hello"
DIGEST = digest_of(CONTENT)
ABC = digest_of(b"abc")


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("uploads")) as found:
        found.blob(CONTENT)
        yield found


@pytest.fixture
def location(victim: Victim) -> Iterator[str]:
    """An upload that must survive the test, with what it had, and without what was refused."""
    before = victim.state().rows
    found = victim.begin()
    yield found
    assert victim.offset(found) == 0
    assert victim.ask("DELETE", found).status == 204
    assert victim.state().rows == before
    assert not any(found.rpartition("/")[2] in name for name in victim.uploads())
    assert victim.is_well()


RANGES = (
    "bytes 0-2/3",
    "bytes=0-2",
    "0-2/3",
    "2-0",
    "0",
    "-",
    "0-",
    "-2",
    "a-b",
    "0-2,3-4",
    "0x0-0x2",
    "0-\u00b2",
    "0-99999999999999999999",
    "",
)


@pytest.mark.parametrize("span", RANGES)
def test_a_chunk_whose_place_is_none(victim: Victim, location: str, span: str) -> None:
    for method, target in (("PATCH", location), ("PUT", f"{location}?digest={ABC}")):
        reply = victim.ask(method, target, {"content-range": span}, b"abc")
        assert (reply.status, reply.code()) == (400, "BLOB_UPLOAD_INVALID"), reply


@pytest.mark.parametrize("span", ["1-3", "5-7", "9999999999-10000000001"])
def test_a_chunk_out_of_order(victim: Victim, location: str, span: str) -> None:
    for method, target in (("PATCH", location), ("PUT", f"{location}?digest={ABC}")):
        reply = victim.ask(method, target, {"content-range": span}, b"abc")
        assert (reply.status, reply.code()) == (416, "BLOB_UPLOAD_INVALID"), reply
        assert (reply.header("range"), reply.header("location")) == ("0-0", location)


@pytest.mark.parametrize("span", ["0-1", "0-3", "0-0"])
def test_a_chunk_that_is_not_as_long_as_it_says(victim: Victim, location: str, span: str) -> None:
    reply = victim.ask("PATCH", location, {"content-range": span}, b"abc")
    assert (reply.status, reply.code()) == (400, "SIZE_INVALID")


def test_a_chunk_with_a_place_and_no_length(victim: Victim, location: str) -> None:
    with Wire(victim.address) as wire:
        wire.send(head("PATCH", location, {**ADMIN, "content-range": "0-2", "transfer-encoding": "chunked"}))
        wire.send(b"3\r\nabc\r\n0\r\n\r\n")
        reply = wire.reply()
    assert (reply.status, reply.code()) == (400, "BLOB_UPLOAD_INVALID")


def test_a_chunk_with_two_places(victim: Victim, location: str) -> None:
    places = [("content-range", "0-2"), ("content-range", "3-5")]
    with Wire(victim.address) as wire:
        wire.send(head("PATCH", location, [*ADMIN.items(), *places, ("content-length", "3")]), b"abc")
        assert wire.reply().status == 400


@pytest.mark.parametrize(
    "query", ["", "digest=", "digest=x", "digest=a&digest=b", f"DIGEST={ABC}", "digest=md5:0"]
)
def test_an_upload_that_is_closed_without_a_digest(victim: Victim, location: str, query: str) -> None:
    reply = victim.ask("PUT", f"{location}?{query}", body=b"abc")
    assert reply.status == 400
    assert reply.code() in {"BLOB_UPLOAD_INVALID", "DIGEST_INVALID"}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_bytes_that_are_not_what_they_are_called(victim: Victim, algorithm: str) -> None:
    wrong = digest_of(b"something else", algorithm)
    before = victim.state()
    reply = victim.ask("POST", f"/v2/library/app/blobs/uploads/?digest={wrong}", body=b"abc")
    assert (reply.status, reply.code()) == (400, "DIGEST_INVALID")
    assert victim.state() == before, "an upload nobody knows of is gone"
    location = victim.begin()
    assert victim.ask("PATCH", location, body=b"abc").status == 202
    assert victim.ask("PUT", f"{location}?digest={wrong}").code() == "DIGEST_INVALID"
    assert victim.offset(location) == 3
    assert victim.ask("DELETE", location).status == 204
    assert victim.state().blobs == before.blobs


UPLOADS = (
    "x",
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fpratique.db",
    "0" * 500,
    "%00",
    "00000000-0000-0000-0000-000000000000",
)


@pytest.mark.parametrize("upload", UPLOADS, ids=lambda upload: upload[:20])
def test_an_upload_that_is_none(victim: Victim, upload: str) -> None:
    before = victim.state()
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        reply = victim.ask(method, f"/v2/library/app/blobs/uploads/{upload}?digest={ABC}")
        assert reply.status in {400, 404}, reply
        assert reply.code() in {"BLOB_UPLOAD_UNKNOWN", "NAME_INVALID"}, reply
    assert victim.state() == before


def test_an_upload_of_another_repository(victim: Victim, location: str) -> None:
    elsewhere = location.replace("library/app", "library/other")
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        assert victim.ask(method, f"{elsewhere}?digest={ABC}").status == 404


@pytest.mark.parametrize(
    "source",
    ["../..", "library/nowhere", "", "a/" * 2_000 + "a", "http://evil.test/", "library%2Fnowhere"],
)
def test_a_mount_from_nowhere_is_an_upload(victim: Victim, source: str) -> None:
    reply = victim.ask("POST", f"/v2/library/other/blobs/uploads/?mount={DIGEST}&from={source}")
    assert reply.status == 202
    assert victim.ask("GET", f"/v2/library/other/blobs/{DIGEST}").status in {404, 403}
    assert victim.ask("DELETE", reply.header("location") or "").status == 204


@pytest.mark.parametrize("algorithm", ["md5", "", "SHA256", "sha256,sha512", "x" * 5_000])
def test_an_algorithm_that_is_none(victim: Victim, algorithm: str) -> None:
    before = victim.state()
    reply = victim.ask("POST", f"/v2/library/app/blobs/uploads/?digest-algorithm={algorithm}")
    assert (reply.status, reply.code()) == (400, "DIGEST_INVALID")
    assert victim.state() == before


@pytest.mark.parametrize("span", ["bytes=5-", "bytes=-0", "bytes=3-1", "bytes=99999999999999999999-"])
def test_a_range_outside_of_the_blob(victim: Victim, span: str) -> None:
    reply = victim.ask("GET", f"/v2/library/app/blobs/{DIGEST}", {"range": span})
    assert (reply.status, reply.code()) == (416, "SIZE_INVALID")
    assert reply.header("content-range") == "bytes */5"


@pytest.mark.parametrize(
    "span", ["byte=0-1", "bytes", "bytes=", "bytes=a-b", "bytes=0-1;q=1", "bytes=--1", "bytes=0--1"]
)
def test_a_range_that_is_none(victim: Victim, span: str) -> None:
    reply = victim.ask("GET", f"/v2/library/app/blobs/{DIGEST}", {"range": span})
    assert reply.status in {200, 416}
    assert reply.status == 416 or reply.body == CONTENT


@pytest.mark.parametrize(
    "span",
    [
        "bytes=" + ",".join(["0-"] * 1_300),
        "bytes=" + ",".join(f"{i}-{i}" for i in range(5)) * 500,
        "bytes=" + "," * 10_000,
        "bytes=0-" + ",-5" * 5_000,
    ],
    ids=["all, often", "parts, often", "nothing, often", "ends, often"],
)
def test_many_ranges_are_not_many_answers(victim: Victim, span: str) -> None:
    reply = victim.ask("GET", f"/v2/library/app/blobs/{DIGEST}", {"range": span})
    assert reply.status in {200, 416}
    assert len(reply.body) < 1_000
