"""Whom projects trust: identities, notation, roots, deny lists; what verdicts rest on, as words.

Verdicts stand as they are. What they rest on and what verification found is carried over, and all evidence is verified
again by jobs, which tell more of it. Older versions of the program can't run beside this one: they would not write down
what a verdict rests on where narrowing looks for it.
"""

import json
from collections import defaultdict
from typing import Any, Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)

revision: Final = "0009"
down_revision: Final[str | None] = "0008"
phase: Final = "contract"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, and carry over what is there."""
    _trust_version()
    _trusted_key()
    _trusted_identity()
    _notation()
    _trusted_root()
    _denied()
    _revocation_list()
    _verdict_basis()
    _evidence_record()
    _verify_again()


def _trust_version() -> None:
    op.create_table(
        "trust_version",
        Column("scope", BigInteger, primary_key=True, autoincrement=False),
        Column("version", BigInteger, nullable=False),
        Column("nonce", String(32), nullable=False),
    )


_OLD_KEY: Final = (
    "id, project_id, name, public_key, fingerprint, repositories, "
    "valid_from, valid_until, created_at, creator"
)


def _trusted_key() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for name, kind, old in (
            ("purposes", Text(), "signature"),
            ("tlog", Integer(), "0"),
            ("trusted_root", Text(), "public-good"),
        ):
            op.add_column("trusted_key", Column(name, kind, nullable=False, server_default=old))
            op.alter_column("trusted_key", name, server_default=None)
        return
    op.execute(text("ALTER TABLE trusted_key RENAME TO trusted_key_before"))
    op.create_table(
        "trusted_key",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("public_key", Text, nullable=False),
        Column("fingerprint", Text, nullable=False),
        Column("repositories", Text, nullable=False),
        Column("valid_from", BigInteger),
        Column("valid_until", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
        Column("purposes", Text, nullable=False),
        Column("tlog", Integer, nullable=False),
        Column("trusted_root", Text, nullable=False),
        UniqueConstraint("project_id", "name"),
        sqlite_autoincrement=True,
    )
    op.execute(
        text(
            f"INSERT INTO trusted_key ({_OLD_KEY}, purposes, tlog, trusted_root) "  # noqa: S608 - names of columns
            f"SELECT {_OLD_KEY}, 'signature', 0, 'public-good' FROM trusted_key_before"
        )
    )
    # Ids are never given twice: the highest that ever was, not the highest that is left.
    op.execute(text("DELETE FROM sqlite_sequence WHERE name = 'trusted_key'"))
    op.execute(
        text(
            "INSERT INTO sqlite_sequence (name, seq) "
            "SELECT 'trusted_key', seq FROM sqlite_sequence WHERE name = 'trusted_key_before'"
        )
    )
    op.drop_table("trusted_key_before")


def _reach() -> list[Column[Any]]:
    return [
        Column("purposes", Text, nullable=False),
        Column("repositories", Text, nullable=False),
        Column("valid_from", BigInteger),
        Column("valid_until", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
    ]


def _trusted_identity() -> None:
    op.create_table(
        "trusted_identity",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("issuer", Text, nullable=False),
        Column("identity", Text),
        Column("pattern", Text),
        Column("san_type", Text),
        Column("extensions", Text, nullable=False),
        Column("trusted_root", Text, nullable=False, index=True),
        *_reach(),
        UniqueConstraint("project_id", "name"),
        sqlite_autoincrement=True,
    )


def _notation() -> None:
    op.create_table(
        "notation_store",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False),
        Column("name", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("certificates", Text, nullable=False),
        *_reach(),
        UniqueConstraint("project_id", "type", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notation_policy",
        Column("project_id", BigInteger, primary_key=True, autoincrement=False),
        Column("document", Text, nullable=False),
        Column("since", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
    )


def _trusted_root() -> None:
    op.create_table(
        "trusted_root",
        Column("id", ID, primary_key=True),
        Column("name", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("content", Text, nullable=False),
        Column("digest", String(135), nullable=False),
        Column("thresholds", Text),
        Column("since", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
        UniqueConstraint("name", "version"),
        sqlite_autoincrement=True,
    )


def _denied() -> None:
    op.create_table(
        "denied",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False),
        Column("mark", String(160), nullable=False),
        Column("kind", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
        UniqueConstraint("project_id", "mark"),
        sqlite_autoincrement=True,
    )


def _revocation_list() -> None:
    op.create_table(
        "revocation_list",
        Column("id", ID, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("content", LargeBinary, nullable=False),
        Column("digest", String(135), nullable=False),
        Column("this_update", BigInteger, nullable=False),
        Column("next_update", BigInteger),
        Column("created_at", BigInteger, nullable=False),
        Column("creator", Text, nullable=False),
        UniqueConstraint("kind", "scope"),
        sqlite_autoincrement=True,
    )


def _verdict_basis() -> None:
    bind = op.get_bind()
    resting = bind.execute(text("SELECT manifest_id, party_id FROM verdict_basis")).all()
    op.drop_table("verdict_basis")
    table = op.create_table(
        "verdict_basis",
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, autoincrement=False),
        Column("basis", String(160), primary_key=True, index=True),
    )
    keys = bind.execute(text("SELECT id, fingerprint FROM trusted_key")).all()
    fingerprints: dict[int, str] = {row[0]: row[1] for row in keys}
    rows = {(manifest, f"key:{party}") for manifest, party in resting}
    rows |= {
        (manifest, f"fingerprint:{fingerprints[party]}")
        for manifest, party in resting
        if party in fingerprints
    }
    rows |= {
        (manifest, f"digest:{digest}")
        for manifest, digest in bind.execute(text("SELECT id, digest FROM manifest"))
        if manifest in {each for each, _ in resting}
    }
    if rows:
        op.bulk_insert(table, [{"manifest_id": manifest, "basis": basis} for manifest, basis in sorted(rows)])


def _evidence_record() -> None:
    bind = op.get_bind()
    table = op.create_table(
        "evidence_record",
        Column("id", ID, primary_key=True),
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
        Column("awaits_subject", Boolean, nullable=False),
        Column("findings", Text, nullable=False),
        UniqueConstraint("manifest_id", "ordinal", name="evidence_record_once"),
        Index("evidence_record_of_subject", "repository_id", "subject"),
    )
    found = bind.execute(
        text(
            "SELECT f.manifest_id, f.ordinal, f.repository_id, f.evidence, f.subject, f.scheme, f.fingerprint, f.code, "
            "f.message, f.received_at, r.project_id "
            "FROM signature_fact f JOIN repository r ON r.id = f.repository_id"
        )
    ).all()
    holders = _holders(bind)
    rows = [_record(row, holders) for row in found]
    if rows:
        op.bulk_insert(table, rows)
    op.drop_table("signature_fact")


def _holders(bind: Any) -> dict[tuple[int, str], list[str]]:
    """The parties of each project that hold a key."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for number, project, fingerprint in bind.execute(
        text("SELECT id, project_id, fingerprint FROM trusted_key ORDER BY id")
    ):
        found[project, fingerprint].append(f"key:{number}")
    return found


