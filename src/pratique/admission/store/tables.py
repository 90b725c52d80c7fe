"""The tables of the room."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pratique import db

verdict: Final = Table(
    "verdict",
    db.metadata,
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
    Column("reasons", Text, nullable=False),
    Column("policy_digest", String(135), nullable=False),
    Column("evidence_digest", String(135), nullable=False),
    Column("trust_digest", String(135), nullable=False),
    Column("judged_at", BigInteger, nullable=False),
)

verdict_basis: Final = Table(
    "verdict_basis",
    db.metadata,
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
    # A party or a mark (`pratique.trust.marks`).
    Column("basis", String(160), primary_key=True, index=True),
)

evidence_record: Final = Table(
    "evidence_record",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("repository_id", BigInteger, nullable=False),
    Column("evidence", String(135), nullable=False),
    Column("subject", String(135), nullable=False),
    Column("scheme", String(32), nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("is_signature", Boolean, nullable=False),
    Column("predicate_type", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("marks", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("valid_until", BigInteger),
    Column("epoch", BigInteger, nullable=False),
    # Verified without what only the subject's own manifest tells: to be verified again when that is here.
    Column("awaits_subject", Boolean, nullable=False),
    # All else that verification said, for people.
    Column("findings", Text, nullable=False),
    UniqueConstraint("manifest_id", "ordinal", name="evidence_record_once"),
    Index("evidence_record_of_subject", "repository_id", "subject"),
)

attested: Final = Table(
    "attested",
    db.metadata,
    # With the ordinal it is the `evidence_record` that these rows belong to.
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("subject", String(135), nullable=False, index=True),
    Column("statements", Text, nullable=False),
    Column("package_count", Integer, nullable=False),
)

attested_package: Final = Table(
    "attested_package",
    db.metadata,
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("purl", Text, nullable=False),
    # A digest of what advisories look it up by.
    Column("component", String(64), nullable=False, index=True),
)

project_gate: Final = Table(
    "project_gate",
    db.metadata,
    # 0: not a project, but the lock of whoever changes what counts in all of them.
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    # Counts changes of the policy; a verdict carries the one it was judged under.
    Column("generation", Integer, nullable=False),
    # Verdicts of an older generation do not admit: raised by whatever narrows, in its own transaction.
    Column("floor", Integer, nullable=False),
)

attestation: Final = Table(
    "attestation",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("subject", String(135), nullable=False),
    Column("form", String(16), nullable=False),
    # The key that signed it; 0: nothing is signed, because it was only asked for, or can't be made.
    Column("key_id", BigInteger, nullable=False),
    # Tells one statement from the next: a digest of what it rests on.
    Column("basis", String(135), nullable=False),
    # The moment that it speaks of.
    Column("moment", BigInteger, nullable=False),
    # The referrer that carries it; empty where there is none.
    Column("manifest", String(135), nullable=False),
    # Why there is none; empty: there is one, or it is being made.
    Column("problem", Text, nullable=False),
    UniqueConstraint("repository_id", "subject", "form", name="attestation_once"),
    sqlite_autoincrement=True,
)

judgement_due: Final = Table(
    "judgement_due",
    db.metadata,
    Column("digest", String(135), primary_key=True),
    # Another one each time that it becomes due: what was judged meanwhile is judged once more.
    Column("ticket", BigInteger, nullable=False),
    # When it was pulled last, wherever; -1: it can wait.
    Column("rank", BigInteger, nullable=False),
    Index("judgement_due_next", "rank", "digest"),
)
