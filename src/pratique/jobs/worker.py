"""Runs jobs and feeds: in a child process of the server, or alone on any number of machines."""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.clock import SECOND, Clock
from pratique.db import Database
from pratique.errors import Unavailable
from pratique.jobs.crew import Crew
from pratique.jobs.outbox import BATCH, Advancing
from pratique.jobs.queue import LEASE, MAX_ATTEMPTS, Claims, Handler, Job
from pratique.telemetry import Log, open_log
from pratique.telemetry.lines import FEED_FAILED, JOB_DEAD, JOB_FAILED, JOB_RESULT_LOST, WORKER_WAITS

CLAIMED_AT_ONCE: Final = 10
POLL_SECONDS: Final = 0.01
"""How often an idle worker compares the number of the last change: a memory access, no query."""

DIED: Final = "The worker died each time it ran this job."
"""What a dead job says that nobody has lived to tell of."""
UNAVAILABLE_SECONDS: Final = 2.0
"""The pause after the database could not be used."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between what a worker does by itself.

    `look`: into the tables though nothing was published (lost leases, other machines). `heartbeat`: of leases that are
    kept. `hold`: until a claimed job that no thread has begun is given back.
    """

    look: float = 1.0
    heartbeat: float = LEASE / SECOND / 3
    hold: float = 1.0


class Worker:
    """Claims jobs of the kinds in `handlers` and runs them in `threads` threads; moves `feeds` forward.

    `signs` say by another value that feeds may have something to do though nothing was committed (a file's stamp). They
    are asked whenever an idle worker looks up, so they cost next to nothing.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        feeds: Sequence[Advancing] = (),
        signs: Sequence[Callable[[], object]] = (),
        threads: int = 2,
        log: Log | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._pace = pace or Pace()
        self._log = log or open_log()
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._feeds = feeds
        self._signs = signs
        self._threads = threads
        # Unique per worker, so that whoever lost a lease can't finish what another has taken over.
        self.name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self._claims = Claims(database, clock, self.name, sorted(handlers))

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then give back what has not begun and wait for what runs."""
        seen: tuple[object, ...] = ()
        look_at = 0.0
        with self._crew() as crew:
            while not stop.is_set():
                signs = (self._database.changed(), *(sign() for sign in self._signs))
                now = self._clock.monotonic()
                if signs != seen or now >= look_at:
                    seen = signs
                    look_at = now + self._look(crew)
                self._release(crew.take_back())
                stop.wait(POLL_SECONDS)

    def run_pending(self) -> int:
        """Run everything that is due now, in this thread; how many jobs were run."""
        count = 0
        while True:
            moved = sum(feed.advance() for feed in self._feeds)
            jobs = self._claims.claim(CLAIMED_AT_ONCE)
            for job in jobs:
                self._run_job(job)
            count += len(jobs)
            if not moved and not jobs:
                return count

    def _look(self, crew: Crew) -> float:
        """Move feeds, claim jobs; seconds until the next look is needed at the latest."""
        try:
            has_more = [self._advance(feed) for feed in self._feeds]
            if crew.has_room() and self._claims.is_any_due():
                crew.add(self._claims.claim(CLAIMED_AT_ONCE))
                return 0.0
            if any(has_more) or not crew.has_room():
                return POLL_SECONDS
            next_run = self._claims.next_run()
        except Unavailable as failure:
            self._log.write(WORKER_WAITS, problem=failure.message)
            return UNAVAILABLE_SECONDS
        if next_run is None:
            return self._pace.look
        return min(self._pace.look, max(0.0, (next_run - self._clock.now()) / SECOND))

    def _advance(self, feed: Advancing) -> bool:
        """Move one feed; whether there is more. One that fails stays where it is and stops nothing else."""
        try:
            return feed.advance() >= BATCH
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 - a consumer's mistake must not stop jobs and other feeds
            self._log.fail(FEED_FAILED, failure, feed=feed.name)
            return False

    def _run_job(self, job: Job) -> None:
        """Run one job and write down how it went. Never raises: a result that is lost is run again later."""
        try:
            died = job.attempts > MAX_ATTEMPTS
            error = DIED if died else self._handle(job)
            if error is None:
                self._claims.finish(job)
                return
            self._claims.fail(job, error)
            if job.attempts >= MAX_ATTEMPTS:
                self._log.write(JOB_DEAD, kind=job.kind, job=job.id)
        except Exception as failure:  # noqa: BLE001 - the job's lease ends, and another run records the result
            self._log.fail(JOB_RESULT_LOST, failure, kind=job.kind, job=job.id)

    def _handle(self, job: Job) -> str | None:
        """What went wrong, or None."""
        try:
            self._handlers[job.kind](json.loads(job.payload))
        except Exception as failure:  # noqa: BLE001 - whatever a handler raises belongs to its job
            self._log.fail(JOB_FAILED, failure, kind=job.kind, job=job.id, attempt=job.attempts)
            return f"{type(failure).__name__}: {failure}"
        return None

    @contextlib.contextmanager
    def _crew(self) -> Iterator[Crew]:
        """Threads for jobs, and one that keeps their leases until the last has ended."""
        crew = Crew(self._threads, self._run_job, self._pace.hold)
        is_over = threading.Event()
        heart = threading.Thread(target=self._beat, args=(crew, is_over), name="job-heartbeat")
        heart.start()
        try:
            yield crew
        finally:
            self._release(crew.take_back(at_once=True))
            crew.stop()
            is_over.set()
            heart.join()

    def _release(self, unstarted: Sequence[Job]) -> None:
        for job in unstarted:
            with contextlib.suppress(Unavailable):  # then its lease ends
                self._claims.release(job)

    def _beat(self, crew: Crew, is_over: threading.Event) -> None:
        while not is_over.wait(self._pace.heartbeat):
            held = crew.held()
            if held:
                with contextlib.suppress(Unavailable):  # the next beat may reach it; else the lease ends
                    self._claims.heartbeat(held)
