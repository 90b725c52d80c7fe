"""What the queue says to those who wait for a job, on both databases."""

import pytest
from tests.clocks import ManualClock
from tests.conftest import MakeDatabase
from tests.databases import KINDS

from pratique import db, jobs
from pratique.jobs.queue import MAX_ATTEMPTS, Claims


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, make_database: MakeDatabase) -> db.Database:
    return make_database(request.param, ManualClock())


def enqueue(house: db.Database, key: str, priority: int = 0) -> None:
    house.write(lambda tx: jobs.enqueue(tx, "note", {"n": key}, dedupe_key=key, priority=priority))


def standings(house: db.Database, *keys: str) -> dict[str, str]:
    with house.read() as tx:
        return {key: one.state for key, one in jobs.standings(tx, "note", keys).items()}


def test_a_job_is_told_while_it_waits_and_runs_and_when_it_has_failed(house: db.Database) -> None:
    clock = ManualClock()
    claims = Claims(house, clock, "worker", ["note"])
    for key in ("waits", "runs", "fails"):
        enqueue(house, key, {"waits": 0, "runs": 2, "fails": 1}[key])
    running, failing = claims.claim(2)
    assert standings(house, "waits", "runs", "none") == {"waits": "ready", "runs": "claimed"}
    claims.fail(failing._replace(attempts=MAX_ATTEMPTS), "no such disk")
    assert standings(house, "fails") == {"fails": "dead"}
    with house.read() as tx:
        assert jobs.standings(tx, "note", ["fails"])["fails"].last_error == "no such disk"
        assert jobs.standings(tx, "other", ["fails"]) == {}
    enqueue(house, "runs")
    assert standings(house, "runs") == {"runs": "claimed"}
    claims.finish(running)
    assert standings(house, "runs") == {"runs": "ready"}


def test_a_waiting_job_is_withdrawn_unless_somebody_needs_it_more(house: db.Database) -> None:
    enqueue(house, "one", 1)
    enqueue(house, "two", 1)
    enqueue(house, "two", 9)
    assert house.write(lambda tx: jobs.withdraw(tx, "note", ["one", "two", "none"], priority=5)) == 1
    assert standings(house, "one", "two") == {"two": "ready"}
    assert len(Claims(house, ManualClock(), "worker", ["note"]).claim(5)) == 1
    assert house.write(lambda tx: jobs.withdraw(tx, "note", ["two"], priority=9)) == 0
