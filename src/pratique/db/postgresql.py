"""PostgreSQL: READ COMMITTED writes, REPEATABLE READ snapshots, one lock for what must commit in order."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import NullPool, create_engine

from pratique.clock import Clock
from pratique.db.change_log import ChangeLog
from pratique.db.changes_map import ChangesMap
from pratique.db.failures import Again, Lost, translate
from pratique.db.pauses import pause
from pratique.db.schema import metadata
from pratique.db.session import TAKE_SECONDS, Session, Sessions
from pratique.db.tx import Tx
from pratique.db.watch import LEASE_SECONDS, Watch
from pratique.errors import Unavailable

T = TypeVar("T")

TRIES: Final = 10
"""How often a work runs before its conflicts, or the loss of its connections, are reported."""

PAUSE_SECONDS: Final = 0.02
CONNECT_SECONDS: Final = 5
ORDERING_LOCK: Final = 0x70726174
"""The key of the advisory lock under which changes and outbox rows are numbered: "prat"."""

DIALECT: Final = "postgresql"


@dataclass(frozen=True, slots=True)
class PostgresqlLimits:
    """Connections of this process at most, and seconds that a thread waits for one.

    After `statement_seconds` the server cancels a statement; 0: never.
    """

    connections: int = 32
    statement_seconds: int = 0
    take_seconds: float = TAKE_SECONDS


class PostgresqlDatabase:
    """A `Database` on a server, shared by any number of processes and machines."""

    dialect: Final = DIALECT

    def __init__(self, url: str, directory: Path, clock: Clock, limits: PostgresqlLimits) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._url = url
        self._clock = clock
        self._log = ChangeLog()
        self._map = ChangesMap(directory / "changes.map")
        connect = partial(_connect, url, statement_seconds=limits.statement_seconds)
        engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
        self._sessions = Sessions(
            partial(Session, engine), most=limits.connections, seconds=limits.take_seconds
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[Tx]:
        """REPEATABLE READ READ ONLY: the snapshot is that of the first statement."""
        session = self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield Tx(session, DIALECT, self._clock)
        except Again as busy:
            raise Unavailable("The database is too busy; try again later.") from busy
        finally:
            self._end(session)

    def write(self, work: Callable[[Tx], T]) -> T:
        """See `Database.write`; here `work` runs in the caller's thread."""
        for attempt in range(TRIES):
            if attempt:  # a sleep of nothing still gives the processor away
                pause(PAUSE_SECONDS * attempt)
            try:
                return self._write_once(work)
            except (Again, Lost) as failure:
                last = failure
        if isinstance(last, Lost):
            raise last
        raise Unavailable("The database is too busy with conflicting changes; try again later.") from last

    def _write_once(self, work: Callable[[Tx], T]) -> T:
        session = self._begin("BEGIN")
        added = None
        try:
            tx = Tx(session, DIALECT, self._clock)
            answer = work(tx)
            if tx.is_ordered:
                session.run(f"SELECT pg_advisory_xact_lock({ORDERING_LOCK})")
                tx.run_last_acts()
                if tx.scopes:
                    added = self._log.add(tx, tx.scopes)
            _commit(session)
        finally:
            self._end(session)
        if added is not None:
            self._log.committed(added)
            self._map.publish(added.last)
        return answer

    def _begin(self, begin: str) -> Session:
        """A session in a transaction. Idle ones that a restart of the server broke are replaced."""
        session = self._sessions.take()
        while True:
            try:
                session.run(begin)
            except Lost:
                is_new = session.is_new
                self._sessions.drop(session)
                if is_new:
                    raise
                session = self._sessions.take()
            except BaseException:
                self._sessions.drop(session)
                raise
            else:
                session.is_new = False
                return session

    def _end(self, session: Session) -> None:
        """Give the session back outside any transaction, or close it when it is broken."""
        if session.raw.info.transaction_status != TransactionStatus.IDLE:
            try:
                session.run("ROLLBACK")
            except Exception:  # noqa: BLE001 - whatever ails it, nobody gets this connection again
                self._sessions.drop(session)
                return
        self._sessions.give(session)

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
        return Watch(_PostgresqlLookout(self, self._url, self._map, self._log), self._clock)

    def create_schema(self) -> None:
        """See `Database.create_schema`."""
        self.write(lambda tx: metadata.create_all(tx.connection))

    def backup(self, target: Path) -> None:
        """Not ours: `pg_dump --format=custom` copies one snapshot while the server runs. Raises."""
        raise Unavailable(f"Use pg_dump for a copy of a PostgreSQL database; {target} was not written.")

    def close(self) -> None:
        """See `Database.close`."""
        self._sessions.close()
        self._map.close()


class _PostgresqlLookout:
    """Asks for the last number on a connection of its own: writers of other machines publish only there."""

    def __init__(
        self, database: PostgresqlDatabase, url: str, changes_map: ChangesMap, log: ChangeLog
    ) -> None:
        self._database = database
        self._url = url
        self._map = changes_map
        self._log = log
        self._connection: psycopg.Connection[Any] | None = None

    def look(self) -> None:
        """See `Lookout.look`."""
        published = self._map.number()
        try:
            if self._connection is None:
                # A hole in the network is noticed after one lease, not after TCP's many minutes.
                self._connection = _connect(self._url, tcp_user_timeout=int(LEASE_SECONDS * 1_000))
            last = self._connection.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()
        except psycopg.Error as error:
            self.close()
            failure = translate(error)
            raise failure if isinstance(failure, Unavailable) else Unavailable(str(failure)) from error
        number = last[0] if last else 0
        if number < published:
            number = self._database.write(partial(self._log.resume, after=published))
        self._map.publish(number)

    def close(self) -> None:
        """See `Lookout.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(url: str, *, tcp_user_timeout: int = 0, statement_seconds: int = 0) -> psycopg.Connection[Any]:
    """`tcp_user_timeout` in milliseconds; 0 leaves it to the system."""
    connection = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="pratique",
        tcp_user_timeout=tcp_user_timeout,
    )
    if statement_seconds:
        # Not as an option of the connection: that would replace the options which the URL may have.
        connection.execute(f"SET statement_timeout = {statement_seconds * 1_000}".encode())
    return connection


def _commit(session: Session) -> None:
    """COMMIT. A connection that breaks meanwhile leaves open whether it happened: never run again for that."""
    try:
        session.run("COMMIT")
    except Lost as lost:
        raise Unavailable(
            "The connection to the database broke while saving: look whether the change is there, then try again."
        ) from lost
