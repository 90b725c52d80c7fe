"""What the registry says of artifacts by attestations of its own."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String, Text, UniqueConstraint

revision: Final = "0014"
down_revision: Final[str | None] = "0013"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "attestation",
        Column("id", ID, primary_key=True),
        Column("repository_id", BigInteger, nullable=False),
        Column("subject", String(135), nullable=False),
        Column("form", String(16), nullable=False),
        Column("key_id", BigInteger, nullable=False),
        Column("basis", String(135), nullable=False),
        Column("moment", BigInteger, nullable=False),
        Column("manifest", String(135), nullable=False),
        Column("problem", Text, nullable=False),
        UniqueConstraint("repository_id", "subject", "form", name="attestation_once"),
        sqlite_autoincrement=True,
    )
