"""What verified attestations say of the contents of artifacts: VEX statements, and packages of SBOMs."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Text

revision: Final = "0015"
down_revision: Final[str | None] = "0014"
phase: Final = "expand"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "attested",
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
        Column("ordinal", Integer, primary_key=True, autoincrement=False),
        Column("subject", String(135), nullable=False, index=True),
        Column("statements", Text, nullable=False),
        Column("package_count", Integer, nullable=False),
    )
    op.create_table(
        "attested_package",
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
        Column("ordinal", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("purl", Text, nullable=False),
        Column("component", String(64), nullable=False, index=True),
    )
