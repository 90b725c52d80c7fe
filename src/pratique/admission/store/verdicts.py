"""Verdicts: why artifacts stand as they do, and what that rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, select

from pratique import db
from pratique.admission.store.tables import (
    attested,
    attested_package,
    evidence_record,
    verdict,
    verdict_basis,
)
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.policy import Reason
from pratique.registry.store.tables import manifest, repository


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a verdict beside how its artifact stands."""

    reasons: tuple[Reason, ...]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    judged_at: Moment


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
    for table in (verdict, verdict_basis, evidence_record, attested_package, attested)
}
_REST: Final = Statement(db.insert_ignore(verdict_basis, "manifest_id", "basis"))
_RESTING: Final = Statement(
    select(verdict_basis.c.manifest_id)
    .where(verdict_basis.c.basis == bindparam("basis"))
    .order_by(verdict_basis.c.manifest_id)
)
_PROJECTS: Final = (
    select(repository.c.project_id).join(manifest, manifest.c.repository_id == repository.c.id).distinct()
)
_MANIFESTS: Final = select(manifest.c.id).join(repository, manifest.c.repository_id == repository.c.id)
_CHUNK: Final = 500
_BASES: Final = Statement(
    select(verdict_basis.c.basis).where(verdict_basis.c.basis.like(bindparam("pattern"))).distinct()
)


def put_record(tx: Tx, manifest_id: int, record: Record, rests_on: frozenset[str]) -> None:
    """Keep why an artifact stands as it does, and the parties and marks that rests on."""
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
        tx.change_many(_REST, [{"manifest_id": manifest_id, "basis": basis} for basis in sorted(rests_on)])


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


def resting_on(tx: Tx, bases: Iterable[str]) -> list[int]:
    """Ids of manifests whose admission rests on any of these parties or marks, in order."""
    return sorted({int(row[0]) for basis in bases for row in tx.rows(_RESTING, basis=basis)})


def projects_of(tx: Tx, manifest_ids: Iterable[int]) -> frozenset[int]:
    """The projects in which manifests lie."""
    wanted = sorted(manifest_ids)
    found: set[int] = set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found.update(int(row[0]) for row in tx.execute(_PROJECTS.where(manifest.c.id.in_(chunk))))
    return frozenset(found)


def of_project(tx: Tx, manifest_ids: Iterable[int], project_id: int) -> list[int]:
    """Those of the manifests that lie in a project, in order."""
    wanted = sorted(manifest_ids)
    found: list[int] = []
    for start in range(0, len(wanted), _CHUNK):
        asked = _MANIFESTS.where(
            repository.c.project_id == project_id, manifest.c.id.in_(wanted[start : start + _CHUNK])
        )
        found += [int(row[0]) for row in tx.execute(asked)]
    return sorted(found)


def projects_with_repositories(tx: Tx) -> list[int]:
    """Every project in which anything lies."""
    return sorted(int(row[0]) for row in tx.execute(select(repository.c.project_id).distinct()))


def bases_beginning(tx: Tx, prefix: str) -> frozenset[str]:
    """What any verdict rests on that begins with `prefix`, letters and ':' only."""
    return frozenset(row[0] for row in tx.rows(_BASES, pattern=f"{prefix}%"))
