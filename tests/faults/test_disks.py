"""Disks that are full, read-only or tell half of what they were told."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.faults.ledger import READER, assert_readable
from tests.warehouse import ANN, APP, LEASE, LIMITS, Warehouse

from pratique.clock import SECOND, SystemClock
from pratique.db import open_database
from pratique.errors import DigestInvalid, Unavailable
from pratique.oci.digest import Digest, digest_of

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB, where this user may mount one."""
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", where], capture_output=True, check=False
    )
    if mounted.returncode:
        reason = f"no small disk: {mounted.stderr.decode().strip()}"
        if os.environ.get("PRATIQUE_TEST_REQUIRE") == "all" and os.geteuid() == 0:
            pytest.fail(reason)
        pytest.skip(reason)
    yield where
    subprocess.run(["umount", "--lazy", where], check=True)


MakeWarehouse = Callable[[Path, int], Warehouse]


@pytest.fixture
def opened() -> Iterator[MakeWarehouse]:
    """Opens a warehouse with its database on the same disk, which spares so many bytes."""
    with contextlib.ExitStack() as stack:

        def make(directory: Path, keep_free: int) -> Warehouse:
            clock = ManualClock(SystemClock().now())
            database = open_database(f"sqlite:///{directory}/pratique.db", directory, clock)
            stack.callback(database.close)
            database.create_schema()
            return Warehouse(database, directory, clock, replace(LIMITS, open_uploads=10_000), keep_free)

        yield make


def fill(warehouse: Warehouse, size: int) -> list[Digest]:
    """Push until the disk is full; what was acknowledged."""
    acknowledged: list[Digest] = []
    for number in range(200):
        try:
            warehouse.push_image([os.urandom(size)], f"v{number}")
        except Unavailable:
            return acknowledged
        acknowledged.append(manifest_of(warehouse, f"v{number}"))
    pytest.fail("the disk never was full")


def manifest_of(warehouse: Warehouse, tag: str) -> Digest:
    return warehouse.puller.manifest(APP, tag, READER).artifact.digest


def assert_whole(warehouse: Warehouse, acknowledged: list[Digest]) -> None:
    assert acknowledged
    assert not list(warehouse.doctor.examine())
    for digest in acknowledged:
        assert_readable(warehouse, APP, digest)


@pytest.mark.parametrize("size", [MIB, 20_000], ids=["large", "small"])
@pytest.mark.parametrize("keep_free", [0, 4 * MIB], ids=["to the last byte", "with a reserve"])
def test_a_full_disk_refuses_and_loses_nothing(
    small_disk: Path, opened: MakeWarehouse, keep_free: int, size: int
) -> None:
    warehouse = opened(small_disk, keep_free)
    ballast = small_disk / "ballast"
    if size < MIB:
        ballast.write_bytes(bytes(18 * MIB))
    acknowledged = fill(warehouse, size)
    assert_whole(warehouse, acknowledged)
    if keep_free:
        warehouse.deleter.repository(APP, ANN)
        assert isinstance(warehouse.clock, ManualClock)
        warehouse.clock.advance(LEASE / SECOND)
        assert warehouse.collect()[0].counts.emptied_bytes > 0
        ballast.unlink(missing_ok=True)
    else:
        again = opened(small_disk, keep_free)
        assert_whole(again, acknowledged)
        ballast.unlink(missing_ok=True)
        with contextlib.suppress(Unavailable):
            again.recovery.run()
        assert_whole(again, acknowledged)
        if size >= MIB:
            return
    warehouse.push_image([b"there is room again"], "again")
    assert_whole(warehouse, [manifest_of(warehouse, "again")])


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)


