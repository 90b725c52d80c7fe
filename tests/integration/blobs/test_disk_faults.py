"""A disk that is full, read-only or failing: refused as Unavailable, and nothing is lost or half there."""

import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contracts.blob_shelves import LocalShelf, push, stored
from tests.integration.blobs.conftest import SMALL_DISK

from pratique.blobs import LocalSpool
from pratique.errors import DigestInvalid, Unavailable
from pratique.oci.digest import digest_of

KEPT = os.urandom(3_000_000)
TOO_MUCH = b"x" * SMALL_DISK


def append(shelf: LocalShelf, content: bytes, offset: int = 0) -> None:
    with shelf.spool.append("upload", offset) as writer:
        writer.write(content)


@pytest.fixture
def small_shelf(small_disk: Path) -> LocalShelf:
    return LocalShelf(small_disk / "data")


@pytest.fixture
def short_files() -> Iterator[int]:
    """No file of this process grows past this many bytes: a disk that fails in the middle of a write, for everybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = 2_500_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_upload_at_its_last_good_size(small_shelf: LocalShelf) -> None:
    small_shelf.spool.begin("upload")
    append(small_shelf, KEPT)
    with pytest.raises(Unavailable, match="full"):
        append(small_shelf, TOO_MUCH, len(KEPT))
    assert small_shelf.spool.size("upload") == len(KEPT)
    assert small_shelf.spool.commit("upload", digest_of(KEPT)) == len(KEPT)
    assert stored(small_shelf, digest_of(KEPT)) == KEPT


def test_the_reserve_is_left_alone(small_shelf: LocalShelf) -> None:
    spool = LocalSpool(small_shelf.layout, small_shelf.clock, keep_free=SMALL_DISK - 2_000_000)
    spool.begin("upload")
    with pytest.raises(Unavailable, match="reserve"), spool.append("upload", 0) as writer:
        writer.write(KEPT)
    assert spool.size("upload") == 0
    with spool.append("upload", 0) as writer:
        writer.write(KEPT[:1_000_000])
    assert spool.commit("upload", digest_of(KEPT[:1_000_000])) == 1_000_000


def test_a_read_only_disk_still_serves(small_disk: Path, small_shelf: LocalShelf) -> None:
    push(small_shelf, KEPT, digest_of(KEPT))
    small_shelf.spool.begin("upload")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    attempts: list[Callable[[], None]] = [
        lambda: small_shelf.spool.begin("other"),
        lambda: append(small_shelf, b"x"),
        lambda: small_shelf.spool.discard("upload"),
        lambda: small_shelf.blobs.delete(digest_of(KEPT)),
    ]
    for attempt in attempts:
        with pytest.raises(Unavailable, match="read-only"):
            attempt()
    assert stored(small_shelf.opened_again(), digest_of(KEPT)) == KEPT
    assert list(small_shelf.spool.walk()) == ["upload"]


def test_a_write_that_fails_halfway_is_taken_back(shelf: LocalShelf, short_files: int) -> None:
    shelf.spool.begin("upload")
    append(shelf, KEPT[:100])
    with pytest.raises(Unavailable):
        append(shelf, KEPT[100:], 100)
    assert shelf.spool.size("upload") == 100
    append(shelf, KEPT[100:short_files], 100)
    assert shelf.spool.commit("upload", digest_of(KEPT[:short_files])) == short_files


def test_nothing_is_believed_after_a_failed_fsync(shelf: LocalShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.spool.begin("upload")
    append(shelf, KEPT)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as failing:
        failing.setattr("os.fsync", fail)
        with pytest.raises(Unavailable, match="I/O error"):
            shelf.spool.commit("upload", digest_of(KEPT))
    assert shelf.blobs.stat(digest_of(KEPT)) is None
    with pytest.raises(DigestInvalid):
        shelf.spool.commit("upload", digest_of(KEPT))
    append(shelf, KEPT)
    assert shelf.spool.commit("upload", digest_of(KEPT)) == len(KEPT)


def test_a_blob_is_named_only_after_its_bytes_are_durable(
    shelf: LocalShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = digest_of(KEPT)
    target = shelf.layout.blob(digest)
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), target.exists()))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", watch)
    push(shelf, KEPT, digest)
    assert synced == [(str(shelf.layout.upload("upload")), False), (str(target.parent), True)]
