"""What the queue promises on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.clocks import ManualClock
from tests.conftest import MakeDatabase
from tests.contracts.work import Noted, counts, drain, enqueue
from tests.databases import KINDS

from pratique import db, events, jobs
from pratique.clock import SECOND, Moment, SystemClock
from pratique.errors import NotFound
from pratique.jobs import queue
from pratique.jobs.queue import LEASE, MAX_ATTEMPTS, Claims

NOTHING = {"ready": 0, "claimed": 0, "dead": 0}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, make_database: MakeDatabase, clock: ManualClock) -> db.Database:
    """A database whose clock stands."""
    return make_database(request.param, clock)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def worker(house: db.Database, clock: ManualClock, noted: Noted) -> jobs.Worker:
    return jobs.Worker(house, {"note": noted}, clock)


def claims_of(database: db.Database, clock: ManualClock, name: str) -> Claims:
    return Claims(database, clock, name, ["note"])


def test_a_job_runs_once_and_is_gone(house: db.Database, worker: jobs.Worker, noted: Noted) -> None:
    enqueue(house, 1, 2)
    assert worker.run_pending() == 2
    assert noted.numbers == [1, 2]
    assert counts(house) == NOTHING
    assert worker.run_pending() == 0


def test_a_job_of_a_work_that_failed_never_runs(house: db.Database, worker: jobs.Worker) -> None:
    def work(tx: db.Tx) -> None:
        jobs.enqueue(tx, "note", {"n": 1})
        raise LookupError

    with pytest.raises(LookupError):
        house.write(work)
    assert worker.run_pending() == 0


def test_priority_first_then_time(
    house: db.Database, worker: jobs.Worker, noted: Noted, clock: ManualClock
) -> None:
    enqueue(house, 3, run_at=Moment(clock.now() - 1))
    enqueue(house, 2, run_at=Moment(clock.now() - 2))
    enqueue(house, 1, priority=5)
    enqueue(house, 4)
    worker.run_pending()
    assert noted.numbers == [1, 2, 3, 4]


def test_a_job_waits_for_its_time(house: db.Database, worker: jobs.Worker, clock: ManualClock) -> None:
    enqueue(house, 1, run_at=Moment(clock.now() + 60 * SECOND))
    assert worker.run_pending() == 0
    clock.advance(60)
    assert worker.run_pending() == 1


def test_jobs_of_other_kinds_are_left_alone(house: db.Database, worker: jobs.Worker) -> None:
    house.write(lambda tx: jobs.enqueue(tx, "of a newer version", {}))
    assert worker.run_pending() == 0
    assert counts(house) == NOTHING | {"ready": 1}


def test_a_key_collapses_what_waits(
    house: db.Database, worker: jobs.Worker, noted: Noted, clock: ManualClock
) -> None:
    later = Moment(clock.now() + 60 * SECOND)
    enqueue(house, 1, dedupe_key="k", run_at=later)
    enqueue(house, 2, dedupe_key="k")
    enqueue(house, 3, dedupe_key="k", run_at=later)
    enqueue(house, 4, dedupe_key="other")
    assert worker.run_pending() == 2
    assert sorted(noted.numbers) == [3, 4]


def test_a_key_collapses_nothing_that_is_claimed(house: db.Database, clock: ManualClock) -> None:
    """What runs may have read before this transaction wrote: it can't stand for the new work."""
    claims = claims_of(house, clock, "w")
    enqueue(house, 1, dedupe_key="k")
    (first,) = claims.claim(10)
    enqueue(house, 2, dedupe_key="k")
    (second,) = claims.claim(10)
    assert first.id != second.id


def test_a_failed_job_yields_to_a_waiting_one_with_its_key(house: db.Database, clock: ManualClock) -> None:
    claims = claims_of(house, clock, "w")
    enqueue(house, 1, dedupe_key="k")
    (first,) = claims.claim(10)
    enqueue(house, 2, dedupe_key="k")
    claims.fail(first, "no")
    assert counts(house) == NOTHING | {"ready": 1}
    (second,) = claims.claim(10)
    assert second.payload == '{"n": 2}'
    claims.release(second)
    assert counts(house) == NOTHING | {"ready": 1}


def test_a_failed_job_runs_again_later_and_later(
    house: db.Database, worker: jobs.Worker, noted: Noted, clock: ManualClock
) -> None:
    noted.is_failing = True
    enqueue(house, 1)
    assert worker.run_pending() == 1
    assert worker.run_pending() == 0
    clock.advance(1.5)
    assert worker.run_pending() == 1
    clock.advance(0.9)
    assert worker.run_pending() == 0
    noted.is_failing = False
    clock.advance(2.1)
    assert worker.run_pending() == 1
    assert counts(house) == NOTHING


def test_back_off_doubles_up_to_its_bound() -> None:
    for attempts in range(1, 40):
        longest = min(2 ** (attempts - 1) * SECOND, queue.LONGEST_BACK_OFF)
        assert longest * 0.5 <= queue.back_off(attempts) <= longest * 1.5


