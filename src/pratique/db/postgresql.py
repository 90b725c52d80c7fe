"""PostgreSQL: READ COMMITTED writes, REPEATABLE READ snapshots, one lock for what must commit in order."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import NullPool, create_engine

from pratique.clock import Clock
from pratique.db.change_log import ChangeLog
from pratique.db.changes_map import ChangesMap
from pratique.db.failures import DRIVER_ERRORS, Again, Lost, translate
from pratique.db.schema import metadata
from pratique.db.session import Session, Sessions
from pratique.db.tx import Tx
from pratique.errors import Unavailable

T = TypeVar("T")

TRIES: Final = 10
"""How often a work runs before its conflicts are reported."""

PAUSE_SECONDS: Final = 0.02
IDLE_SESSIONS: Final = 32
CONNECT_SECONDS: Final = 5
ORDERING_LOCK: Final = 0x70726174
"""The key of the advisory lock under which changes and outbox rows are numbered: "prat"."""

DIALECT: Final = "postgresql"


class PostgresqlDatabase:
    """A `Database` on a server, shared by any number of processes and machines."""

    dialect: Final = DIALECT

    def __init__(self, url: str, directory: Path, clock: Clock) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._url = url
        self._clock = clock
        self._engine = create_engine("postgresql+psycopg://", creator=self._connect, poolclass=NullPool)
        self._map = ChangesMap(directory / "changes.map")
        self._log = ChangeLog()
        self._sessions = Sessions(self._engine, idle=IDLE_SESSIONS)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="pratique"
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[Tx]:
        """REPEATABLE READ READ ONLY: the snapshot is that of the first statement."""
        session = self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield Tx(session, DIALECT, self._clock)
        finally:
            self._end(session)

    def write(self, work: Callable[[Tx], T]) -> T:
        """See `Database.write`; here `work` runs in the caller's thread."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(random.uniform(0, PAUSE_SECONDS * attempt))  # noqa: S311 - jitter, no secret
            try:
                return self._write_once(work)
            except (Again, Lost) as failure:
                last = failure
        if isinstance(last, Lost):
            raise last
        raise Unavailable("The database is too busy with conflicting changes; try again later.") from last

    def _write_once(self, work: Callable[[Tx], T]) -> T:
        session = self._begin("BEGIN")
        number = 0
        try:
            tx = Tx(session, DIALECT, self._clock)
            answer = work(tx)
            if tx.is_ordered:
                session.run(f"SELECT pg_advisory_xact_lock({ORDERING_LOCK})")
                tx.run_last_acts()
                if tx.scopes:
                    number = self._log.add(tx, tx.scopes)
            session.run("COMMIT")
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        finally:
            self._end(session)
        if number:
            self._map.publish(number)
        return answer

    def _begin(self, begin: str) -> Session:
        try:
            session = self._sessions.take()
            session.run(begin)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return session

    def _end(self, session: Session) -> None:
        """Give the session back outside any transaction, or close it when it is broken."""
        status = session.raw.info.transaction_status
        if status != psycopg.pq.TransactionStatus.IDLE:
            try:
                session.run("ROLLBACK")
            except DRIVER_ERRORS:
                session.close()
                return
        self._sessions.give(session)

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
        """Not ours: `pg_dump --format=custom` copies one snapshot while the server runs. Raises."""
        raise Unavailable(f"Use pg_dump for a copy of a PostgreSQL database; {target} was not written.")

    def close(self) -> None:
        """See `Database.close`."""
        self._sessions.close()
        self._engine.dispose()
        self._map.close()
