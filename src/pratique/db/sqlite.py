"""SQLite: one file, many readers, one writer at a time (https://www.sqlite.org/wal.html).

`synchronous=FULL`, because NORMAL may forget the last commits at a power loss, a revocation among them. Other
processes (the worker, `pratique gc`) write to the same file; whoever finds it busy tries again with jitter.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Engine, NullPool, create_engine

from pratique.clock import Clock
from pratique.db.change_log import ChangeLog
from pratique.db.changes_map import ChangesMap
from pratique.db.failures import Again, translate
from pratique.db.group_commit import GroupCommit
from pratique.db.pauses import pause
from pratique.db.schema import metadata
from pratique.db.session import Session, Sessions
from pratique.db.sqlite_group import BUSY_SECONDS, DIALECT, SqliteGroup
from pratique.db.tx import Tx
from pratique.db.watch import Watch
from pratique.errors import Unavailable

T = TypeVar("T")

LEAST_VERSION: Final = (3, 38)
"""The first with RETURNING, upserts and JSON functions always built in."""

READERS: Final = 64
WAIT_SECONDS: Final = 5.0
"""Readers wait only while another process recovers or truncates the log."""

TRIES: Final = 5
"""How often a work runs that met a lock inside its transaction."""

PAUSE_SECONDS: Final = 0.01
"""The longest pause after the first try; it grows with each."""

READ_ONLY: Final = "PRAGMA query_only = ON"
UNDO_IN_MEMORY: Final = "PRAGMA temp_store = MEMORY"
"""What a savepoint needs for its undoing: beyond 64 KiB it goes to a temporary file otherwise, in every push."""

STATEMENTS_KEPT: Final = 512
LOG_KEPT_BYTES: Final = 64 * 1024 * 1024
"""The write-ahead log is cut back to this after a burst."""


class SqliteDatabase:
    """A `Database` in one file."""

    dialect: Final = DIALECT

    def __init__(self, path: Path, directory: Path, clock: Clock, busy: float = BUSY_SECONDS) -> None:
        """`busy`: seconds that a work waits for the writers of other processes."""
        if sqlite3.sqlite_version_info < LEAST_VERSION:
            raise Unavailable(f"SQLite {sqlite3.sqlite_version} is too old; 3.38 or newer is needed.")
        directory.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._clock = clock
        self._log = ChangeLog()
        self._map = ChangesMap(directory / "changes.map")
        _create_private(path)
        self._sessions = Sessions(partial(Session, _engine(path, WAIT_SECONDS, READ_ONLY)), most=READERS)
        self._writing = Session(
            _engine(path, 0.0, f"PRAGMA journal_size_limit = {LOG_KEPT_BYTES}", UNDO_IN_MEMORY)
        )
        group = SqliteGroup(self._writing, self._log, self._map, clock, busy)
        self._writer = GroupCommit(group, f"writer of {path.name}")

    @contextlib.contextmanager
    def read(self) -> Iterator[Tx]:
        """A deferred transaction: the snapshot is that of its first SELECT."""
        session = self._sessions.take()
        try:
            session.run("BEGIN")
            yield Tx(session, DIALECT, self._clock)
        except Again as busy:
            raise Unavailable("The database is locked; try again later.") from busy
        finally:
            if session.raw.in_transaction:
                session.raw.rollback()
            self._sessions.give(session)

    def write(self, work: Callable[[Tx], T]) -> T:
        """Queue `work` for the writer thread; see `Database.write`."""
        for attempt in range(TRIES):
            if attempt:  # a sleep of nothing still gives the processor away
                pause(PAUSE_SECONDS * attempt)
            try:
                return self._writer.write(work)
            except Again as failure:
                busy = failure
        raise Unavailable("The database is locked; try again later.") from busy

    def changed(self) -> int:
        """See `Database.changed`."""
        return self._map.number()

    def changes_since(self, number: int) -> tuple[int, frozenset[str] | None]:
        """See `Database.changes_since`."""
        with self.read() as tx:
            return self._log.since(tx, number)

    def own_changes_since(self, number: int) -> tuple[int, frozenset[str]]:
        """See `Database.own_changes_since`."""
        return self._log.own_since(number)

    def watch(self) -> Watch:
        """See `Database.watch`."""
        return Watch(_SqliteLookout(self, self._path, self._map, self._log), self._clock)

    def create_schema(self) -> None:
        """See `Database.create_schema`."""
        self.write(lambda tx: metadata.create_all(tx.connection))

    def backup(self, target: Path) -> None:
        """Copy by SQLite's online backup API (https://www.sqlite.org/backup.html); see `Database.backup`.

        All pages in one step: that is one snapshot, and it neither blocks writers nor starts again when they
        write.
        """
        if target.exists():
            raise FileExistsError(f"{target} exists; a backup never overwrites.")
        _create_private(target)
        try:
            source = _connect(self._path, WAIT_SECONDS, READ_ONLY)
            with contextlib.closing(source), contextlib.closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        except sqlite3.Error as error:
            target.unlink(missing_ok=True)
            raise translate(error) from error

    def close(self) -> None:
        """See `Database.close`."""
        self._writer.close()
        self._writing.close()
        self._sessions.close()
        self._map.close()


class _SqliteLookout:
    """`PRAGMA data_version` moves when another connection has committed (https://www.sqlite.org/pragma.html)."""

    def __init__(self, database: SqliteDatabase, path: Path, changes_map: ChangesMap, log: ChangeLog) -> None:
        self._database = database
        self._map = changes_map
        self._log = log
        self._connection = _connect(path, WAIT_SECONDS, READ_ONLY)
        self._seen: int | None = None

    def look(self) -> None:
        """See `Lookout.look`."""
        published = self._map.number()
        try:
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            failure = translate(error)
            raise failure if isinstance(failure, Unavailable) else Unavailable(str(failure)) from error
        if version != self._seen:
            with self._database.read() as tx:
                last = self._log.last(tx)
            if last < published:
                last = self._database.write(partial(self._log.resume, after=published))
            self._map.publish(last)
            self._seen = version

    def close(self) -> None:
        """See `Lookout.close`."""
        self._connection.close()


def _create_private(path: Path) -> None:
    """Hashes of passwords and keys live in it: nobody else may read it. SQLite's other files copy its permissions."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Unavailable(
            f"The database file can't be opened: {error}. Check its directory and permissions."
        ) from error


def _connect(path: Path, wait_seconds: float, *pragmas: str) -> sqlite3.Connection:
    """A connection that waits `wait_seconds` for locks, once it is open.

    To open one may take as long as another process needs to recover the log of a crash (SQLITE_BUSY_RECOVERY).
    """
    connection = sqlite3.connect(
        path,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_KEPT,
    )
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    for pragma in pragmas:
        connection.execute(pragma)
    connection.execute(f"PRAGMA busy_timeout = {round(wait_seconds * 1_000)}")
    return connection


def _engine(path: Path, wait_seconds: float, *pragmas: str) -> Engine:
    return create_engine(
        "sqlite://", creator=partial(_connect, path, wait_seconds, *pragmas), poolclass=NullPool
    )