def _record(row: Any, holders: dict[tuple[int, str], list[str]]) -> dict[str, Any]:
    """What version 0.1 kept as VERIFIED was a signature by a key, and nothing else was."""
    is_verified = row.code == "VERIFIED"
    marked = [f"digest:{row.subject}", f"digest:{row.evidence}"]
    if row.fingerprint:
        marked.append(f"fingerprint:{row.fingerprint}")
    return {
        "manifest_id": row.manifest_id,
        "ordinal": row.ordinal,
        "repository_id": row.repository_id,
        "evidence": row.evidence,
        "subject": row.subject,
        "scheme": row.scheme,
        "code": row.code,
        "message": row.message,
        "received_at": row.received_at,
        "is_signature": is_verified,
        "predicate_type": "",
        "parties": json.dumps(holders[row.project_id, row.fingerprint] if is_verified else []),
        "marks": json.dumps(sorted(marked)),
        "signer": f"key {row.fingerprint}" if row.fingerprint else "",
        "valid_until": None,
        "epoch": 0,
        "awaits_subject": False,
        "findings": "{}",
    }


def _verify_again() -> None:
    bind = op.get_bind()
    for (project,) in bind.execute(text("SELECT DISTINCT project_id FROM repository")).all():
        bind.execute(
            text(
                "INSERT INTO job (kind, payload, priority, run_at, attempts, state, dedupe_key) "
                "VALUES ('admission.reverify', :payload, 60, 0, 0, 'ready', :key) ON CONFLICT DO NOTHING"
            ),
            {"payload": json.dumps({"project_id": project}), "key": f"admission.reverify:{project}"},
        )
