"""Transactions on SQLite and PostgreSQL: one seam, `Database`, and the metadata of every room's tables.

A room's `store.py` declares `Table`s on `metadata` and `Statement`s over them; behaviours take a `Tx` or a
`Database`.
"""

from pratique.db.database import Database
from pratique.db.failures import ConstraintViolation, ForeignKeyViolation, UniqueViolation
from pratique.db.inserts import insert_ignore, upsert
from pratique.db.opening import open_database
from pratique.db.postgresql import PostgresqlLimits
from pratique.db.schema import Id, metadata
from pratique.db.statement import Statement, each_of, one_of
from pratique.db.timed import TimedDatabase
from pratique.db.tx import LastAct, Row, Tx
from pratique.db.watch import Watch

__all__ = [
    "ConstraintViolation",
    "Database",
    "ForeignKeyViolation",
    "Id",
    "LastAct",
    "PostgresqlLimits",
    "Row",
    "Statement",
    "TimedDatabase",
    "Tx",
    "UniqueViolation",
    "Watch",
    "each_of",
    "insert_ignore",
    "metadata",
    "one_of",
    "open_database",
    "upsert",
]
