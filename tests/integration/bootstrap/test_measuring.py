"""What a process says of itself: facts counted wherever they were made, and what waits."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import Place
from tests.houses import Furnished, furnish

from pratique.bootstrap.measuring import measure
from pratique.bootstrap.narrating import UpkeepNarrator
from pratique.clock import SystemClock
from pratique.db import Database, TimedDatabase, Tx
from pratique.errors import Unavailable
from pratique.events import AttestationTooLarge, Event, GarbageCollected, JobDied, Scrubbed
from pratique.jobs import Feed, counts, enqueue, publish
from pratique.telemetry import Metrics, open_log

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def home(place: Place) -> Iterator[Furnished]:
    """A house with an administrator."""
    furnished = furnish(place.url, place.directory)
    yield furnished
    furnished.house.close()


def tell(database: Database, *facts: Event) -> None:
    for fact in facts:
        database.write(lambda tx, fact=fact: publish(tx, fact))  # type: ignore[misc] # a default binds the fact now


def test_facts_are_counted_from_the_start_of_the_process_and_once(home: Furnished) -> None:
    database = home.house.stores.database
    tell(database, JobDied(actor="pratique", job_id=1, job="note", error="before"))
    metrics = Metrics()
    measure(home.house, metrics)
    project = home.project("team", "signed")
    home.image("team/app", "1.0")
    tell(
        database,
        GarbageCollected(actor="pratique", blobs=2, manifests=1, freed_bytes=700),
        GarbageCollected(actor="pratique", blobs=2, manifests=1, freed_bytes=9_000, is_dry_run=True),
        Scrubbed(actor="pratique", checked=3, checked_bytes=30, corrupt=(DIGEST,)),
    )
    assert project.admission == "signed"
    for _ in range(2):
        text = metrics.render().decode()
        assert 'pratique_events_total{kind="job_died"}' not in text
        assert 'pratique_events_total{kind="manifest_pushed"} 1.0' in text
        assert 'pratique_verdicts_total{state="QUARANTINED"} 1.0' in text
        assert "pratique_collected_bytes_total 700.0" in text
        assert "pratique_corrupt_blobs_total 1.0" in text


def test_jobs_and_uploads_are_those_of_the_whole_installation(home: Furnished) -> None:
    metrics = Metrics()
    measure(home.house, metrics)
    home.project("team")
    home.house.warehouse.uploads.begin("team/app", home.admin)
    home.house.stores.database.write(lambda tx: enqueue(tx, "note", {}))
    with home.house.stores.database.read() as tx:
        ready = counts(tx)["ready"]
    text = metrics.render().decode()
    assert ready >= 1
    assert f'pratique_jobs{{state="ready"}} {float(ready)}' in text
    assert "pratique_uploads_open 1.0" in text
    assert "pratique_build_info{version=" in text


def test_metrics_are_there_while_the_database_is_not(
    home: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = Metrics()
    measure(home.house, metrics)

    @contextlib.contextmanager
    def lost(_: object) -> Iterator[Tx]:
        raise Unavailable("the database server can't be reached")
        yield

    monkeypatch.setattr(type(home.house.stores.database), "read", lost)
    assert "pratique_storage_free_bytes" in metrics.render().decode()


def test_every_write_is_timed_and_one_that_fails_too(database: Database, tmp_path: Path) -> None:
    seen: list[float] = []
    timed = TimedDatabase(database, SystemClock(), seen.append)
    assert timed.write(lambda tx: tx.dialect) == timed.dialect
    with pytest.raises(ZeroDivisionError):
        timed.write(lambda _: 1 // 0)
    with timed.read() as tx:
        assert tx.dialect == database.dialect
    assert len(seen) == 2
    assert timed.changed() == database.changed()
    assert timed.changes_since(timed.changed()) == database.changes_since(database.changed())
    if database.dialect == "sqlite":
        timed.backup(tmp_path / "copy.db")
        assert (tmp_path / "copy.db").stat().st_size


def test_upkeep_is_told_in_the_log_whichever_process_did_it(home: Furnished) -> None:
    database, stream = home.house.stores.database, io.StringIO()
    feed = Feed(database, "log", UpkeepNarrator(open_log(stream)).consume)
    while feed.advance():
        pass
    stream.truncate(0)
    tell(
        database,
        GarbageCollected(actor="pratique", blobs=2, manifests=1, freed_bytes=700),
        Scrubbed(actor="pratique", checked=3, checked_bytes=30, corrupt=(DIGEST,)),
        AttestationTooLarge(
            actor="pratique",
            project_id=1,
            project="team",
            repository="team/app",
            digest=DIGEST,
            form="spdx",
            size=40,
            limit=32,
        ),
    )
    assert feed.advance() == 3
    lines = [json.loads(line) for line in stream.getvalue().lstrip("\0").splitlines()]
    assert [line["event"] for line in lines] == [
        "registry.collected",
        "registry.scrubbed",
        "registry.corrupt",
        "attestation.too_large",
    ]
    assert lines[0]["freed_bytes"] == 700
    assert lines[2]["digest"] == DIGEST
    assert (lines[3]["repository"], lines[3]["form"], lines[3]["size"]) == ("team/app", "spdx", 40)
