"""The keys that projects sign with, and what was signed."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint

revision: Final = "0010"
down_revision: Final[str | None] = "0009"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _signing_key()
    _countersignature()


def _signing_key() -> None:
    op.create_table(
        "signing_key",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False, index=True),
        Column("kind", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("backend", String(16), nullable=False),
        Column("reference", Text, nullable=False),
        Column("public_key", Text, nullable=False),
        Column("fingerprint", String(64), nullable=False, unique=True),
        Column("authority_reference", Text, nullable=False),
        Column("authority_public_key", Text, nullable=False),
        Column("chain", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )


def _countersignature() -> None:
    op.create_table(
        "countersignature",
        Column("id", ID, primary_key=True),
        Column("repository_id", BigInteger, nullable=False),
        Column("subject", String(135), nullable=False),
        Column("form", String(16), nullable=False),
        Column("key_id", BigInteger, nullable=False, index=True),
        Column("reference", String(512), nullable=False),
        Column("basis", String(135), nullable=False),
        Column("manifest", String(135), nullable=False),
        Column("payload", Text, nullable=False),
        Column("signature", Text, nullable=False),
        UniqueConstraint(
            "repository_id", "subject", "form", "key_id", "reference", name="countersignature_once"
        ),
        Index("countersignature_of_reference", "repository_id", "reference"),
        sqlite_autoincrement=True,
    )
