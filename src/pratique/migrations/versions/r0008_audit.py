"""Who did what."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text

revision: Final = "0008"
down_revision: Final[str | None] = "0007"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _audit_log()


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        Column("id", ID, primary_key=True),
        Column("at", BigInteger, nullable=False, index=True),
        Column("username", String(255), nullable=False),
        Column("operation", String(32), nullable=False),
        Column("resource_type", String(32), nullable=False),
        Column("resource", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("succeeded", Boolean, nullable=False),
        Column("project_id", BigInteger, nullable=False),
        Column("detail", Text, nullable=False),
        Index("ix_audit_log_project_id_at", "project_id", "at"),
        sqlite_autoincrement=True,
    )
