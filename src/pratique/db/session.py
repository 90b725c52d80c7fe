"""One connection, seen twice: the driver's cursor, and SQLAlchemy's `Connection` for composed statements."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine

from pratique.db.failures import DRIVER_ERRORS, translate
from pratique.errors import Unavailable

TAKE_SECONDS: Final = 10.0
"""How long a thread waits for a session while all are in use."""


class Cursor(Protocol):
    """What sqlite3's and psycopg's cursors share."""

    @property
    def rowcount(self) -> int:
        """Rows affected by the last statement."""
        ...

    def execute(self, query: Any, params: Any = ..., /) -> Any:
        """Run one statement."""
        ...

    def executemany(self, query: Any, params: Any, /) -> Any:
        """Run one statement for each set of parameters."""
        ...

    def fetchall(self) -> list[Any]:
        """Every remaining row."""
        ...


class Session:
    """A connection in the driver's autocommit mode: BEGIN and COMMIT are sent as text by whoever holds it."""

    __slots__ = ("connection", "cursor", "is_new", "raw")

    def __init__(self, engine: Engine) -> None:
        try:
            self.connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        raw: Any = self.connection.connection.driver_connection
        self.raw = raw
        self.is_new = True
        self.cursor: Cursor = raw.cursor()

    def run(self, text: str) -> None:
        """Run `text`, which has no parameters. Raises what `translate` makes of the driver's error."""
        try:
            self.cursor.execute(text)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        if not self.connection.closed:
            self.connection.invalidate()
            self.connection.close()


class Sessions:
    """At most `most` sessions, each held by one thread at a time; the one used last is taken first.

    While all are in use a thread waits `seconds` for one.
    """

    def __init__(self, make: Callable[[], Session], *, most: int, seconds: float = TAKE_SECONDS) -> None:
        self._seconds = seconds
        self._make = make
        self._idle: deque[Session] = deque()
        self._free = threading.Semaphore(most)
        self._is_closed = False

    def take(self) -> Session:
        """An idle session, or a new one. Raises `errors.Unavailable` after `seconds` without one."""
        if self._is_closed:
            raise Unavailable("The database is closed; the server is stopping.")
        if not self._free.acquire(timeout=self._seconds):
            raise Unavailable("Every connection to the database is in use; try again later.")
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._make()
        except BaseException:
            self._free.release()
            raise

    def give(self, session: Session) -> None:
        """Take back a session outside any transaction."""
        self._idle.append(session)
        self._free.release()
        if self._is_closed:
            self.close()

    def drop(self, session: Session) -> None:
        """Close a session that can't be used again."""
        self._free.release()
        session.close()

    def close(self) -> None:
        """Close those that are idle; the others when they are given back."""
        self._is_closed = True
        while True:
            try:
                session = self._idle.pop()
            except IndexError:
                return
            session.close()
