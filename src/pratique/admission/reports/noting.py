"""Notes that scans are over: those that somebody asked for, and those of the round that goes on."""

from collections.abc import Mapping
from typing import Any

from pratique.admission.store import scans as store
from pratique.admission.store.scans import Target
from pratique.clock import Clock
from pratique.db import Database
from pratique.jobs import Handler


class Noting:
    """Handles examinations by `examine`. What was asked for is noted as done once that has returned."""

    def __init__(self, database: Database, examine: Handler, clock: Clock) -> None:
        self._database = database
        self._examine = examine
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Examine an image. What nobody asked for costs one look."""
        self._examine(payload)
        target = Target(int(payload["project_id"]), str(payload["digest"]))
        with self._database.read() as tx:
            is_awaited = store.is_awaited(tx, target)
        if is_awaited:
            at = self._clock.now()
            self._database.write(lambda tx: store.done(tx, target, at))
