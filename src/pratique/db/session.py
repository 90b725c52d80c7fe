"""One connection, seen twice: the driver's cursor, and SQLAlchemy's `Connection` for composed statements."""

from collections import deque
from typing import Any, Protocol

from sqlalchemy import Connection, Engine


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

    def close(self) -> None:
        """Forget the statement."""
        ...


class Session:
    """A connection in the driver's autocommit mode: BEGIN and COMMIT are sent as text by whoever holds it."""

    __slots__ = ("connection", "cursor", "raw")

    def __init__(self, engine: Engine) -> None:
        self.connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        raw: Any = self.connection.connection.driver_connection
        self.raw = raw
        self.cursor: Cursor = raw.cursor()

    def run(self, text: str) -> None:
        """Run `text`, which has no parameters."""
        self.cursor.execute(text)

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        self.connection.invalidate()
        self.connection.close()


class Sessions:
    """Idle sessions, the one used last first; each held by one thread at a time. At most `idle` are kept."""

    def __init__(self, engine: Engine, *, idle: int) -> None:
        self._engine = engine
        self._idle: deque[Session] = deque()
        self._most = idle

    def take(self) -> Session:
        """An idle session, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return Session(self._engine)

    def give(self, session: Session) -> None:
        """Take back a session outside any transaction."""
        if len(self._idle) < self._most:
            self._idle.append(session)
        else:
            session.close()

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()
