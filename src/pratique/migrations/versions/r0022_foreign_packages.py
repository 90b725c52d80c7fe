"""Packages that other scanners say are inside."""

from typing import Final

from alembic import op
from sqlalchemy import Column, Integer, String, Text

revision: Final = "0022"
down_revision: Final[str | None] = "0021"
phase: Final = "expand"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "foreign_package",
        Column("digest", String(135), primary_key=True),
        Column("scanner", String(36), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("purl", Text, nullable=False),
        Column("path", Text, nullable=False),
        Column("component", String(64), nullable=False, index=True),
    )
