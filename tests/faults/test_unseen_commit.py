"""A COMMIT that nobody saw, and that comes back.

SQLite writes a transaction's frames to the write-ahead log and then says so in the log's index, in shared memory.
Killed in between, the writer has committed nothing: other processes go on without it. But when the last of them is
gone, the next one reads the log anew, and there the frames stand, whole, if nobody has written over them. So whoever
acts on what the database does *not* hold must have written since, before the act can't be undone.
"""

import multiprocessing
import shutil
from pathlib import Path
from threading import Event

import pytest
from tests.databases import Place
from tests.faults import victims
from tests.warehouse import Warehouse

from pratique.clock import MINUTE, Moment
from pratique.db import Tx
from pratique.oci.digest import digest_of
from pratique.registry.store import blobs, garbage
from pratique.registry.sweep import Sweep, Terms, What

CONTENT = b"published, and not recorded by anybody who lived to tell"
SPAWN = multiprocessing.get_context("forkserver")


def collect_once(url: str, directory: Path, ready: Event, go: Event, done: Event, until: What) -> None:
    """A collection beside the server, which sees the log as it is told, and is killed after a step."""
    warehouse = victims.opened(url, directory)
    warehouse.push_blob(b"so that there is a log")
    ready.set()
    go.wait()

    sweep = Sweep(
        warehouse.database,
        warehouse.blobs,
        warehouse.spool,
        warehouse.deleter,
        warehouse.uploads,
        warehouse.clock,
    )
    for gone in sweep.steps(Terms(grace=0, undo=0), warehouse.clock.now()):
        if any(one.what is until for one in gone):
            done.set()
            Event().wait()


@pytest.mark.parametrize("until", [What.FILE, What.TRASH])
def test_a_commit_that_nobody_saw(tmp_path: Path, make_place: object, until: What) -> None:
    assert callable(make_place)
    place: Place = make_place("sqlite")
    digest = digest_of(CONTENT)
    warehouse = victims.opened(place.url, place.directory)
    warehouse.database.create_schema()
    publish_only(warehouse)
    warehouse.database.close()
    ready, go, done = SPAWN.Event(), SPAWN.Event(), SPAWN.Event()
    collector = SPAWN.Process(target=collect_once, args=(place.url, place.directory, ready, go, done, until))
    collector.start()
    try:
        assert ready.wait(30)
        log = Path(f"{place.url.removeprefix('sqlite:///')}-wal")
        log.write_bytes(with_unseen_commit(log, tmp_path / "elsewhere", place.directory))
        go.set()
        assert done.wait(30)
    finally:
        collector.kill()
        collector.join()

    again = victims.opened(place.url, place.directory)
    with again.database.read() as tx:
        # Killed before it wrote anything, the collection could not know; the bytes are in the trash.
        assert bool(garbage.recorded(tx, [digest])) is (until is What.FILE)
    assert not list(again.doctor.examine())
    again.recovery.run()
    assert not list(again.doctor.examine())
    assert again.has_file(digest) is (until is What.FILE)
    again.database.close()


def publish_only(warehouse: Warehouse) -> None:
    """Close 1 of `registry.disposal`, as of an upload whose process is killed in close 2."""
    warehouse.spool.begin("unrecorded", "sha256")
    with warehouse.spool.append("unrecorded", 0) as writer:
        writer.write(CONTENT)
    warehouse.spool.commit("unrecorded", digest_of(CONTENT))


def with_unseen_commit(log: Path, elsewhere: Path, directory: Path) -> bytes:
    """The log with the frames of close 2 behind those that everybody knows: written by a copy of the database."""
    elsewhere.mkdir()
    name = log.name.removesuffix("-wal")
    for ending in ("", "-wal"):
        shutil.copy(log.with_name(name + ending), elsewhere / (name + ending))
    shutil.copytree(directory / "data", elsewhere / "data")
    copy = victims.opened(f"sqlite:///{elsewhere / name}", elsewhere)

    def close(tx: Tx) -> None:
        now = Moment(copy.clock.now())
        blobs.put(tx, digest_of(CONTENT), len(CONTENT), now=now, until=Moment(now + MINUTE))

    copy.database.write(close)
    frames = (elsewhere / f"{name}-wal").read_bytes()
    copy.database.close()
    return frames