def test_blobs_on_a_read_only_disk_are_read_and_not_written(
    small_disk: Path, tmp_path: Path, opened: MakeWarehouse
) -> None:
    clock = opened(tmp_path, 0).clock
    with contextlib.closing(open_database(f"sqlite:///{tmp_path}/pratique.db", tmp_path, clock)) as database:
        warehouse = Warehouse(database, small_disk, clock)
        digest = warehouse.push_image([b"content"], "1.0")
        upload = warehouse.uploads.begin(APP, ANN)
        remount(small_disk, "ro")
        assert_whole(warehouse, [digest])
        with pytest.raises(Unavailable):
            warehouse.push_image([b"more"], "2.0")
        with pytest.raises(Unavailable), warehouse.uploads.append(APP, upload.id, ANN, 0) as writer:
            writer.write(b"content")
        assert isinstance(clock, ManualClock)
        warehouse.deleter.manifest(APP, digest, ANN)
        clock.advance(LEASE / SECOND)
        with pytest.raises(Unavailable):
            warehouse.collect()
        assert not list(warehouse.doctor.examine())
        remount(small_disk, "rw")
        assert_whole(warehouse, [warehouse.push_image([b"more"], "2.0")])


def test_a_database_on_a_read_only_disk_is_said_to_be_so(small_disk: Path, opened: MakeWarehouse) -> None:
    warehouse = opened(small_disk, 0)
    digest = warehouse.push_image([b"content"], "1.0")
    warehouse.database.close()
    remount(small_disk, "ro")
    with pytest.raises(Unavailable):
        opened(small_disk, 0)
    remount(small_disk, "rw")
    assert_whole(opened(small_disk, 0), [digest])


@pytest.mark.parametrize("kept", [0, 1, 50_000, 99_999])
def test_an_upload_that_lost_its_end_goes_on_from_there(
    tmp_path: Path, opened: MakeWarehouse, kept: int
) -> None:
    """A power cut may take what was not synced; nothing was promised for it."""
    content = os.urandom(100_000)
    warehouse = opened(tmp_path, 0)
    upload = warehouse.uploads.begin(APP, ANN)
    with warehouse.uploads.append(APP, upload.id, ANN, 0) as writer:
        writer.write(content)
    os.truncate(warehouse.layout.upload(upload.id), kept)
    again = opened(tmp_path, 0)
    assert again.uploads.status(APP, upload.id, ANN).offset == kept
    with again.uploads.append(APP, upload.id, ANN, None) as writer:
        writer.write(content[kept:])
    digest = digest_of(content)
    assert again.uploads.commit(APP, upload.id, ANN, digest) == len(content)
    assert again.has_file(digest)


@pytest.mark.parametrize("known", [True, False], ids=["same process", "after a restart"])
def test_an_upload_whose_bytes_were_lost_is_not_proven(
    tmp_path: Path, opened: MakeWarehouse, known: bool
) -> None:
    """Its length survived and its bytes did not: zeros, as journals of metadata leave them."""
    content = os.urandom(100_000)
    warehouse = opened(tmp_path, 0)
    upload = warehouse.uploads.begin(APP, ANN)
    with warehouse.uploads.append(APP, upload.id, ANN, 0) as writer:
        writer.write(content[:60_000])
    path = warehouse.layout.upload(upload.id)
    with path.open("r+b") as file:
        file.truncate(30_000)
        file.truncate(60_000 if not known else 59_999)
    again = warehouse if known else opened(tmp_path, 0)
    with again.uploads.append(APP, upload.id, ANN, None) as writer:
        writer.write(content[60_000 if not known else 59_999 :])
    with pytest.raises(DigestInvalid):
        again.uploads.commit(APP, upload.id, ANN, digest_of(content))
    assert again.blobs.stat(digest_of(content)) is None
    assert not list(again.doctor.examine())


def test_temporary_files_of_a_crash_are_cleared_away(tmp_path: Path, opened: MakeWarehouse) -> None:
    warehouse = opened(tmp_path, 0)
    digest = warehouse.push_image([b"content"], "1.0")
    (warehouse.layout.uploads / "torn").write_bytes(b"half of")
    (warehouse.layout.blob(digest).parent / "not-a-digest").write_bytes(b"")
    assert not list(warehouse.doctor.examine())
    assert warehouse.recovery.run().leftovers == 1
    assert not list(warehouse.spool.walk())
    assert_whole(warehouse, [digest])
