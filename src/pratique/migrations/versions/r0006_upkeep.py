"""Runs of garbage collection and rounds of scrubbing."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text

revision: Final = "0006"
down_revision: Final[str | None] = "0005"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _gc_run()
    _scrub_round()


def _gc_run() -> None:
    op.create_table(
        "gc_run",
        Column("id", ID, primary_key=True),
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("seen_at", BigInteger, nullable=False),
        Column("status", String(12), nullable=False),
        Column("stop_asked", Boolean, nullable=False),
        Column("parameters", Text, nullable=False),
        Column("counts", Text, nullable=False),
        Column("log", Text, nullable=False),
        sqlite_autoincrement=True,
    )


def _scrub_round() -> None:
    op.create_table(
        "scrub_round",
        Column("id", ID, primary_key=True),
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("last", String(135), nullable=False),
        Column("checked", BigInteger, nullable=False),
        Column("checked_bytes", BigInteger, nullable=False),
        Column("corrupt", Text, nullable=False),
        Column("missing", Text, nullable=False),
        sqlite_autoincrement=True,
    )
