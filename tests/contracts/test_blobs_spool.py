"""What every spool promises: uploads grow, are proven, and become blobs."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contracts.blob_shelves import SHELVES, Shelf, push, stored

from pratique.errors import Conflict, DigestInvalid, RangeInvalid, UploadUnknown
from pratique.oci.digest import Digest, digest_of

CONTENT = bytes(range(251)) * 20_000  # some 5 MB: several buffers, and none full at the end
DIGEST = digest_of(CONTENT)
UNKNOWN = ["never-begun", "", ".", "..", "../blobs", "a/b", "a\0b", "x" * 200]


@pytest.fixture(params=SHELVES.values(), ids=list(SHELVES))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    make: Callable[[Path], Shelf] = request.param
    return make(tmp_path / "data")


def append(shelf: Shelf, content: bytes, offset: int = 0, upload: str = "upload") -> None:
    with shelf.spool.append(upload, offset) as writer:
        assert writer.write(content) == len(content)


@pytest.mark.parametrize("piece", [1_000, 65_536, 1024 * 1024, 3_000_001, len(CONTENT)])
def test_pieces_of_any_size_become_one_blob(shelf: Shelf, piece: int) -> None:
    shelf.spool.begin("upload")
    with shelf.spool.append("upload", 0) as writer:
        for start in range(0, len(CONTENT), piece):
            writer.write(CONTENT[start : start + piece])
    assert shelf.spool.size("upload") == len(CONTENT)
    assert shelf.spool.commit("upload", DIGEST) == len(CONTENT)
    assert stored(shelf, DIGEST) == CONTENT


def test_a_buffer_may_be_used_again_at_once(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    buffer = bytearray(700_000)
    expected = b""
    with shelf.spool.append("upload", 0) as writer:
        for number in range(8):
            buffer[:] = bytes([number]) * len(buffer)
            expected += bytes(buffer)
            writer.write(memoryview(buffer))
            buffer[:] = b"\xff" * len(buffer)
    shelf.spool.commit("upload", digest_of(expected))
    assert stored(shelf, digest_of(expected)) == expected


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("begun_as", ["sha256", "sha512"])
def test_an_upload_is_proven_by_the_algorithm_it_is_committed_with(
    shelf: Shelf, begun_as: str, algorithm: str
) -> None:
    shelf.spool.begin("upload", begun_as)
    append(shelf, CONTENT)
    digest = digest_of(CONTENT, algorithm)
    shelf.spool.commit("upload", digest)
    assert stored(shelf, digest) == CONTENT


def test_chunks_are_appended_in_order(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    append(shelf, CONTENT[:10])
    append(shelf, CONTENT[10:2_000_000], 10)
    append(shelf, b"", 2_000_000)
    append(shelf, CONTENT[2_000_000:], 2_000_000)
    assert shelf.spool.commit("upload", DIGEST) == len(CONTENT)


@pytest.mark.parametrize("offset", [0, 9, 11, 2**40])
def test_a_chunk_out_of_order_is_refused_with_where_to_go_on(shelf: Shelf, offset: int) -> None:
    shelf.spool.begin("upload")
    append(shelf, CONTENT[:10])
    with pytest.raises(RangeInvalid) as refused, shelf.spool.append("upload", offset):
        pytest.fail("out of order")
    assert refused.value.offset == 10
    append(shelf, CONTENT[10:], 10)
    shelf.spool.commit("upload", DIGEST)


def lose_connection(shelf: Shelf, content: bytes, offset: int) -> None:
    with shelf.spool.append("upload", offset) as writer:
        writer.write(content)
        raise ConnectionResetError


def test_an_append_that_fails_takes_nothing(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    append(shelf, CONTENT[:100])
    with pytest.raises(ConnectionResetError):
        lose_connection(shelf, CONTENT[100:4_000_000], 100)
    assert shelf.spool.size("upload") == 100
    append(shelf, CONTENT[100:], 100)
    assert shelf.spool.commit("upload", DIGEST) == len(CONTENT)


def test_another_process_goes_on_and_commits(shelf: Shelf) -> None:
    shelf.spool.begin("upload", "sha512")
    append(shelf, CONTENT[:1_000])
    other = shelf.opened_again()
    append(other, CONTENT[1_000:3_000_000], 1_000)
    append(shelf, CONTENT[3_000_000:], 3_000_000)
    assert shelf.opened_again().spool.commit("upload", DIGEST) == len(CONTENT)
    assert stored(shelf, DIGEST) == CONTENT


def test_what_another_process_wrote_is_never_taken_for_hashed(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    append(shelf, b"one")
    other = shelf.opened_again()
    append(other, b"two", 3)
    append(shelf, b"three", 6)
    with pytest.raises(DigestInvalid):
        shelf.spool.commit("upload", digest_of(b"onethree"))
    assert shelf.spool.commit("upload", digest_of(b"onetwothree")) == 11


def test_a_wrong_digest_leaves_the_upload_as_it_was(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    append(shelf, CONTENT)
    for wrong in (digest_of(b"other"), digest_of(b"other", "sha512")):
        with pytest.raises(DigestInvalid):
            shelf.spool.commit("upload", wrong)
        assert shelf.blobs.stat(wrong) is None
    assert shelf.spool.size("upload") == len(CONTENT)
    shelf.spool.commit("upload", DIGEST)


def test_a_committed_upload_is_no_more(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    for attempt in (
        shelf.spool.size,
        shelf.spool.touched_at,
        lambda upload: shelf.spool.commit(upload, DIGEST),
    ):
        with pytest.raises(UploadUnknown):
            attempt("upload")
    shelf.spool.discard("upload")
    assert stored(shelf, DIGEST) == CONTENT


def test_one_blob_pushed_twice_is_one_blob(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST, "one")
    assert push(shelf.opened_again(), CONTENT, DIGEST, "two") == len(CONTENT)
    assert [blob.digest for blob in shelf.blobs.walk()] == [DIGEST]
    assert list(shelf.spool.walk()) == []


@pytest.mark.parametrize("upload", UNKNOWN, ids=repr)
def test_an_upload_that_is_not_there_is_unknown(shelf: Shelf, upload: str) -> None:
    with pytest.raises(UploadUnknown):
        shelf.spool.size(upload)
    with pytest.raises(UploadUnknown), shelf.spool.append(upload, 0):
        pytest.fail("there is nothing to append to")
    with pytest.raises(UploadUnknown):
        shelf.spool.commit(upload, DIGEST)
    shelf.spool.discard(upload)


def test_a_discarded_upload_is_unknown(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    shelf.spool.discard("upload")
    shelf.spool.discard("upload")
    with pytest.raises(UploadUnknown):
        shelf.spool.size("upload")


def test_a_name_begins_once(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    with pytest.raises(Conflict):
        shelf.opened_again().spool.begin("upload")


def test_a_strange_algorithm_begins_nothing(shelf: Shelf) -> None:
    with pytest.raises(DigestInvalid):
        shelf.spool.begin("upload", "md5")
    assert list(shelf.spool.walk()) == []


def test_one_writes_and_the_second_is_told(shelf: Shelf) -> None:
    shelf.spool.begin("upload")
    with shelf.spool.append("upload", 0) as writer:
        for other in (shelf, shelf.opened_again()):
            with pytest.raises(Conflict), other.spool.append("upload", 0):
                pytest.fail("two writers")
            with pytest.raises(Conflict):
                other.spool.commit("upload", DIGEST)
        writer.write(CONTENT)
    shelf.spool.commit("upload", DIGEST)


def test_uploads_are_walked_and_tell_when_they_were_touched(shelf: Shelf) -> None:
    shelf.spool.begin("one")
    shelf.clock.pass_seconds(60)
    begun = shelf.clock.now()
    shelf.spool.begin("two")
    shelf.clock.pass_seconds(60)
    append(shelf, b"x", upload="one")
    assert sorted(shelf.spool.walk()) == ["one", "two"]
    assert (shelf.spool.touched_at("one"), shelf.spool.touched_at("two")) == (shelf.clock.now(), begun)


def test_many_pushes_at_once_do_not_disturb_each_other(shelf: Shelf) -> None:
    contents = {f"upload-{number}": CONTENT[number : number + 2_500_000] for number in range(6)}
    failures: list[tuple[str, BaseException]] = []

    def bring(upload: str, content: bytes, digest: Digest) -> None:
        try:
            push(shelf, content, digest, upload)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append((upload, error))

    threads = [threading.Thread(target=bring, args=(*item, digest_of(item[1]))) for item in contents.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(stored(shelf, digest_of(content)) == content for content in contents.values())
