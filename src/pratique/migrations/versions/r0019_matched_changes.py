"""How often what is known of components was replaced."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

revision: Final = "0019"
down_revision: Final[str | None] = "0018"
phase: Final = "expand"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "matched_changes",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("number", BigInteger, nullable=False),
    )
