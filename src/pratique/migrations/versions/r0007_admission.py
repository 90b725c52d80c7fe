"""Verdicts, what they rest on, and the signatures that were verified."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

revision: Final = "0007"
down_revision: Final[str | None] = "0006"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _project_gate()
    _verdict()
    _verdict_basis()
    _signature_fact()


def _project_gate() -> None:
    op.create_table(
        "project_gate",
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("generation", Integer, nullable=False),
        Column("floor", Integer, nullable=False),
    )


def _verdict() -> None:
    op.create_table(
        "verdict",
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
        Column("reasons", Text, nullable=False),
        Column("policy_digest", String(135), nullable=False),
        Column("evidence_digest", String(135), nullable=False),
        Column("trust_digest", String(135), nullable=False),
        Column("judged_at", BigInteger, nullable=False),
    )


def _verdict_basis() -> None:
    op.create_table(
        "verdict_basis",
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
        Column("party_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    )


def _signature_fact() -> None:
    op.create_table(
        "signature_fact",
        Column("id", ID, primary_key=True),
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), nullable=False),
        Column("ordinal", Integer, nullable=False),
        Column("repository_id", BigInteger, nullable=False),
        Column("evidence", String(135), nullable=False),
        Column("subject", String(135), nullable=False),
        Column("scheme", String(32), nullable=False),
        Column("fingerprint", String(64)),
        Column("code", String(64), nullable=False),
        Column("message", Text, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        UniqueConstraint("manifest_id", "ordinal", name="signature_fact_once"),
        Index("signature_fact_of_subject", "repository_id", "subject"),
    )
