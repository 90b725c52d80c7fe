"""Scans that other registries have asked of this one."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, String, Text

revision: Final = "0018"
down_revision: Final[str | None] = "0017"
phase: Final = "expand"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "guest_scan",
        Column("id", String(36), primary_key=True),
        Column("asked", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("moment", BigInteger, nullable=False, index=True),
        Column("problem", Text, nullable=False),
        Column("reports", LargeBinary),
    )
