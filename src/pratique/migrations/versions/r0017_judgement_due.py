"""Digests that are judged again because of new advisories."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, String

revision: Final = "0017"
down_revision: Final[str | None] = "0016"
phase: Final = "expand"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "judgement_due",
        Column("digest", String(135), primary_key=True),
        Column("ticket", BigInteger, nullable=False),
        Column("rank", BigInteger, nullable=False),
    )
    op.create_index("judgement_due_next", "judgement_due", ["rank", "digest"])
