"""The scrub: reads what lies there and proves it again, because disks forget (registries.md 5.4).

What is not what it is called is moved aside and marked, under the lock of its digest and only while no good file is in
its place: from then on it is never served, and the next push of the same bytes heals it. A round that is interrupted
goes on where it was. Bytes are read at a bounded rate, so that pulls do not suffer.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from pratique.access.principal import SYSTEM
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import BlobUnknown, Corrupt
from pratique.events import Scrubbed
from pratique.jobs import publish
from pratique.oci.digest import Digest, algorithm_of, encoded_of, new_hasher
from pratique.registry.disposal import Disposal, Store
from pratique.registry.store import locks, scrubs
from pratique.registry.store.scrubs import BlobRow, Round

JOB = "registry.scrub"

PAGE = 20
"""Blobs between two records of how far a round is."""

READ_SIZE = 1024 * 1024
RATE = 64 * 1024 * 1024
"""Bytes a second, unless told otherwise."""

LISTED = 1_000
"""Digests that a round's record names, of either kind."""


class Health(StrEnum):
    """What the scrub found of a blob."""

    GOOD = "good"
    CORRUPT = "corrupt"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Damage:
    """A blob that can't be served."""

    digest: Digest
    health: Health


Tell = Callable[[Damage], None]


class Scrubber:
    """Reads every blob. `rate` in bytes a second, None: as fast as it goes; `stop` ends a run between two reads."""

    def __init__(
        self,
        database: Database,
        store: Store,
        clock: Clock,
        *,
        rate: int | None = RATE,
        stop: threading.Event | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._rate = rate
        self._stop = stop or threading.Event()
        self._disposal = Disposal(database, store)

    def run(self, tell: Tell | None = None) -> Round:
        """Begin a round, or go on with the one that was interrupted; how it stands. Raises Unavailable."""
        at = self._database.write(lambda tx: scrubs.current(tx, self._clock.now()))
        while not self._stop.is_set():
            with self._database.read() as tx:
                page = scrubs.page(tx, at.last, PAGE)
            if not page:
                return self._end(at)
            for row in page:
                health = self._check(row)
                if health is None:
                    break
                at = _after(at, row, health)
                if tell is not None and health is not Health.GOOD:
                    tell(Damage(row.digest, health))
            self._record(at)
        return at

    def _check(self, row: BlobRow) -> Health | None:
        """Read a blob and mark what was found. None: told to stop."""
        health = self._read(row)
        if health is Health.MISSING and self._disposal.bring_back([row.digest]):
            health = self._read(row)
        if health is Health.CORRUPT and not self._store.set_aside(row.digest):
            health = self._read(row)  # healed, or deleted, between the two looks
        if health is None or (health is Health.GOOD and not row.is_corrupt):
            return health
        is_damaged = self._database.write(lambda tx: self._mark(tx, row))
        return health if is_damaged else Health.GOOD

    def _mark(self, tx: Tx, row: BlobRow) -> bool:
        """Mark by what lies there now. Whether the blob is recorded and damaged."""
        locks.hold_digests(tx, [row.digest])
        is_damaged = self._store.stat(row.digest) != row.size
        changed = scrubs.mark(tx, row.digest, is_corrupt=is_damaged)
        return is_damaged and (changed or scrubs.is_marked(tx, row.digest))

    def _read(self, row: BlobRow) -> Health | None:
        hasher, size, begun = new_hasher(algorithm_of(row.digest)), 0, self._clock.monotonic()
        try:
            with self._store.open(row.digest) as source:
                while content := source.read(READ_SIZE):
                    if self._stop.is_set():
                        return None
                    hasher.update(content)
                    size += len(content)
                    self._pace(size, begun)
        except BlobUnknown:
            return Health.MISSING
        except Corrupt:
            return Health.CORRUPT
        return Health.GOOD if hasher.hexdigest() == encoded_of(row.digest) else Health.CORRUPT

    def _pace(self, size: int, begun: float) -> None:
        if self._rate is not None:
            ahead = size / self._rate - (self._clock.monotonic() - begun)
            if ahead > 0:
                self._stop.wait(ahead)

    def _record(self, at: Round) -> None:
        self._database.write(lambda tx: scrubs.advance(tx, at))

    def _end(self, at: Round) -> Round:
        ended = replace(at, ended_at=self._clock.now())

        def work(tx: Tx) -> None:
            scrubs.advance(tx, ended)
            publish(
                tx,
                Scrubbed(
                    actor=SYSTEM.name,
                    checked=ended.checked,
                    checked_bytes=ended.checked_bytes,
                    corrupt=ended.corrupt,
                    missing=ended.missing,
                ),
            )

        self._database.write(work)
        return ended


def _after(at: Round, row: BlobRow, health: Health) -> Round:
    corrupt, missing = at.corrupt, at.missing
    if health is Health.CORRUPT or (health is Health.MISSING and row.is_corrupt):
        corrupt = (*corrupt, row.digest)[:LISTED]
    elif health is Health.MISSING:
        missing = (*missing, row.digest)[:LISTED]
    return replace(
        at,
        last=row.digest,
        checked=at.checked + 1,
        checked_bytes=at.checked_bytes + row.size,
        corrupt=corrupt,
        missing=missing,
    )
