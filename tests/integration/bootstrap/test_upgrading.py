"""What an older release left is seen to from the start of a worker, in its turn, and an operator sees how far it is."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.databases import Place
from tests.houses import Furnished, furnish
from tests.scenes import new_scene
from tests.shipping import Port, advisory, wheel

from pratique.admission import keeping
from pratique.admission.examination import EXAMINE
from pratique.admission.store import due
from pratique.admission.waiting import DEADLY
from pratique.bootstrap.examining import build_examine_feed
from pratique.bootstrap.following import keeping_of
from pratique.bootstrap.measuring import measure
from pratique.bootstrap.working import build_worker
from pratique.db import Tx
from pratique.inventory import Contents
from pratique.jobs import DIED, Feed
from pratique.oci.digest import digest_of
from pratique.telemetry import Metrics, open_log

GAUGE = "pratique_contents_of_other_releases"
IMAGES = 3


@pytest.fixture
def home(place: Place) -> Iterator[Furnished]:
    """A house with an administrator."""
    furnished = furnish(place.url, place.directory)
    yield furnished
    furnished.house.close()


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", "2026-1"))
    found.prevent()
    return found


def left_by_another_release(port: Port) -> list[bytes]:
    """Images that stand admitted by what other readers have found."""
    home = port.scene.home
    pushed = [port.push([wheel(f"package-{number}")], f"v{number}") for number in range(IMAGES)]
    build_worker(home.house, open_log(io.StringIO())).run_pending()
    recording = home.house.court.recording

    def work(tx: Tx) -> None:
        for content in pushed:
            found = recording.contents_of(tx, digest_of(content))
            assert isinstance(found, Contents)
            recording.put(tx, digest_of(content), found, home.clock.now(), "of another release")

    home.house.stores.database.write(work)
    assert all(map(port.scene.is_let_out, pushed))
    return pushed


def old(home: Furnished) -> int:
    with home.house.stores.database.read() as tx:
        return home.house.court.recording.count_of_other_readers(tx)


def test_it_begins_with_the_worker_and_goes_on_to_the_end(
    port: Port, home: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAGE", 1)
    pushed, metrics, log = left_by_another_release(port), Metrics(), io.StringIO()
    measure(home.house, metrics)
    assert f"{GAUGE} {IMAGES}.0" in metrics.render().decode()
    build_worker(home.house, open_log(log)).run_pending()
    assert old(home) == 0
    assert f"{GAUGE} 0.0" in metrics.render().decode()
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["left"] for line in told if line["event"] == "contents.examined_anew"] == [3, 2, 1]
    assert all(map(port.scene.is_let_out, pushed))


def test_a_page_waits_for_the_one_before_and_for_whatever_else_waits(
    port: Port, home: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAGE", 2)
    left_by_another_release(port)
    database = home.house.stores.database
    keeping_of(home.house).examine_anew({})
    new = port.push([wheel("of-today")], "today")
    with database.read() as tx:
        due = text("SELECT kind, payload FROM job WHERE run_at <= :now ORDER BY priority DESC")
        rows = tx.execute(due, {"now": home.clock.now()})
        waiting = [(kind, json.loads(payload)) for kind, payload in rows]
    ours = [(kind, said) for kind, said in waiting if kind in {EXAMINE, keeping.ANEW}]
    assert [kind for kind, _ in ours] == [EXAMINE, EXAMINE, EXAMINE, keeping.ANEW]
    assert ours[0][1]["digest"] == digest_of(new)


def test_nothing_is_asked_for_where_nothing_is_left(home: Furnished) -> None:
    log = io.StringIO()
    build_worker(home.house, open_log(log)).run_pending()
    assert "examined_anew" not in log.getvalue()
    assert build_worker(home.house, open_log(log)).run_pending() <= 5, "the looks of its start"


def with_dead_job(port: Port, error: str) -> bytes:
    """An image that waits, and whose job has failed for good."""
    port.scene.home.work()
    content = port.push([wheel("of-the-dead")])

    def bury(tx: Tx) -> None:
        dead = text("UPDATE job SET state = 'dead', last_error = :error WHERE kind = :kind RETURNING id")
        assert len(tx.execute(dead, {"error": error, "kind": EXAMINE}).all()) == 1

    database = port.scene.home.house.stores.database
    examine = build_examine_feed(port.scene.home.house)
    database.write(lambda tx: Feed(database, "examine", examine.consume)._advance(tx))
    database.write(bury)
    assert port.scene.state(content) == "PENDING"
    return content


def test_what_was_out_of_reach_is_examined_when_it_is_back(port: Port, home: Furnished) -> None:
    content = with_dead_job(port, "Unavailable: the store is out of reach")
    build_worker(home.house, open_log(io.StringIO())).run_pending()
    assert port.scene.is_let_out(content)


def test_what_takes_the_worker_with_it_is_told_and_not_tried_again(port: Port, home: Furnished) -> None:
    content = with_dead_job(port, DIED)
    for _ in range(2):
        build_worker(home.house, open_log(io.StringIO())).run_pending()
        assert port.scene.state(content) == "QUARANTINED"
        assert DEADLY in port.scene.refusal(content).message
        home.clock.advance(2 * 3600)


def test_what_is_due_is_judged_though_its_job_is_dead(port: Port, home: Furnished) -> None:
    content = port.push([wheel("judged")])
    build_worker(home.house, open_log(io.StringIO())).run_pending()
    database = home.house.stores.database
    database.write(lambda tx: due.put(tx, [digest_of(content)]))
    build_worker(home.house, open_log(io.StringIO())).run_pending()
    with database.read() as tx:
        assert due.upcoming(tx, 1) == []
