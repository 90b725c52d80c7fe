"""What a serving process says at `/metrics` beside its requests: what happened in the house, and what waits.

Facts are counted as they stand in the outbox, whichever process has made them: the worker, `pratique gc`, another
server. So nothing has to be measured inside transactions, which may run twice.
"""

import shutil
from pathlib import Path
from typing import Final

import msgspec

from pratique import __version__, events
from pratique.bootstrap.house import House
from pratique.db import Database
from pratique.errors import Unavailable
from pratique.inventory.recording import Recording
from pratique.jobs import OutboxRow, counts, last_published, published_after
from pratique.registry.store import uploads
from pratique.telemetry import Metrics
from pratique.telemetry.table import (
    BUILD,
    COLLECTED_BYTES,
    CORRUPT_BLOBS,
    EVENTS,
    FOREIGN_SCANS,
    FREE_BYTES,
    JOBS,
    OLD_CONTENTS,
    OPEN_UPLOADS,
    VERDICTS,
)

ROWS_AT_ONCE: Final = 1_000
"""Facts read in one transaction."""


class Measurements:
    """Brings up to date, whenever metrics are rendered, what is known only by looking."""

    def __init__(self, database: Database, recording: Recording, directory: Path, metrics: Metrics) -> None:
        self._database = database
        self._recording = recording
        self._metrics = metrics
        with database.read() as tx:
            self._position = last_published(tx)
        metrics.set(BUILD, 1, version=__version__)
        metrics.watch(FREE_BYTES, lambda: float(shutil.disk_usage(directory).free))
        metrics.before_rendering(self.look)

    def look(self) -> None:
        """Count the facts since the last time, and look at jobs and uploads.

        While the database is out of reach, what was known stays: metrics are most wanted then.
        """
        try:
            while self._count_facts():
                pass
            with self._database.read() as tx:
                jobs, open_uploads = counts(tx), uploads.count_all(tx)
                old = self._recording.count_of_other_readers(tx)
        except Unavailable:
            return
        for state, number in jobs.items():
            self._metrics.set(JOBS, number, state=state)
        self._metrics.set(OPEN_UPLOADS, open_uploads)
        self._metrics.set(OLD_CONTENTS, old)

    def _count_facts(self) -> bool:
        """Count some; whether there may be more."""
        with self._database.read() as tx:
            rows = published_after(tx, self._position, ROWS_AT_ONCE)
        for row in rows:
            self._position = row.id
            self._count(row)
        return len(rows) == ROWS_AT_ONCE

    def _count(self, row: OutboxRow) -> None:
        self._metrics.count(EVENTS, kind=row.kind)
        try:
            fact = row.event()
        except msgspec.ValidationError:  # of a newer version, which runs beside this one
            return
        match fact:
            case events.VerdictChanged():
                self._metrics.count(VERDICTS, state=fact.state)
            case events.ForeignScanEnded():
                self._metrics.count(FOREIGN_SCANS, state=fact.state)
            case events.GarbageCollected() if not fact.is_dry_run:
                self._metrics.count(COLLECTED_BYTES, fact.freed_bytes)
            case events.Scrubbed():
                self._metrics.count(CORRUPT_BLOBS, len(fact.corrupt))


def measure(house: House, metrics: Metrics) -> Measurements:
    """Begin to measure a house."""
    return Measurements(house.stores.database, house.court.recording, house.stores.directory, metrics)
