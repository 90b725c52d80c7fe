"""What jobs in tests do."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from pratique import db, jobs
from pratique.jobs.queue import Claims, Job


class Noted:
    """A handler that notes what it was given, and fails while `is_failing`."""

    def __init__(self) -> None:
        self.payloads: list[Mapping[str, Any]] = []
        self.is_failing = False
        self._lock = threading.Lock()

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        with self._lock:
            self.payloads.append(payload)
        if self.is_failing:
            raise LookupError("not today")

    @property
    def numbers(self) -> list[int]:
        return [payload["n"] for payload in self.payloads]


def enqueue(database: db.Database, *numbers: int, **options: Any) -> None:
    """One job of kind `note` for each of `numbers`, in one transaction."""

    def work(tx: db.Tx) -> None:
        for number in numbers:
            jobs.enqueue(tx, "note", {"n": number}, **options)

    database.write(work)


def counts(database: db.Database) -> dict[str, int]:
    with database.read() as tx:
        return jobs.counts(tx)


def drain(claims: Claims, most: int, finish: Callable[[Job], object]) -> list[int]:
    """Claim and finish until nothing is due; the numbers of the jobs."""
    got: list[int] = []
    while batch := claims.claim(most):
        got += [job.id for job in batch]
        for job in batch:
            finish(job)
    return got
