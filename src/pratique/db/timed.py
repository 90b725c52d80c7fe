"""A database whose writing transactions are timed, for whoever measures."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from pratique.clock import Clock
from pratique.db.database import Database
from pratique.db.tx import Tx
from pratique.db.watch import Watch

T = TypeVar("T")


class TimedDatabase:
    """A `Database` that tells `observe` the seconds of each `write`, however it ends."""

    def __init__(self, database: Database, clock: Clock, observe: Callable[[float], None]) -> None:
        self._database = database
        self._clock = clock
        self._observe = observe
        # Asked for every warm answer: no call in between.
        self.changed: Callable[[], int] = database.changed

    @property
    def dialect(self) -> str:
        """See `Database.dialect`."""
        return self._database.dialect

    def read(self) -> AbstractContextManager[Tx]:
        """See `Database.read`."""
        return self._database.read()

    def write(self, work: Callable[[Tx], T]) -> T:
        """See `Database.write`."""
        began = self._clock.monotonic()
        try:
            return self._database.write(work)
        finally:
            self._observe(self._clock.monotonic() - began)

    def changes_since(self, number: int) -> tuple[int, frozenset[str] | None]:
        """See `Database.changes_since`."""
        return self._database.changes_since(number)

    def own_changes_since(self, number: int) -> tuple[int, frozenset[str]]:
        """See `Database.own_changes_since`."""
        return self._database.own_changes_since(number)

    def watch(self) -> Watch:
        """See `Database.watch`."""
        return self._database.watch()

    def create_schema(self) -> None:
        """See `Database.create_schema`."""
        self._database.create_schema()

    def backup(self, target: Path) -> None:
        """See `Database.backup`."""
        self._database.backup(target)

    def close(self) -> None:
        """See `Database.close`."""
        self._database.close()
