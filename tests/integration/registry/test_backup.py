"""Backup and restore: a copy made while others push and collect is whole."""

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, LEASE, Warehouse

from pratique.clock import SystemClock
from pratique.db import Database, open_database
from pratique.errors import Conflict, Unavailable
from pratique.oci.digest import Digest, digest_of
from pratique.registry.backup import Backup
from pratique.registry.store import scrubs


@pytest.fixture
def kept(tmp_path: Path) -> Warehouse:
    """A warehouse whose database lies in its data directory, as in embedded mode."""
    return opened(tmp_path / "data", ManualClock())


def opened(directory: Path, clock: ManualClock | SystemClock) -> Warehouse:
    directory.mkdir(exist_ok=True)
    database = open_database(f"sqlite:///{directory}/pratique.db", directory, clock)
    database.create_schema()
    return Warehouse(database, directory, clock)


def restored(backup: Path, directory: Path) -> Warehouse:
    """As the module says: copy back, then the doctor."""
    shutil.copytree(backup, directory)
    warehouse = opened(directory, SystemClock())
    assert not list(warehouse.doctor.examine())
    warehouse.recovery.run()
    assert not list(warehouse.doctor.examine())
    return warehouse


def recorded(database: Database) -> list[Digest]:
    with database.read() as tx:
        return [row.digest for row in scrubs.page(tx, "", 10_000)]


@pytest.mark.parametrize("allow_links", [True, False])
def test_what_was_pushed_before_is_in_the_copy(kept: Warehouse, tmp_path: Path, allow_links: bool) -> None:
    kept.push_image([b"one", b"two"], "1.0")
    kept.uploads.begin(APP, ANN)
    backup = Backup(kept.database, kept.blobs, kept.clock, allow_links=allow_links)
    report = backup.run(tmp_path / "backup")
    assert (report.blobs, report.linked) == (3, 3 if allow_links else 0)
    kept.deleter.repository(APP, ANN)
    kept.database.close()
    again = restored(tmp_path / "backup", tmp_path / "again")
    assert all(again.has_file(digest) for digest in recorded(again.database))
    assert again.has_file(digest_of(b"two"))
    again.push_image([b"two", b"three"], "2.0")
    again.database.close()


def test_a_copy_made_beside_pushes_and_collections_is_whole(tmp_path: Path) -> None:
    warehouse = opened(tmp_path / "data", SystemClock())
    stop = threading.Event()

    def push() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            warehouse.push_image([b"layer %d" % number], f"v{number % 5}")

    def collect() -> None:
        while not stop.is_set():
            warehouse.collect(delete_untagged=True)

    threads = [threading.Thread(target=push), threading.Thread(target=collect)]
    for thread in threads:
        thread.start()
    for number in range(4):
        warehouse.backup.run(tmp_path / f"backup{number}")
    stop.set()
    for thread in threads:
        thread.join()
    warehouse.database.close()
    for number in range(4):
        again = restored(tmp_path / f"backup{number}", tmp_path / f"again{number}")
        assert all(again.has_file(digest) for digest in recorded(again.database))
        again.database.close()


def test_a_blob_that_is_collected_between_the_two_steps(
    kept: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.push_image([b"stays"], "1.0")
    kept.push_blob(b"goes")
    copy = kept.database.backup

    def copy_then_collect(target: Path) -> None:
        copy(target)
        assert isinstance(kept.clock, ManualClock)
        kept.clock.advance(LEASE / 1_000_000)
        kept.collect()

    monkeypatch.setattr(kept.database, "backup", copy_then_collect)
    kept.backup.run(tmp_path / "backup")
    kept.database.close()
    again = restored(tmp_path / "backup", tmp_path / "again")
    assert digest_of(b"goes") not in recorded(again.database)
    again.database.close()


def test_another_file_system_gets_copies(
    kept: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    kept.push_blob(b"content")
    monkeypatch.setattr(os, "link", no_link)
    report = kept.backup.run(tmp_path / "backup")
    assert (report.blobs, report.linked) == (1, 0)
    kept.database.close()


def test_a_target_that_is_taken_or_full(kept: Warehouse, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "something").touch()
    with pytest.raises(Conflict):
        kept.backup.run(taken)
    with pytest.raises(Unavailable):
        kept.backup.run(Path("/proc/nowhere"))
    kept.database.close()
