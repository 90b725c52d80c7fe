"""What every blob store promises, whatever it is made of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contracts.blob_shelves import SHELVES, Shelf, push, stored

from pratique.blobs import ByteRange
from pratique.clock import Moment
from pratique.errors import BlobUnknown, Corrupt
from pratique.oci.digest import digest_of

CONTENT = bytes(range(256)) * 64
DIGEST = digest_of(CONTENT)
ABSENT = digest_of(b"absent")


@pytest.fixture(params=SHELVES.values(), ids=list(SHELVES))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    make: Callable[[Path], Shelf] = request.param
    return make(tmp_path / "data")


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "one byte", "more"])
def test_what_was_published_is_read_by_everybody(shelf: Shelf, content: bytes, algorithm: str) -> None:
    digest = digest_of(content, algorithm)
    assert push(shelf, content, digest) == len(content)
    for reader in (shelf, shelf.opened_again()):
        assert reader.blobs.stat(digest) == len(content)
        assert stored(reader, digest) == content
        assert reader.blobs.reread(digest) == digest


def test_what_is_not_there_is_not_there(shelf: Shelf) -> None:
    assert shelf.blobs.stat(ABSENT) is None
    with pytest.raises(BlobUnknown), shelf.blobs.open(ABSENT):
        pytest.fail("there is nothing to open")
    with pytest.raises(BlobUnknown):
        shelf.blobs.reread(ABSENT)
    shelf.blobs.delete(ABSENT)
    assert not shelf.blobs.restore(ABSENT)
    assert not shelf.blobs.set_aside(ABSENT)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (0, len(CONTENT)), (255, 257), (len(CONTENT) - 1, len(CONTENT))]
)
def test_a_part_is_read(shelf: Shelf, start: int, stop: int) -> None:
    push(shelf, CONTENT, DIGEST)
    with shelf.blobs.open(DIGEST, ByteRange(start, stop)) as source:
        assert source.read(1) == CONTENT[start : start + 1]
        assert source.read() == CONTENT[start + 1 : stop]
        assert source.read() == b""


def test_a_part_that_is_not_all_there_is_never_begun(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    with pytest.raises(Corrupt), shelf.blobs.open(DIGEST, ByteRange(0, len(CONTENT) + 1)):
        pytest.fail("a shorter answer than announced")


def test_a_reader_is_closed_with_its_block(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    with shelf.blobs.open(DIGEST) as source:
        assert source.read(2) == CONTENT[:2]
    with pytest.raises(ValueError, match="closed"):
        source.read(1)


def test_a_deleted_blob_is_gone_and_can_be_had_back(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    with shelf.blobs.open(DIGEST) as source:
        shelf.blobs.delete(DIGEST)
        assert source.read() == CONTENT
    assert shelf.blobs.stat(DIGEST) is None
    assert list(shelf.blobs.trashed()) == [DIGEST]
    assert shelf.opened_again().blobs.restore(DIGEST)
    assert not list(shelf.blobs.trashed())
    assert stored(shelf, DIGEST) == CONTENT
    assert shelf.blobs.restore(DIGEST)


def test_a_push_brings_a_deleted_blob_again(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    shelf.blobs.delete(DIGEST)
    push(shelf, CONTENT, DIGEST)
    assert shelf.blobs.restore(DIGEST)
    assert stored(shelf, DIGEST) == CONTENT


def test_the_trash_is_emptied_of_what_was_deleted_before(shelf: Shelf) -> None:
    other = digest_of(b"other", "sha512")
    push(shelf, CONTENT, DIGEST, "one")
    push(shelf, b"other", other, "two")
    shelf.blobs.delete(DIGEST)
    shelf.clock.pass_seconds(60)
    shelf.blobs.delete(other)
    assert shelf.blobs.empty_trash(shelf.clock.now()) == len(CONTENT)
    assert not shelf.blobs.restore(DIGEST)
    assert shelf.blobs.restore(other)
    assert shelf.blobs.empty_trash(Moment(shelf.clock.now() + 1)) == 0


def test_every_blob_is_walked_with_the_time_it_came(shelf: Shelf) -> None:
    came = {}
    for number in range(5):
        content = b"blob %d" % number
        digest = digest_of(content, "sha512" if number % 2 else "sha256")
        shelf.clock.pass_seconds(1)
        came[digest] = (len(content), shelf.clock.now())
        push(shelf, content, digest)
    assert {blob.digest: (blob.size, blob.written_at) for blob in shelf.blobs.walk()} == came


def test_a_blob_that_is_pushed_again_is_as_young_as_a_new_one(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    shelf.clock.pass_seconds(3600)
    push(shelf, CONTENT, DIGEST)
    assert [blob.written_at for blob in shelf.blobs.walk()] == [shelf.clock.now()]


def test_a_corrupt_blob_is_found_set_aside_and_healed_by_a_push(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    shelf.damage(DIGEST, CONTENT[:-1] + b"?")
    assert shelf.blobs.reread(DIGEST) == digest_of(CONTENT[:-1] + b"?")
    assert shelf.blobs.set_aside(DIGEST)
    assert shelf.blobs.stat(DIGEST) is None
    assert not shelf.blobs.restore(DIGEST)
    push(shelf, CONTENT, DIGEST)
    assert stored(shelf, DIGEST) == CONTENT


def test_a_good_blob_is_not_set_aside(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    assert not shelf.blobs.set_aside(DIGEST)
    assert stored(shelf, DIGEST) == CONTENT


def test_what_was_set_aside_is_given_up_in_time(shelf: Shelf) -> None:
    push(shelf, CONTENT, DIGEST)
    shelf.damage(DIGEST, CONTENT[:-1] + b"?")
    shelf.clock.pass_seconds(60)
    assert shelf.blobs.set_aside(DIGEST)
    assert shelf.blobs.give_up_corrupt(shelf.clock.now()) == 0
    assert shelf.blobs.empty_trash(Moment(shelf.clock.now() + 1)) == 0
    assert shelf.blobs.give_up_corrupt(Moment(shelf.clock.now() + 1)) == len(CONTENT)
    assert shelf.blobs.give_up_corrupt(Moment(shelf.clock.now() + 1)) == 0


DAMAGED = {
    "empty": b"",
    "short": CONTENT[:100],
    "long": CONTENT + b"tail",
    "of the same size": CONTENT[:-1] + b"?",
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_a_push_heals_a_damaged_blob(shelf: Shelf, damaged: bytes) -> None:
    push(shelf, CONTENT, DIGEST)
    shelf.damage(DIGEST, damaged)
    push(shelf, CONTENT, DIGEST)
    assert stored(shelf, DIGEST) == CONTENT
