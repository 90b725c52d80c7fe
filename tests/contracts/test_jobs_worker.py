"""A worker at work, in threads and real time."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from tests.contracts.work import Noted, counts, enqueue
from tests.waiting import eventually

from pratique import db, events, jobs
from pratique.clock import SECOND, Moment, SystemClock
from pratique.jobs import Pace, store
from pratique.jobs.outbox import Advancing

LONG = 20.0
RARE_LOOKS = Pace(look=10 * LONG)
"""Without looks at regular times only the map can wake a worker."""
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
    database: db.Database,
    handler: jobs.Handler,
    *,
    feeds: Sequence[Advancing] = (),
    signs: Sequence[Callable[[], object]] = (),
    threads: int = 1,
    pace: Pace | None = None,
) -> Iterator[threading.Event]:
    """A worker in a thread, stopped and waited for at the end."""
    stop = threading.Event()
    worker = jobs.Worker(
        database, {"note": handler}, SystemClock(), feeds=feeds, signs=signs, threads=threads, pace=pace
    )
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(LONG)
    assert not thread.is_alive()


def test_enqueueing_wakes_the_worker(database: db.Database) -> None:
    noted = Noted()
    with running(database, noted, pace=RARE_LOOKS):
        for _ in range(5):
            enqueue(database, len(noted.payloads))
            eventually(lambda: sum(counts(database).values()) == 0)
    assert noted.numbers == [0, 1, 2, 3, 4]


def test_a_due_time_wakes_the_worker(database: db.Database) -> None:
    noted = Noted()
    with running(database, noted, pace=RARE_LOOKS):
        due = Moment(SystemClock().now() + SECOND // 4)
        enqueue(database, 1, run_at=due)
        eventually(lambda: noted.numbers == [1])
        assert SystemClock().now() >= due


def test_a_sign_wakes_the_worker(database: db.Database) -> None:
    """Whatever it is that a feed looks after: nothing was committed."""
    sign, moved = [0], list[int]()

    class Watching:
        name = "watching"

        def advance(self) -> int:
            moved.append(sign[0])
            return 0

    with running(database, Noted(), feeds=[Watching()], signs=[lambda: sign[0]], pace=RARE_LOOKS):
        eventually(lambda: moved == [0])
        sign[0] = 1
        eventually(lambda: moved == [0, 1])


def test_more_jobs_than_are_claimed_at_once(database: db.Database) -> None:
    noted = Noted()
    enqueue(database, *range(45))
    with running(database, noted, threads=3, pace=RARE_LOOKS):
        eventually(lambda: sum(counts(database).values()) == 0)
    assert sorted(noted.numbers) == list(range(45))


def test_stopping_waits_for_what_runs_and_gives_back_the_rest(database: db.Database) -> None:
    held = Held()
    enqueue(database, *range(5))
    with running(database, held) as stop:
        assert held.begun.acquire(timeout=LONG)
        stop.set()
        eventually(lambda: counts(database) == {"ready": 4, "claimed": 1, "dead": 0})
        held.let_go.set()
    assert held.noted.numbers == [0]
    assert counts(database) == {"ready": 4, "claimed": 0, "dead": 0}


def test_a_worker_that_is_held_up_leaves_jobs_to_others(database: db.Database) -> None:
    held, free = Held(), Noted()
    enqueue(database, *range(5))
    with running(database, held, pace=Pace(hold=0.05)):
        assert held.begun.acquire(timeout=LONG)
        with running(database, free):
            eventually(lambda: len(free.payloads) == 4)
        held.let_go.set()
    assert free.numbers == [1, 2, 3, 4]
    assert held.noted.numbers == [0]


def test_leases_are_kept_while_a_job_runs(database: db.Database) -> None:
    held = Held()
    leases: set[int] = set()

    def has_moved_twice() -> bool:
        with database.read() as tx:
            leases.update(until for (until,) in tx.rows(LEASES))
        return len(leases) > 3

    enqueue(database, 1)
    with running(database, held, pace=Pace(heartbeat=0.01)):
        assert held.begun.acquire(timeout=LONG)
        eventually(has_moved_twice)
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
        eventually(lambda: noted.numbers == [1] and bool(heard))
    assert set(heard) == {"user_deleted"}


class Asked(db.TimedDatabase):
    """Counts the transactions that read."""

    def __init__(self, database: db.Database) -> None:
        super().__init__(database, SystemClock(), lambda _seconds: None)
        self.reads = 0

    def read(self) -> contextlib.AbstractContextManager[db.Tx]:
        self.reads += 1
        return super().read()


class StopAfter(threading.Event):
    """Set by the worker's own waiting, after so many rounds and without a pause."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self._left = rounds

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


def test_an_idle_worker_asks_the_database_nothing(database: db.Database) -> None:
    """It looks at the map of changes, which costs no transaction."""

    def transactions(rounds: int) -> int:
        asked = Asked(database)
        jobs.Worker(asked, {"note": Noted()}, SystemClock(), pace=RARE_LOOKS).run(StopAfter(rounds))
        return asked.reads

    assert 1 <= transactions(1_000) == transactions(1)