def test_what_fails_for_good_is_seen_told_and_can_be_retried(
    house: db.Database, worker: jobs.Worker, noted: Noted, clock: ManualClock
) -> None:
    noted.is_failing = True
    enqueue(house, 1)
    for _ in range(MAX_ATTEMPTS):
        assert worker.run_pending() == 1
        clock.advance(2 * 3600)
    assert worker.run_pending() == 0
    with house.read() as tx:
        (dead,) = jobs.dead(tx)
        assert jobs.dead(tx, offset=1) == []
    assert (dead.kind, dead.payload, dead.attempts) == ("note", '{"n": 1}', MAX_ATTEMPTS)
    assert dead.last_error == "LookupError: not today"
    assert told(house) == [
        events.JobDied(actor="pratique", job_id=dead.id, job="note", error=dead.last_error)
    ]
    noted.is_failing = False
    house.write(lambda tx: jobs.retry(tx, dead.id))
    assert worker.run_pending() == 1
    with pytest.raises(NotFound):
        house.write(lambda tx: jobs.retry(tx, dead.id))


def told(database: db.Database) -> list[events.Event]:
    heard: list[events.Event] = []
    jobs.Feed(database, "test", lambda _, rows: heard.extend(row.event() for row in rows)).advance()
    return heard


def test_a_dead_job_yields_to_a_waiting_one_with_its_key(house: db.Database, clock: ManualClock) -> None:
    claims = claims_of(house, clock, "w")
    enqueue(house, 1, dedupe_key="k")
    (job,) = claims.claim(1)
    claims.fail(job._replace(attempts=MAX_ATTEMPTS), "no")
    enqueue(house, 2, dedupe_key="k")
    house.write(lambda tx: jobs.retry(tx, job.id))
    assert counts(house) == NOTHING | {"ready": 1}


def test_a_lost_lease_is_another_workers_job(house: db.Database, clock: ManualClock) -> None:
    slow, quick = claims_of(house, clock, "slow"), claims_of(house, clock, "quick")
    enqueue(house, 1)
    (first,) = slow.claim(10)
    assert quick.claim(10) == []
    assert not quick.is_any_due()
    clock.advance(LEASE / SECOND + 1)
    assert quick.is_any_due()
    (second,) = quick.claim(10)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not slow.finish(first)
    slow.fail(first, "too late")
    slow.release(first)
    assert quick.finish(second)
    assert counts(house) == NOTHING


def test_a_heartbeat_keeps_the_lease(house: db.Database, clock: ManualClock) -> None:
    slow, quick = claims_of(house, clock, "slow"), claims_of(house, clock, "quick")
    enqueue(house, 1, 2)
    first, second = slow.claim(10)
    for _ in range(5):
        clock.advance(LEASE / SECOND - 1)
        assert slow.heartbeat([first.id, second.id]) == 2
        assert quick.claim(10) == []
    clock.advance(LEASE / SECOND + 1)
    assert len(quick.claim(10)) == 2
    assert slow.heartbeat([first.id, second.id]) == 0


def test_a_job_that_kills_its_workers_is_buried(
    house: db.Database, worker: jobs.Worker, noted: Noted, clock: ManualClock
) -> None:
    enqueue(house, 1)
    for number in range(MAX_ATTEMPTS):
        assert len(claims_of(house, clock, f"killed {number}").claim(1)) == 1
        clock.advance(LEASE / SECOND + 1)
    worker.run_pending()
    assert noted.numbers == []
    assert counts(house) == NOTHING | {"dead": 1}


def test_a_released_job_has_not_been_tried(house: db.Database, clock: ManualClock) -> None:
    claims = claims_of(house, clock, "w")
    enqueue(house, 1)
    for _ in range(3):
        (job,) = claims.claim(1)
        assert job.attempts == 1
        claims.release(job)


def test_no_job_is_claimed_twice(database: db.Database) -> None:
    """Eight workers, by ones and by tens: every job once, none left."""
    enqueue(database, *range(300))

    def work(number: int) -> list[int]:
        claims = Claims(database, SystemClock(), f"w{number}", ["note"])
        return drain(claims, 1 if number % 2 else 10, claims.finish)

    with ThreadPoolExecutor(8) as pool:
        got = [job_id for each in pool.map(work, range(8)) for job_id in each]
    assert len(got) == 300
    assert len(set(got)) == 300
    assert counts(database) == NOTHING


def test_a_waiting_job_is_not_claimed_while_new_work_collapses_into_it(make_database: MakeDatabase) -> None:
    """Else it could run, and be gone, before what it is to see has committed; SQLite has one writer anyway."""
    database = make_database("postgresql")
    claims = Claims(database, SystemClock(), "w", ["note"])
    enqueue(database, 1, dedupe_key="k")

    def work(tx: db.Tx) -> list[queue.Job]:
        jobs.enqueue(tx, "note", {"n": 2}, dedupe_key="k")
        return claims.claim(10)

    assert database.write(work) == []
    assert [job.payload for job in claims.claim(10)] == ['{"n": 2}']
