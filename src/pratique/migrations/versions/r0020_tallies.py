"""Findings counted by share, and the summary of all artifacts."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary

revision: Final = "0020"
down_revision: Final[str | None] = "0019"
phase: Final = "expand"

_SEVERITIES: Final = ("critical", "high", "medium", "low", "negligible", "unknown", "none")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "share_tally",
        Column("share_id", BigInteger, primary_key=True, autoincrement=False),
        *(Column(name, Integer, nullable=False) for name in _SEVERITIES),
        Column("fixable", Integer, nullable=False),
    )
    op.create_table(
        "hub_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("changes", BigInteger, nullable=False),
        Column("rules", Integer, nullable=False),
        Column("rests_until", BigInteger, nullable=False),
        Column("summary", LargeBinary),
    )
