"""Changes, jobs and the outbox: what every other room writes beside its own tables."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text, text

revision: Final = "0001"
down_revision: Final[str | None] = None
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _changes()
    _job()
    _outbox()
    _outbox_cursor()


def _changes() -> None:
    op.create_table(
        "changes",
        Column("id", ID, primary_key=True),
        Column("scope", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )


def _job() -> None:
    op.create_table(
        "job",
        Column("id", ID, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("payload", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("run_at", BigInteger, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("lease_until", BigInteger),
        Column("worker", Text),
        Column("dedupe_key", Text),
        Column("last_error", Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_job_claimed",
        "job",
        ["lease_until"],
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    )
    op.create_index(
        "ix_job_ready",
        "job",
        [text("priority DESC"), "run_at", "id"],
        sqlite_where=text("state = 'ready'"),
        postgresql_where=text("state = 'ready'"),
    )
    op.create_index(
        "uq_job_dedupe",
        "job",
        ["kind", "dedupe_key"],
        unique=True,
        sqlite_where=text("state = 'ready' AND dedupe_key IS NOT NULL"),
        postgresql_where=text("state = 'ready' AND dedupe_key IS NOT NULL"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        Column("id", ID, primary_key=True),
        Column("at", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("payload", Text, nullable=False),
        sqlite_autoincrement=True,
    )


def _outbox_cursor() -> None:
    op.create_table(
        "outbox_cursor",
        Column("name", Text, primary_key=True),
        Column("position", BigInteger, nullable=False),
    )
