"""Pulls, counted in memory and written in batches: no write per read (zot and harbor both got this wrong).

What a killed process had counted and not written is lost; a pull count is a help for people and no evidence.
"""

import threading
from collections import Counter
from typing import Final

from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.registry.store import manifests, repositories

ENTRIES_LIMIT: Final = 100_000
"""Manifests whose pulls are held; beyond, only the repository's count goes on until the next flush."""


class Tally:
    """Counts pulls of manifests. `count` is called for every answer of the warm path and must cost next to nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pulls: Counter[int] = Counter()
        self._last: set[int] = set()
        self._lock = threading.Lock()

    def count(self, repository_id: int, manifest_id: int) -> None:
        """A manifest went out by GET."""
        self._pulls[repository_id] += 1
        if len(self._last) < ENTRIES_LIMIT:
            self._last.add(manifest_id)

    def flush(self) -> int:
        """Write what was counted; the number of pulls. Raises Unavailable, and then keeps them."""
        with self._lock:
            pulls, self._pulls = self._pulls, Counter()
            last, self._last = self._last, set()
        if not pulls:
            return 0
        now = self._clock.now()
        try:
            self._database.write(lambda tx: _write(tx, pulls, last, now))
        except BaseException:
            self._pulls.update(pulls)
            self._last |= last
            raise
        return pulls.total()


def _write(tx: Tx, pulls: Counter[int], last: set[int], now: Moment) -> None:
    for repository_id, number in pulls.items():
        repositories.count_pulls(tx, repository_id, number)
    manifests.pulled(tx, dict.fromkeys(last, now))
