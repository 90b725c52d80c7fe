"""Verdicts, what they rest on, what verification found, and each project's generations; all SQL of the room.

How an artifact stands is on its manifest row (registry), because every read asks for it; why is here.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.policy import Code, Reason, Signature

FACTS_LIMIT: Final = 1_000
"""Facts about one artifact that are looked at: a pusher may attach any number of worthless signatures."""

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
    Column("party_id", BigInteger, primary_key=True, autoincrement=False, index=True),
)

signature_fact: Final = Table(
    "signature_fact",
    db.metadata,
    Column("id", db.Id, primary_key=True),
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

project_gate: Final = Table(
    "project_gate",
    db.metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    # Counts changes of the policy; a verdict carries the one it was judged under.
    Column("generation", Integer, nullable=False),
    # Verdicts of an older generation do not admit: raised by whatever narrows, in its own transaction.
    Column("floor", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ProjectGate:
    """A project's counters; a project that nobody has touched stands at 1 and 0."""

    generation: int = 1
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a verdict beside how its artifact stands."""

    reasons: tuple[Reason, ...]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    judged_at: Moment


_GATE: Final = select(project_gate.c.generation, project_gate.c.floor).where(
    project_gate.c.project_id == bindparam("project_id")
)
_READ_GATE: Final = Statement(_GATE)
# A push holds the row shared, a change of policy or keys exclusively: PostgreSQL's way to what SQLite's single writer
# gives anyway. What is read under the lock (metadata, keys) is read after it was granted.
_HOLD_GATE: Final = Statement(
    lambda dialect: _GATE.with_for_update(read=True) if dialect == "postgresql" else _GATE
)
_LOCK_GATE: Final = Statement(lambda dialect: _GATE.with_for_update() if dialect == "postgresql" else _GATE)
_ENSURE_GATE: Final = Statement(db.insert_ignore(project_gate, "project_id"))
_SET_GATE: Final = Statement(
    update(project_gate)
    .where(project_gate.c.project_id == bindparam("of_project"))
    .values(generation=bindparam("new_generation"), floor=bindparam("new_floor"))
)
_DROP_GATE: Final = Statement(
    delete(project_gate).where(project_gate.c.project_id == bindparam("project_id"))
)
_PUT: Final = Statement(
    db.upsert(
        verdict,
        ("manifest_id",),
        ("reasons", "policy_digest", "evidence_digest", "trust_digest", "judged_at"),
    )
)
_RECORD: Final = Statement(
    select(
        verdict.c.reasons,
        verdict.c.policy_digest,
        verdict.c.evidence_digest,
        verdict.c.trust_digest,
        verdict.c.judged_at,
    ).where(verdict.c.manifest_id == bindparam("manifest_id"))
)
_OF_MANIFEST: Final = {
    table.name: Statement(delete(table).where(table.c.manifest_id == bindparam("manifest_id")))
    for table in (verdict, verdict_basis, signature_fact)
}
_REST: Final = Statement(db.insert_ignore(verdict_basis, "manifest_id", "party_id"))
_RESTING: Final = Statement(
    select(verdict_basis.c.manifest_id)
    .where(verdict_basis.c.party_id == bindparam("party_id"))
    .order_by(verdict_basis.c.manifest_id)
)
_FOUND: Final = Statement(
    db.upsert(
        signature_fact,
        ("manifest_id", "ordinal"),
        # With the subject: a code that was found for one digest must never stand beside another.
        ("subject", "scheme", "fingerprint", "code", "message"),
    )
)
_FACTS: Final = Statement(
    select(
        signature_fact.c.evidence,
        signature_fact.c.subject,
        signature_fact.c.scheme,
        signature_fact.c.fingerprint,
        signature_fact.c.code,
        signature_fact.c.message,
        signature_fact.c.received_at,
    )
    .where(
        signature_fact.c.repository_id == bindparam("repository_id"),
        signature_fact.c.subject == bindparam("subject"),
    )
    # What counts comes first, so that no flood of what does not can push it over the limit.
    .order_by((signature_fact.c.code == Code.VERIFIED.value).desc(), signature_fact.c.id)
    .limit(FACTS_LIMIT)
)
_COUNTS: Final = Statement(
    select(signature_fact.c.id)
    .where(
        signature_fact.c.manifest_id == bindparam("manifest_id"),
        signature_fact.c.code == Code.VERIFIED.value,
    )
    .limit(1)
)


def gate_of(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters as this transaction sees them."""
    row = tx.row(_READ_GATE, project_id=project_id)
    return ProjectGate(*row) if row else ProjectGate()


