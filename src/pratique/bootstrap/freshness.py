"""Nothing held in memory is answered from before it has been compared with the database (design, wall 7).

One number, published by every writer of the machine, says whether anything changed; the lease says whether that number
can be believed. Between the two look-ups no system call is made.
"""

import threading
from collections.abc import Callable, Sequence

from pratique.db import Database, Watch
from pratique.errors import Unavailable

Forget = Callable[[frozenset[str] | None, int], None]
"""Drop what is held of the touched scopes (None: of everything), up to the change of that number."""


class Freshness:
    """Keeps what a process holds in step with what is committed."""

    def __init__(self, database: Database, watch: Watch, listeners: Sequence[Forget]) -> None:
        self._database = database
        self._watch = watch
        self._listeners = listeners
        self._seen = database.changed()
        self._catching_up = threading.Lock()

    def is_current(self) -> bool:
        """Whether what is held may be answered from now. Never blocks."""
        return self._database.changed() == self._seen and self._watch.lease_is_alive()

    def noted(self) -> int:
        """The number of the last change that was applied: to be noted before reading what will be held."""
        return self._seen

    def catch_up(self) -> None:
        """Apply what was committed since the last look. May read the database. Raises Unavailable."""
        if self.is_current():
            return
        with self._catching_up:
            if not self._watch.lease_is_alive() and not self._watch.poll():
                raise Unavailable("the database can't be reached; try again in a moment")
            if self._database.changed() == self._seen:
                return
            number, scopes = self._database.changes_since(self._seen)
            for forget in self._listeners:
                forget(scopes, number)
            self._seen = number
