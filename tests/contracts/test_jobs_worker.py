"""A worker at work, in threads and real time."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from tests.contracts.work import Noted, counts, enqueue

from pratique import db, events, jobs
from pratique.clock import SECOND, Moment, SystemClock
from pratique.jobs import crew, store
from pratique.jobs import worker as worker_module

LONG = 20.0
LEASES = db.Statement(select(store.job.c.lease_until))


class Held:
    """A handler that begins, says so, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.noted = Noted()

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        self.begun.release()
        assert self.let_go.wait(LONG)
        self.noted(payload)


@contextlib.contextmanager
def running(
    database: db.Database, handler: jobs.Handler, *, feeds: Sequence[jobs.Feed] = (), threads: int = 1
) -> Iterator[threading.Event]:
    """A worker in a thread, stopped and waited for at the end."""
    stop = threading.Event()
    worker = jobs.Worker(database, {"note": handler}, SystemClock(), feeds=feeds, threads=threads)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(LONG)
    assert not thread.is_alive()


def wait_until(holds: Callable[[], bool]) -> None:
    """Until `holds()`, or fail."""
    until = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)


@pytest.fixture
def rare_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without looks at regular times only the map can wake a worker."""
    monkeypatch.setattr(worker_module, "LOOK_SECONDS", 10 * LONG)


@pytest.mark.usefixtures("rare_looks")
def test_enqueueing_wakes_the_worker(database: db.Database) -> None:
    noted = Noted()
    with running(database, noted):
        for _ in range(5):
            enqueue(database, len(noted.payloads))
            wait_until(lambda: sum(counts(database).values()) == 0)
    assert noted.numbers == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("rare_looks")
def test_a_due_time_wakes_the_worker(database: db.Database) -> None:
    noted = Noted()
    with running(database, noted):
        due = Moment(SystemClock().now() + SECOND // 4)
        enqueue(database, 1, run_at=due)
        wait_until(lambda: noted.numbers == [1])
        assert SystemClock().now() >= due


@pytest.mark.usefixtures("rare_looks")
def test_more_jobs_than_are_claimed_at_once(database: db.Database) -> None:
    noted = Noted()
    enqueue(database, *range(45))
    with running(database, noted, threads=3):
        wait_until(lambda: sum(counts(database).values()) == 0)
    assert sorted(noted.numbers) == list(range(45))


def test_stopping_waits_for_what_runs_and_gives_back_the_rest(database: db.Database) -> None:
    held = Held()
    enqueue(database, *range(5))
    with running(database, held) as stop:
        assert held.begun.acquire(timeout=LONG)
        stop.set()
        wait_until(lambda: counts(database) == {"ready": 4, "claimed": 1, "dead": 0})
        held.let_go.set()
    assert held.noted.numbers == [0]
    assert counts(database) == {"ready": 4, "claimed": 0, "dead": 0}


def test_a_worker_that_is_held_up_leaves_jobs_to_others(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "HOLD_SECONDS", 0.05)
    held, free = Held(), Noted()
    enqueue(database, *range(5))
    with running(database, held):
        assert held.begun.acquire(timeout=LONG)
        with running(database, free):
            wait_until(lambda: len(free.payloads) == 4)
        held.let_go.set()
    assert free.numbers == [1, 2, 3, 4]
    assert held.noted.numbers == [0]


def test_leases_are_kept_while_a_job_runs(database: db.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "HEARTBEAT_SECONDS", 0.01)
    held = Held()
    leases: set[int] = set()

    def has_moved_twice() -> bool:
        with database.read() as tx:
            leases.update(until for (until,) in tx.rows(LEASES))
        return len(leases) > 3

    enqueue(database, 1)
    with running(database, held):
        assert held.begun.acquire(timeout=LONG)
        wait_until(has_moved_twice)
        held.let_go.set()
    assert held.noted.numbers == [1]


def test_a_feed_that_fails_stops_nothing_else(database: db.Database) -> None:
    def fail(_: db.Tx, rows: Sequence[jobs.OutboxRow]) -> None:
        raise LookupError(rows)

    heard: list[str] = []
    feeds = [
        jobs.Feed(database, "broken", fail),
        jobs.Feed(database, "sound", lambda _, rows: heard.extend(row.kind for row in rows)),
    ]
    noted = Noted()

    def work(tx: db.Tx) -> None:
        jobs.publish(tx, events.UserDeleted(actor="admin", user_id=1, username="u"))
        jobs.enqueue(tx, "note", {"n": 1})

    with running(database, noted, feeds=feeds):
        database.write(work)
        wait_until(lambda: noted.numbers == [1] and bool(heard))
    assert set(heard) == {"user_deleted"}


def test_an_idle_worker_costs_little(database: db.Database) -> None:
    """Less than a twentieth of a core, the database's threads included."""
    with running(database, Noted()):
        time.sleep(0.2)
        before = time.process_time()
        time.sleep(1.0)
        assert time.process_time() - before < 0.05
