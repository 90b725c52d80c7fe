"""The keys that projects trust."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text, UniqueConstraint

revision: Final = "0004"
down_revision: Final[str | None] = "0003"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _trusted_key()


def _trusted_key() -> None:
    op.create_table(
        "trusted_key",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("public_key", Text, nullable=False),
        Column("fingerprint", Text, nullable=False),
        Column("repositories", Text, nullable=False),
        Column("valid_from", BigInteger),
        Column("valid_until", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
        UniqueConstraint("project_id", "name"),
        sqlite_autoincrement=True,
    )
