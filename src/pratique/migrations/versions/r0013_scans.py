"""Scans that were asked for, rounds through all images, and their timetable."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Text, text

revision: Final = "0013"
down_revision: Final[str | None] = "0012"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; jobs that have failed for good are found by their key, and artifacts by their digest alone."""
    _scan_asked()
    _scan_round()
    _scan_target()
    _scan_schedule()
    is_dead = text("state = 'dead'")
    op.create_index(
        "ix_job_dead", "job", ["kind", "dedupe_key"], sqlite_where=is_dead, postgresql_where=is_dead
    )
    op.create_index("manifest_digest", "manifest", ["digest"])


def _scan_asked() -> None:
    op.create_table(
        "scan_asked",
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("digest", String(135), primary_key=True),
        Column("asked_at", BigInteger, nullable=False, index=True),
        Column("stopped_at", BigInteger),
        Column("done_at", BigInteger),
    )


def _scan_round() -> None:
    op.create_table(
        "scan_round",
        Column("id", ID, primary_key=True),
        Column("trigger", String(12), nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("position", BigInteger),
        Column("stopped", Boolean, nullable=False),
        Column("counts", Text, nullable=False),
        sqlite_autoincrement=True,
    )


def _scan_target() -> None:
    op.create_table(
        "scan_target",
        Column("round_id", BigInteger, primary_key=True, autoincrement=False),
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("digest", String(135), primary_key=True),
        Column("done_at", BigInteger),
        sqlite_with_rowid=False,
    )


def _scan_schedule() -> None:
    op.create_table(
        "scan_schedule",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("kind", String(12), nullable=False),
        Column("cron", String(120), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
    )
