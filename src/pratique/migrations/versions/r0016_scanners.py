"""Other scanners: where they are, what they were asked, and what they found."""

from typing import Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

revision: Final = "0016"
down_revision: Final[str | None] = "0015"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _registrations()
    _scans()
    _findings()


def _registrations() -> None:
    op.create_table(
        "scanner_registration",
        Column("id", String(36), primary_key=True),
        Column("name", String(255), nullable=False, unique=True),
        Column("url", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("auth", String(32), nullable=False),
        Column("sealed", Text),
        Column("insecure_skip_verify", Boolean, nullable=False),
        Column("internal", Boolean, nullable=False),
        Column("disabled", Boolean, nullable=False),
        Column("is_default", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
    )
    op.create_table(
        "project_scanner",
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("scanner", String(36), nullable=False, index=True),
    )


def _scans() -> None:
    op.create_table(
        "foreign_scan",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False, index=True),
        Column("repository", String(255), nullable=False),
        Column("digest", String(135), nullable=False, index=True),
        Column("media_type", String(255), nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("scanner", String(36), nullable=False, index=True),
        Column("capability", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("moment", BigInteger, nullable=False),
        Column("started_at", BigInteger),
        Column("ended_at", BigInteger),
        Column("request", Text, nullable=False),
        Column("problem", Text, nullable=False),
        UniqueConstraint("repository", "digest", "scanner", "capability", name="foreign_scan_once"),
        sqlite_autoincrement=True,
    )


def _findings() -> None:
    op.create_table(
        "foreign_report",
        Column("digest", String(135), primary_key=True),
        Column("scanner", String(36), primary_key=True),
        Column("capability", String(16), primary_key=True),
        Column("moment", BigInteger, nullable=False),
        Column("maker", String(255), nullable=False),
        Column("vendor", String(255), nullable=False),
        Column("version", String(255), nullable=False),
        Column("findings", Integer, nullable=False),
        Column("media_type", String(255), nullable=False),
        Column("document", LargeBinary),
    )
    op.create_table(
        "foreign_finding",
        Column("digest", String(135), primary_key=True),
        Column("scanner", String(36), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("vulnerability", String(255), nullable=False, index=True),
        Column("package", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("fixed", Text, nullable=False),
        Column("severity", Integer, nullable=False),
        Column("status", Text, nullable=False),
        Column("link", Text, nullable=False),
    )
