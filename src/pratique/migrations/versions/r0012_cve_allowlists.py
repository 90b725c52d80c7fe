"""CVE allowlists of projects and of the system."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision: Final = "0012"
down_revision: Final[str | None] = "0011"
phase: Final = "expand"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "cve_allowlist",
        Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
        Column("project_id", BigInteger, nullable=False, unique=True),
        Column("ids", Text, nullable=False),
        Column("expires_at", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
