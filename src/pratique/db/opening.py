"""From a URL to a `Database`."""

from pathlib import Path

from pratique.clock import Clock, SystemClock
from pratique.db.database import Database
from pratique.db.postgresql import PostgresqlDatabase, PostgresqlLimits
from pratique.db.sqlite import SqliteDatabase
from pratique.errors import Unavailable

_SQLITE = "sqlite:///"


def open_database(
    url: str, directory: Path, clock: Clock | None = None, limits: PostgresqlLimits | None = None
) -> Database:
    """Open `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host/name`.

    `directory` holds `changes.map`, shared by every process of this machine that opens the same database.
    Raises ValueError for other URLs and `errors.Unavailable` when the database can't be opened.
    """
    clock = clock or SystemClock()
    try:
        if url.startswith(_SQLITE) and not url.startswith(f"{_SQLITE}:memory:") and url != _SQLITE:
            return SqliteDatabase(Path(url.removeprefix(_SQLITE)), directory, clock)
        if url.startswith(("postgresql://", "postgres://")):
            return PostgresqlDatabase(url, directory, clock, limits or PostgresqlLimits())
    except OSError as error:
        raise Unavailable(f"{directory} can't be written: {error.strerror}") from error
    raise ValueError("The database URL must start with sqlite:/// (a file) or postgresql://")
