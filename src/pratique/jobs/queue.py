"""Later work, kept in the same database as what it is about.

A job is enqueued in the caller's transaction, claimed by a worker under a lease, and deleted when it was
done. It runs at least once: a worker that dies, or loses its lease, leaves its job to another, so handlers
must bear to run twice. A job that fails runs again later and later, and after `MAX_ATTEMPTS` waits among the
dead letters.
"""

import json
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from pratique.clock import HOUR, SECOND, Clock, Moment
from pratique.db import Database, Tx, UniqueViolation
from pratique.errors import NotFound
from pratique.events import JobDied
from pratique.jobs import store
from pratique.jobs.outbox import publish

SCOPE: Final = "jobs"
"""Touched by whoever enqueues, so that workers of this machine look at once."""

MAX_ATTEMPTS: Final = 12
"""With the back-off below a job is tried for about two hours."""

LEASE: Final = 30 * SECOND
FIRST_BACK_OFF: Final = SECOND
LONGEST_BACK_OFF: Final = HOUR
MAX_ERROR: Final = 2_000
"""Characters of an error that are kept."""


class Handler(Protocol):
    """Does one kind of work. What it raises makes the job run again later."""

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Do the work that `payload` describes; it may have been done before."""
        ...


class Job(NamedTuple):
    """A claimed job."""

    id: int
    kind: str
    payload: str
    attempts: int
    priority: int
    run_at: int


class DeadJob(NamedTuple):
    """A job that has failed for good."""

    id: int
    kind: str
    payload: str
    attempts: int
    run_at: int
    last_error: str


def enqueue(
    tx: Tx,
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    run_at: Moment | None = None,
    priority: int = 0,
) -> None:
    """Have `payload` (JSON values) handled by the handler of `kind` after this transaction has committed.

    A waiting job of the same kind and `dedupe_key` is given the new payload, the earlier `run_at` and the
    higher priority instead; one that is claimed already is not, since it may not see what this transaction
    writes.
    """
    tx.change(
        store.ENQUEUE,
        kind=kind,
        payload=json.dumps(payload),
        priority=priority,
        run_at=tx.now() if run_at is None else run_at,
        dedupe_key=dedupe_key,
    )
    tx.touch(SCOPE)


def waiting(tx: Tx, kind: str, prefix: str, most: int) -> int:
    """How many jobs of a kind wait whose keys begin with `prefix`, which is ASCII and not empty; `most` are counted."""
    beyond = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return int(tx.rows(store.WAITING, kind=kind, first=prefix, beyond=beyond, most=most)[0][0])


def dead(tx: Tx, *, limit: int = 100, offset: int = 0) -> list[DeadJob]:
    """Jobs that have failed for good, the last first."""
    return [DeadJob(*row) for row in tx.rows(store.DEAD_JOBS, most=limit, skipped=offset)]


def dead_job(tx: Tx, job_id: int) -> Mapping[str, Any] | None:
    """What a job was told that has failed for good; None: it was let run again, or is gone."""
    row = tx.row(store.DEAD_PAYLOAD, job_id=job_id)
    found: Mapping[str, Any] | None = None if row is None else json.loads(row[0])
    return found


def retry(tx: Tx, job_id: int) -> None:
    """Let a dead job run again from its first attempt. Raises NotFound."""
    if tx.change(store.DROP_DEAD_WITH_TWIN, job_id=job_id) == 0:
        if tx.change(store.REVIVE, job_id=job_id, at=tx.now()) == 0:
            raise NotFound(f"There is no dead job {job_id}.")
        tx.touch(SCOPE)


def counts(tx: Tx) -> dict[str, int]:
    """How many jobs are `ready`, `claimed` and `dead`."""
    return {store.READY: 0, store.CLAIMED: 0, store.DEAD: 0} | dict(tx.rows(store.COUNTS))


class JobStanding(NamedTuple):
    """Where a job is: `ready`, `claimed` or `dead`, and what its last try ended with ("" where it has not failed)."""

    state: str
    last_error: str


def standings(tx: Tx, kind: str, dedupe_keys: Collection[str]) -> dict[str, JobStanding]:
    """Where the jobs with these keys are; what has none is not named. Of several that which runs, then what waits."""
    return {
        key: JobStanding(state, error)
        for state, statement in store.OF_STATE.items()
        for key, error in tx.rows(statement, kind=kind, keys=list(dedupe_keys))
    }


def withdraw(tx: Tx, kind: str, dedupe_keys: Collection[str], *, priority: int) -> int:
    """Have waiting jobs not be run, as far as nobody asked for them with a higher priority; how many."""
    return tx.change(store.WITHDRAW, kind=kind, keys=list(dedupe_keys), most=priority)


class Claims:
    """What one worker does with the queue, in short transactions of its own."""

    def __init__(self, database: Database, clock: Clock, worker: str, kinds: Sequence[str]) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self._kinds = list(kinds)

    def is_any_due(self) -> bool:
        """Whether `claim` may find something. Reads only: an idle worker never takes the write lock."""
        with self._database.read() as tx:
            return bool(tx.rows(store.IS_ANY_DUE, now=self._clock.now(), kinds=self._kinds)[0][0])

    def next_run(self) -> Moment | None:
        """When the earliest waiting job is due."""
        with self._database.read() as tx:
            next_run: Moment | None = tx.rows(store.NEXT_RUN, kinds=self._kinds)[0][0]
        return next_run

    def claim(self, most: int) -> list[Job]:
        """Up to `most` jobs: first those whose workers have lost their lease, then by priority and time."""
        now = self._clock.now()
        params = {"now": now, "until": now + LEASE, "by": self._worker, "kinds": self._kinds}

        def work(tx: Tx) -> list[Job]:
            _commit_lazily(tx)
            rows = tx.rows(store.CLAIM_OVERDUE, most=most, **params)
            if len(rows) < most:
                rows += tx.rows(store.CLAIM_DUE, most=most - len(rows), **params)
            return sorted((Job(*row) for row in rows), key=lambda j: (-j.priority, j.run_at, j.id))

        return self._database.write(work)

    def heartbeat(self, job_ids: Collection[int]) -> int:
        """Keep the lease of `job_ids` for another `LEASE`; how many are still ours."""
        until = self._clock.now() + LEASE

        def work(tx: Tx) -> int:
            _commit_lazily(tx)
            return tx.change(store.HEARTBEAT, job_ids=list(job_ids), by=self._worker, until=until)

        return self._database.write(work)

    def finish(self, done: Job) -> bool:
        """Delete a job that was done; False when another worker has taken it over meanwhile."""
        return self._database.write(lambda tx: tx.change(store.FINISH, job_id=done.id, by=self._worker)) == 1

    def release(self, unstarted: Job) -> None:
        """Give back a job that was not begun, for whoever is free."""
        self._put_back(unstarted, at=Moment(unstarted.run_at), untried=1, error=None)

    def fail(self, failed: Job, error: str) -> None:
        """Let a job run again later, or bury it after `MAX_ATTEMPTS` and publish `JobDied`."""
        error = error[:MAX_ERROR]
        if failed.attempts >= MAX_ATTEMPTS:
            self._database.write(lambda tx: self._bury(tx, failed, error))
        else:
            at = Moment(self._clock.now() + back_off(failed.attempts))
            self._put_back(failed, at=at, untried=0, error=error)

    def _bury(self, tx: Tx, failed: Job, error: str) -> None:
        if tx.change(store.BURY, job_id=failed.id, by=self._worker, error=error):
            publish(tx, JobDied(actor="pratique", job_id=failed.id, job=failed.kind, error=error))

    def _put_back(self, job: Job, *, at: Moment, untried: int, error: str | None) -> None:
        def work(tx: Tx) -> None:
            mine = {"job_id": job.id, "by": self._worker}
            if tx.change(store.YIELD_TO_TWIN, **mine) == 0:
                tx.change(store.PUT_BACK, **mine, at=at, untried=untried, error=error)
            tx.touch(SCOPE)

        _again_when_overtaken(lambda: self._database.write(work))


def back_off(attempts: int) -> int:
    """Microseconds until the next try: doubled each time up to `LONGEST_BACK_OFF`, spread by half either way."""
    longest = min(FIRST_BACK_OFF * 2 ** (attempts - 1), LONGEST_BACK_OFF)
    return int(longest * random.SystemRandom().uniform(0.5, 1.5))


def _again_when_overtaken(write: Callable[[], None]) -> None:
    """On PostgreSQL a twin may come between the look for one and the update: the second look sees it."""
    try:
        write()
    except UniqueViolation:
        write()


def _commit_lazily(tx: Tx) -> None:
    if tx.dialect == "postgresql":
        tx.change(store.LAZY_COMMIT)
