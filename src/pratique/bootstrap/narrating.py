"""What upkeep did, in the log of a worker: read from the outbox, so that `pratique gc` and `scrub` are heard too."""

from collections.abc import Sequence

import msgspec

from pratique import events
from pratique.db import Tx
from pratique.jobs import OutboxRow
from pratique.telemetry import Log
from pratique.telemetry.lines import COLLECTED, CORRUPT, SCRUBBED, TOO_LARGE


class UpkeepNarrator:
    """A consumer of the outbox that only writes log lines."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def consume(self, _tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """Tell what is worth a line."""
        for row in rows:
            try:
                self._tell(row.event())
            except msgspec.ValidationError:  # of a newer version, which runs beside this one
                continue

    def _tell(self, fact: events.Event) -> None:
        match fact:
            case events.GarbageCollected() if not fact.is_dry_run:
                self._log.write(
                    COLLECTED, blobs=fact.blobs, manifests=fact.manifests, freed_bytes=fact.freed_bytes
                )
            case events.AttestationTooLarge():
                self._log.write(
                    TOO_LARGE,
                    repository=fact.repository,
                    digest=fact.digest,
                    form=fact.form,
                    size=fact.size,
                    limit=fact.limit,
                )
            case events.Scrubbed():
                self._log.write(SCRUBBED, checked=fact.checked, checked_bytes=fact.checked_bytes)
                for digest in (*fact.corrupt, *fact.missing):
                    self._log.write(CORRUPT, digest=digest)
