"""The seam: what rooms and the composition root know of a database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from pratique.db.tx import Tx
from pratique.db.watch import Watch

T = TypeVar("T")


class Database(Protocol):
    """Transactions on SQLite or PostgreSQL. Thread-safe; not to be carried over a fork."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    def read(self) -> AbstractContextManager[Tx]:
        """A transaction that sees one snapshot and changes nothing. Raises `errors.Unavailable`."""
        ...

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in a transaction, commit, publish what it touched, and answer what it answered.

        `work` may run several times (busy, deadlock, serialization), in another thread than the caller's: it
        must have no effect but through its `Tx`. What it raises undoes it and is raised here. On SQLite works
        of several callers share a COMMIT, so no network, no hashing, no `read` or `write` of its own inside.
        Raises `errors.Unavailable` where the database is full, read-only, busy for too long or out of reach.
        """
        ...

    def changed(self) -> int:
        """The number of the last change published on this machine. No system call."""
        ...

    def changes_since(self, number: int) -> tuple[int, frozenset[str] | None]:
        """The last number, and the scopes touched after `number`; None: too far behind, drop everything."""
        ...

    def own_changes_since(self, number: int) -> tuple[int, frozenset[str]]:
        """As `changes_since`, up to the first commit after `number` that is not this process's own. No I/O."""
        ...

    def watch(self) -> Watch:
        """A lease on what this process holds; one a process, started and closed by whoever builds the server."""
        ...

    def create_schema(self) -> None:
        """Create the tables that are missing, as the code declares them: for tests. Programs run revisions."""
        ...

    def backup(self, target: Path) -> None:
        """Write a consistent copy to the new file `target` while others read and write.

        Raises FileExistsError, and `errors.Unavailable` on PostgreSQL, which has `pg_dump` for that.
        """
        ...

    def close(self) -> None:
        """Finish what was begun and close every connection."""
        ...
