"""Scans that nobody takes further: their job has failed too often, or took the worker with it each time.

They end as errors, as every other failure of a scan does; else they would look for ever as if they went on.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pratique import jobs
from pratique.access import SYSTEM
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import NotFound
from pratique.policy.refusal import clean
from pratique.scanners.registrations import Registrations
from pratique.scanners.scans import SCAN, end, key_of
from pratique.scanners.store import scans as store
from pratique.scanners.values import Registration, Scan, ScanState

END_ABANDONED: Final = "scanners.end_abandoned"
"""The job that looks for them: payload {"after"}."""
PAGE: Final = 200
PROBLEM_LIMIT: Final = 300


class Abandoned:
    """Handles the job above; may run twice."""

    def __init__(self, database: Database, registrations: Registrations, clock: Clock) -> None:
        self._database = database
        self._registrations = registrations
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Look at all scans that go on."""
        after: int | None = int(payload.get("after", 0))
        while after is not None:
            after = self._database.write(partial(self._page, after))

    def _page(self, after: int, tx: Tx) -> int | None:
        page = store.going_on(tx, after, PAGE)
        known = jobs.standings(tx, SCAN, [key_of(scan) for _, scan in page])
        for _, scan in page:
            standing = known.get(key_of(scan))
            if standing is None or standing.state == "dead":
                self._end(tx, scan, "" if standing is None else standing.last_error)
        return page[-1][0] if len(page) == PAGE else None

    def _end(self, tx: Tx, scan: Scan, error: str) -> None:
        why = clean(error)[:PROBLEM_LIMIT] or "nobody asks the scanner any more"
        said = f"the registry could not go on with the scan: {why}"
        ended = replace(scan, state=ScanState.ERROR, ended_at=self._clock.now(), problem=said)
        try:
            scanner = self._registrations.get(tx, scan.scanner)
        except NotFound:
            scanner = Registration(scan.scanner, scan.scanner, "")
        end(tx, ended, scanner, actor=SYSTEM.name)
