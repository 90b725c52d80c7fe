"""Projects, their members, metadata, quotas and labels."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

revision: Final = "0003"
down_revision: Final[str | None] = "0002"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _project()
    _project_member()
    _project_metadata()
    _quota()
    _label()
    _artifact_label()


def _project() -> None:
    op.create_table(
        "project",
        Column("id", ID, primary_key=True),
        Column("name", String(255), nullable=False, unique=True),
        Column("public", Boolean, nullable=False),
        Column("admission", String(16), nullable=False),
        Column("owner_id", BigInteger, nullable=False),
        Column("owner", String(255), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )


def _project_member() -> None:
    op.create_table(
        "project_member",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        Column("user_id", BigInteger, nullable=False, index=True),
        Column("username", String(255), nullable=False),
        Column("role", Integer, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        UniqueConstraint("project_id", "user_id"),
        sqlite_autoincrement=True,
    )


def _project_metadata() -> None:
    op.create_table(
        "project_metadata",
        Column("project_id", BigInteger, ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
        Column("name", String(255), primary_key=True),
        Column("value", Text, nullable=False),
    )


def _quota() -> None:
    op.create_table(
        "quota",
        Column("id", ID, primary_key=True),
        Column(
            "project_id",
            BigInteger,
            ForeignKey("project.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        Column("hard", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
    )


def _label() -> None:
    op.create_table(
        "label",
        Column("id", ID, primary_key=True),
        Column("name", String(128), nullable=False),
        Column("description", Text, nullable=False),
        Column("color", String(16), nullable=False),
        Column("project_id", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        UniqueConstraint("project_id", "name"),
        sqlite_autoincrement=True,
    )


def _artifact_label() -> None:
    op.create_table(
        "artifact_label",
        Column("label_id", BigInteger, ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
        Column("repository", String(255), primary_key=True),
        Column("digest", String(135), primary_key=True),
        Index("ix_artifact_label_repository_digest", "repository", "digest"),
    )
