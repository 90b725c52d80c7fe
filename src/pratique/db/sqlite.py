"""SQLite: one file, many readers, one writer at a time (https://www.sqlite.org/wal.html).

`synchronous=FULL`, because NORMAL may forget the last commits at a power loss, a revocation among them. Other
processes (the worker, `pratique gc`) write to the same file; whoever finds it busy tries again with jitter.
"""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import NullPool, create_engine

from pratique.clock import Clock
from pratique.db.change_log import ChangeLog
from pratique.db.changes_map import ChangesMap
from pratique.db.failures import DRIVER_ERRORS, Again, translate
from pratique.db.group_commit import GroupCommit, Ticket
from pratique.db.schema import metadata
from pratique.db.session import Session, Sessions
from pratique.db.tx import Tx
from pratique.errors import Unavailable

T = TypeVar("T")

BUSY_SECONDS: Final = 20.0
"""How long a writer waits for the writers of other processes."""

BUSY_PAUSE_SECONDS: Final = 0.003
"""The longest pause between two tries for the write lock; each is drawn at random below it."""

IDLE_SESSIONS: Final = 64
STATEMENTS_KEPT: Final = 512
DIALECT: Final = "sqlite"


class SqliteDatabase:
    """A `Database` in one file."""

    dialect: Final = DIALECT

    def __init__(self, path: Path, directory: Path, clock: Clock) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._clock = clock
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        self._map = ChangesMap(directory / "changes.map")
        self._log = ChangeLog()
        self._sessions = Sessions(self._engine, idle=IDLE_SESSIONS)
        try:
            writer = Session(self._engine)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        self._writer = GroupCommit(_Group(writer, self._log, self._map, clock), f"writer of {path.name}")
        self._writer_session = writer

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Tx]:
        """A deferred transaction: the snapshot is that of its first SELECT."""
        try:
            session = self._sessions.take()
            session.run("BEGIN")
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        try:
            yield Tx(session, DIALECT, self._clock)
        finally:
            session.run("ROLLBACK")
            self._sessions.give(session)

    def write(self, work: Callable[[Tx], T]) -> T:
        """Queue `work` for the writer thread; see `Database.write`."""
        return self._writer.write(work)

    def changed(self) -> int:
        """See `Database.changed`."""
        return self._map.number()

    def changes_since(self, number: int) -> tuple[int, frozenset[str] | None]:
        """See `Database.changes_since`."""
        with self.read() as tx:
            return self._log.since(tx, number)

    def create_schema(self) -> None:
        """See `Database.create_schema`."""
        self.write(lambda tx: metadata.create_all(tx.connection))

    def backup(self, target: Path) -> None:
        """Copy by SQLite's online backup API (https://www.sqlite.org/backup.html); see `Database.backup`."""
        session = self._sessions.take()
        with contextlib.closing(sqlite3.connect(target)) as copy:
            session.raw.backup(copy)
        self._sessions.give(session)

    def close(self) -> None:
        """See `Database.close`."""
        self._writer.close()
        self._writer_session.close()
        self._sessions.close()
        self._engine.dispose()
        self._map.close()


class _Group:
    """The writer's transaction."""

    def __init__(self, session: Session, log: ChangeLog, changes_map: ChangesMap, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._log = log
        self._map = changes_map
        self._scopes: dict[str, None] = {}

    def begin(self) -> None:
        """BEGIN IMMEDIATE, tried until `BUSY_SECONDS` have passed."""
        self._scopes.clear()
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._session.run("BEGIN IMMEDIATE")
            except DRIVER_ERRORS as error:
                failure = translate(error)
                if not isinstance(failure, Again):
                    raise failure from error
                if time.monotonic() > until:
                    raise Unavailable("Another process keeps the database busy; try again later.") from error
            else:
                return
            time.sleep(random.uniform(0, BUSY_PAUSE_SECONDS))  # noqa: S311 - jitter, no secret

    def run(self, ticket: Ticket) -> None:
        """Run one work between SAVEPOINT and RELEASE."""
        session = self._session
        tx = Tx(session, DIALECT, self._clock)
        session.run("SAVEPOINT work")
        try:
            ticket.answer = ticket.context.run(ticket.work, tx)
            tx.run_last_acts()
        except BaseException as failure:
            if not session.raw.in_transaction:
                # SQLite itself rolls everything back when the disk is full or fails.
                raise
            session.run("ROLLBACK TO work")
            ticket.failure = failure
        else:
            self._scopes.update(dict.fromkeys(tx.scopes))
        session.run("RELEASE work")

    def commit(self) -> None:
        """Write what the works touched, COMMIT, and only then publish."""
        number = 0
        try:
            if self._scopes:
                number = self._log.add(Tx(self._session, DIALECT, self._clock), tuple(self._scopes))
            self._session.run("COMMIT")
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        if number:
            self._map.publish(number)

    def roll_back(self) -> None:
        """Back to outside any transaction."""
        if self._session.raw.in_transaction:
            self._session.run("ROLLBACK")
