"""Garbage collection, while pushes go on: what nothing keeps is condemned, deleted after a grace, unlinked later still.

What keeps: both sides of every tag and the entries between them, all manifests that no tag holds unless it is asked to
delete those, an index for its children, a subject for what refers to it, a manifest for its blobs, and a lease for
what nothing names yet. No grace shortens a lease. Every deletion decides by its own WHERE, under the locks that pushes
take (`disposal`), so that runs may overlap with pushes and with each other, in this or another process; killed, a run
leaves garbage and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pratique.access.principal import SYSTEM
from pratique.clock import HOUR, SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.events import GarbageCollected
from pratique.jobs import publish
from pratique.registry.rehearse import Rehearsal
from pratique.registry.store import runs
from pratique.registry.store.runs import LOG_LIMIT, Run, Status
from pratique.registry.sweep import Gone, Sweep, Terms, What

JOB: Final = "registry.collect"

SILENT_FOR: Final = HOUR
"""A run that has recorded nothing for so long was killed."""


@dataclass(slots=True)
class Counts:
    """What a run has deleted, or would have. `freed_bytes` are those of blobs and files, once the trash is empty."""

    manifests: int = 0
    links: int = 0
    blobs: int = 0
    files: int = 0
    uploads: int = 0
    freed_bytes: int = 0
    emptied_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went."""

    run_id: int
    status: Status
    counts: Counts


@dataclass(slots=True)
class _Ledger:
    """What a run writes down, a line for each thing that went."""

    counts: Counts = field(default_factory=Counts)
    lines: list[str] = field(default_factory=list)
    room: int = LOG_LIMIT

    def enter(self, gone: Gone) -> None:
        counts = self.counts
        match gone.what:
            case What.MANIFEST:
                counts.manifests += 1
            case What.LINK:
                counts.links += 1
            case What.BLOB:
                counts.blobs += 1
            case What.FILE:
                counts.files += 1
            case What.UPLOAD:
                counts.uploads += 1
            case What.TRASH:
                counts.emptied_bytes += gone.size
        if gone.what in {What.BLOB, What.FILE}:
            counts.freed_bytes += gone.size
        line = gone.line()
        if self.room >= len(line):
            self.lines.append(line)
        self.room -= len(line) + 1

    @property
    def log(self) -> str:
        return "\n".join(self.lines) + ("\n… and more, see the counts" if self.room < 0 else "")


Tell = Callable[[Gone], None]


class Collector:
    """Runs garbage collection and keeps its history."""

    def __init__(self, database: Database, sweep: Sweep, rehearsal: Rehearsal, clock: Clock) -> None:
        self._database = database
        self._sweep = sweep
        self._rehearsal = rehearsal
        self._clock = clock

    def run(self, terms: Terms, tell: Tell | None = None) -> Outcome:
        """Collect garbage, or say what would go. `tell` hears of each thing as it goes."""
        now = self._clock.now()
        run_id = self._database.write(lambda tx: self._start(tx, terms, now))
        ledger = _Ledger()
        try:
            source = self._rehearsal if terms.is_dry_run else self._sweep
            status = self._follow(run_id, source.steps(terms, now), ledger, tell)
        except BaseException as failure:
            # Whatever it was, the history says that this run has not ended well.
            ledger.lines.append(f"failed: {failure}")
            self._finish(run_id, Status.ERROR, ledger, terms)
            raise
        self._finish(run_id, status, ledger, terms)
        return Outcome(run_id, status, ledger.counts)

    def history(self) -> list[Run]:
        """The runs that are kept, the newest first."""
        with self._database.read() as tx:
            return runs.listed(tx)

    def get(self, run_id: int) -> Run | None:
        """One run."""
        with self._database.read() as tx:
            return runs.get(tx, run_id)

    def log(self, run_id: int) -> str | None:
        """What a run has deleted, line by line; None: no such run."""
        with self._database.read() as tx:
            return runs.log_of(tx, run_id)

    def stop(self, run_id: int) -> bool:
        """Ask a run, in whatever process, to stop after its batch. False: it is not running."""
        return self._database.write(lambda tx: runs.ask_stop(tx, run_id))

    def _start(self, tx: Tx, terms: Terms, now: Moment) -> int:
        runs.lose(tx, Moment(now - SILENT_FOR))
        return runs.start(tx, terms.as_parameters(), now)

    def _follow(
        self, run_id: int, steps: Iterable[Sequence[Gone]], ledger: _Ledger, tell: Tell | None
    ) -> Status:
        for step in steps:
            for gone in step:
                ledger.enter(gone)
                if tell is not None:
                    tell(gone)
            if self._proceed(run_id, ledger):
                return Status.STOPPED
        return Status.SUCCESS

    def _proceed(self, run_id: int, ledger: _Ledger) -> bool:
        counts, now = asdict(ledger.counts), self._clock.now()
        return self._database.write(lambda tx: runs.proceed(tx, run_id, counts, now))

    def _finish(self, run_id: int, status: Status, ledger: _Ledger, terms: Terms) -> None:
        counts, now = ledger.counts, self._clock.now()

        def work(tx: Tx) -> None:
            runs.finish(tx, run_id, status, asdict(counts), ledger.log, now)
            publish(
                tx,
                GarbageCollected(
                    actor=SYSTEM.name,
                    blobs=counts.blobs,
                    manifests=counts.manifests,
                    freed_bytes=counts.freed_bytes,
                    is_dry_run=terms.is_dry_run,
                ),
            )

        self._database.write(work)


class CollectJob:
    """The handler of `JOB`. Payload: `delete_untagged`, `dry_run`, `grace` (seconds); what is absent is as set."""

    def __init__(self, collector: Collector, *, grace: int, inspection: int) -> None:
        self._collector = collector
        self._grace = grace
        self._inspection = inspection

    def __call__(self, payload: Mapping[str, Any]) -> None:
        """Run it; how it went stands in the history."""
        grace = int(payload["grace"]) * SECOND if "grace" in payload else self._grace
        self._collector.run(
            Terms(
                grace=grace,
                undo=max(grace, self._grace),
                inspection=self._inspection,
                delete_untagged=bool(payload.get("delete_untagged", False)),
                is_dry_run=bool(payload.get("dry_run", False)),
            )
        )
