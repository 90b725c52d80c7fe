"""What the drivers raise, in words that rooms know.

A constraint that does not hold is a `ConstraintViolation`, for the room to translate; a database that can't
be written or reached is `errors.Unavailable`; what another try may cure is `Again` and never leaves this
room.
"""

import sqlite3
from typing import Final

import psycopg
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import DBAPIError

from pratique.db.schema import metadata
from pratique.errors import Unavailable

DRIVER_ERRORS: Final = (sqlite3.Error, psycopg.Error, DBAPIError)


class ConstraintViolation(Exception):
    """A row that the schema forbids. `table` and `constraint` are the schema's names, "" where not known.

    On PostgreSQL the transaction can't go on after it: let it leave the work, and translate it outside.
    """

    def __init__(self, message: str, *, table: str = "", constraint: str = "") -> None:
        super().__init__(message)
        self.table = table
        self.constraint = constraint


class UniqueViolation(ConstraintViolation):
    """Such a row exists already."""


class ForeignKeyViolation(ConstraintViolation):
    """The row refers to one that does not exist, or is still referred to. SQLite does not say by whom."""


class Again(Exception):
    """Busy, deadlocked, not serializable: the same work may succeed when it runs again."""


class Lost(Unavailable):
    """The connection broke before COMMIT was sent: nothing was changed, and a new connection may do."""


def translate(error: BaseException) -> Exception:
    """What to raise instead of a driver's error; programming errors come back as they are."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, psycopg.Error):
        return _of_postgresql(error)
    return error if isinstance(error, Exception) else RuntimeError(str(error))


# --- SQLite: https://www.sqlite.org/rescode.html
# --------------------------------------------------------------------

_SQLITE_UNIQUE: Final = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
_SQLITE_AGAIN: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_UNAVAILABLE: Final = {
    sqlite3.SQLITE_FULL: "The disk of the database is full; free some space and try again.",
    sqlite3.SQLITE_READONLY: "The database is read-only; check its permissions and how its disk is mounted.",
    sqlite3.SQLITE_IOERR: "The disk of the database reports an error; check the disk and the system's log.",
    sqlite3.SQLITE_CANTOPEN: "The database file can't be opened; check its directory and permissions.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged; restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "The database file is not an SQLite database; check the path.",
    sqlite3.SQLITE_NOMEM: "The database ran out of memory; try again later.",
}


def _of_sqlite(error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _SQLITE_UNIQUE:
        return _sqlite_unique(str(error))
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return ForeignKeyViolation(str(error))
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return ConstraintViolation(str(error))
    if primary in _SQLITE_AGAIN:
        return Again(str(error))
    if primary in _SQLITE_UNAVAILABLE:
        return Unavailable(_SQLITE_UNAVAILABLE[primary])
    return error


def _sqlite_unique(message: str) -> UniqueViolation:
    """SQLite names columns ("UNIQUE constraint failed: project.name") or an index ("…: index 'x'")."""
    named = message.partition(": ")[2]
    if named.startswith("index "):
        constraint = named.removeprefix("index ").strip("'")
        holders = [t.name for t in metadata.tables.values() if any(i.name == constraint for i in t.indexes)]
        return UniqueViolation(message, table=holders[0] if holders else "", constraint=constraint)
    pairs = [column.rpartition(".") for column in named.split(", ")]
    table = pairs[0][0]
    return UniqueViolation(message, table=table, constraint=_constraint_on(table, {c for _, _, c in pairs}))


def _constraint_on(table_name: str, columns: set[str]) -> str:
    table = metadata.tables.get(table_name)
    if table is None:
        return ""
    if {column.name for column in table.primary_key.columns} == columns:
        return str(table.primary_key.name)
    unique: list[UniqueConstraint | Index] = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    unique += [index for index in table.indexes if index.unique]
    named = (str(u.name) for u in unique if {column.name for column in u.columns} == columns)
    return next(named, "")


# --- PostgreSQL: appendix A of its manual, by class
# -----------------------------------------------------------------

_AGAIN: Final = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_VIOLATIONS: Final = {"23505": UniqueViolation, "23503": ForeignKeyViolation}
_FAILING: Final = "The database server is out of resources or its disk fails; see its log."
_UNAVAILABLE: Final = {
    "53100": "The disk of the database server is full; free some space and try again.",
    "53300": "The database server has no free connection; raise its max_connections or lower ours.",
    "57014": "A statement took longer than `database.statement_timeout`; look what the database server is busy with.",
    "25006": "The database is read-only; point the URL at the primary server.",
}


def _of_postgresql(error: psycopg.Error) -> Exception:
    state = error.sqlstate or ""
    table, constraint = error.diag.table_name or "", error.diag.constraint_name or ""
    if state.startswith("23"):
        violation = _VIOLATIONS.get(state, ConstraintViolation)
        return violation(str(error), table=table, constraint=constraint)
    if state in _AGAIN:
        return Again(str(error))
    if state.startswith(("25006", "53", "57014", "58")):
        return Unavailable(_UNAVAILABLE.get(state, _FAILING))
    if state.startswith(("08", "57P")) or (not state and isinstance(error, psycopg.OperationalError)):
        return Lost(
            "The database server can't be reached; check that it runs and that the network lets us through."
        )
    return error