def hold_gate(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters, held so that no narrowing commits between this look and the end of the transaction."""
    return _held(tx, _HOLD_GATE, project_id)


def lock_gate(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters, held alone: pushes and judging wait until this transaction ends."""
    return _held(tx, _LOCK_GATE, project_id)


def step_gate(tx: Tx, project_id: int, *, narrows: bool) -> None:
    """Count a change of the policy; `narrows` ends every older verdict with this commit."""
    before = lock_gate(tx, project_id)
    generation = before.generation + 1
    floor = generation if narrows else before.floor
    tx.change(_SET_GATE, of_project=project_id, new_generation=generation, new_floor=floor)


def drop_gate(tx: Tx, project_id: int) -> None:
    """Forget a deleted project's counters."""
    tx.change(_DROP_GATE, project_id=project_id)


def put_record(tx: Tx, manifest_id: int, record: Record, rests_on: frozenset[int]) -> None:
    """Keep why an artifact stands as it does, and the parties that rests on."""
    tx.change(
        _PUT,
        manifest_id=manifest_id,
        reasons=msgspec.json.encode(record.reasons).decode(),
        policy_digest=record.policy_digest,
        evidence_digest=record.evidence_digest,
        trust_digest=record.trust_digest,
        judged_at=record.judged_at,
    )
    tx.change(_OF_MANIFEST["verdict_basis"], manifest_id=manifest_id)
    if rests_on:
        tx.change_many(_REST, [{"manifest_id": manifest_id, "party_id": party} for party in sorted(rests_on)])


def record_of(tx: Tx, manifest_id: int) -> Record | None:
    """Why an artifact stands as it does; None: it was never judged."""
    row = tx.row(_RECORD, manifest_id=manifest_id)
    if row is None:
        return None
    reasons = msgspec.json.decode(row[0], type=tuple[Reason, ...])
    return Record(reasons, *row[1:])


def forget(tx: Tx, manifest_id: int) -> None:
    """Drop all that is kept about a manifest."""
    for statement in _OF_MANIFEST.values():
        tx.change(statement, manifest_id=manifest_id)


def resting_on(tx: Tx, party_id: int) -> list[int]:
    """Ids of manifests whose admission rests on a party."""
    return [int(row[0]) for row in tx.rows(_RESTING, party_id=party_id)]


def put_facts(tx: Tx, manifest_id: int, repository_id: int, facts: list[dict[str, Any]]) -> None:
    """Keep what verification found in evidence; `received_at` of what is known already stays."""
    if facts:
        tx.change_many(
            _FOUND, [{**fact, "manifest_id": manifest_id, "repository_id": repository_id} for fact in facts]
        )


def facts_about(tx: Tx, repository_id: int, subject: Digest) -> tuple[Signature, ...]:
    """What evidence in the repository says of a digest."""
    rows = tx.rows(_FACTS, repository_id=repository_id, subject=subject)
    # Attestations are never kept as VERIFIED (admission.evidence).
    return tuple(replace(Signature(*row), is_signature=row[4] == Code.VERIFIED) for row in rows)


def is_counted(tx: Tx, manifest_id: int) -> bool:
    """Whether a manifest of evidence carries a signature that verified."""
    return tx.row(_COUNTS, manifest_id=manifest_id) is not None


def _held(tx: Tx, statement: Statement, project_id: int) -> ProjectGate:
    row = tx.row(statement, project_id=project_id)
    if row is None:
        fresh = ProjectGate()
        tx.change(_ENSURE_GATE, project_id=project_id, generation=fresh.generation, floor=fresh.floor)
        row = tx.row(statement, project_id=project_id)
    return ProjectGate(*row) if row else ProjectGate()
