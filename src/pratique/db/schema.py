"""The one `MetaData` on which every room declares its tables, and the table of this room: `changes`."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints are named by convention: migrations and `UniqueViolation` call them alike on both databases."""

Id: Final = BigInteger().with_variant(Integer, "sqlite")
"""Integer primary keys that number themselves: BIGINT IDENTITY on PostgreSQL, the rowid on SQLite."""

changes: Final = Table(
    "changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    # AUTOINCREMENT: a number is never given twice, not even after its row was pruned.
    sqlite_autoincrement=True,
)
"""What commits have touched, in their order. A reader that knows number n drops what rows above n name."""
