"""Each project's generations, and the locks between judging and narrowing."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from pratique import db
from pratique.admission.store.tables import project_gate
from pratique.db import Statement, Tx

_SYSTEM: Final = 0


@dataclass(frozen=True, slots=True)
class ProjectGate:
    """A project's counters; a project that nobody has touched stands at 1 and 0."""

    generation: int = 1
    floor: int = 0


_ONE: Final = select(project_gate.c.generation, project_gate.c.floor).where(
    project_gate.c.project_id == bindparam("project_id")
)
_BOTH: Final = (
    select(project_gate.c.project_id, project_gate.c.generation, project_gate.c.floor)
    .where(project_gate.c.project_id.in_([bindparam("project_id"), _SYSTEM]))
    # The system's first, always: so nobody waits in a ring.
    .order_by(project_gate.c.project_id)
)
_READ: Final = Statement(_ONE)
# A push holds the rows shared, a change of policy or trust its own exclusively: PostgreSQL's way to what SQLite's
# single writer gives anyway. What is read under the lock (metadata, parties) is read after it was granted.
_HOLD: Final = Statement(
    lambda dialect: _BOTH.with_for_update(read=True) if dialect == "postgresql" else _BOTH
)
_LOCK: Final = Statement(lambda dialect: _ONE.with_for_update() if dialect == "postgresql" else _ONE)
_ENSURE: Final = Statement(db.insert_ignore(project_gate, "project_id"))
_SET: Final = Statement(
    update(project_gate)
    .where(project_gate.c.project_id == bindparam("of_project"))
    .values(generation=bindparam("new_generation"), floor=bindparam("new_floor"))
)
_DROP: Final = Statement(delete(project_gate).where(project_gate.c.project_id == bindparam("project_id")))


def gate_of(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters as this transaction sees them."""
    row = tx.row(_READ, project_id=project_id)
    return ProjectGate(*row) if row else ProjectGate()


def hold_gate(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters, held so that no narrowing commits between this look and the end of the transaction."""
    found = {row[0]: ProjectGate(*row[1:]) for row in tx.rows(_HOLD, project_id=project_id)}
    if len(found) < len({_SYSTEM, project_id}):
        for number in (_SYSTEM, project_id):
            _ensure(tx, number)
        found = {row[0]: ProjectGate(*row[1:]) for row in tx.rows(_HOLD, project_id=project_id)}
    return found.get(project_id, ProjectGate())


def lock_gate(tx: Tx, project_id: int) -> ProjectGate:
    """The project's counters, held alone: pushes and judging wait until this transaction ends."""
    hold_gate(tx, _SYSTEM)
    _ensure(tx, project_id)
    row = tx.row(_LOCK, project_id=project_id)
    return ProjectGate(*row) if row else ProjectGate()


def lock_system(tx: Tx) -> None:
    """Hold what counts in every project alone: pushes and judging wait everywhere until this transaction ends."""
    _ensure(tx, _SYSTEM)
    tx.row(_LOCK, project_id=_SYSTEM)


def step_gate(tx: Tx, project_id: int, *, narrows: bool) -> None:
    """Count a change of the policy; `narrows` ends every older verdict with this commit."""
    before = lock_gate(tx, project_id)
    generation = before.generation + 1
    floor = generation if narrows else before.floor
    tx.change(_SET, of_project=project_id, new_generation=generation, new_floor=floor)


def drop_gate(tx: Tx, project_id: int) -> None:
    """Forget a deleted project's counters."""
    tx.change(_DROP, project_id=project_id)


def _ensure(tx: Tx, project_id: int) -> None:
    if tx.row(_READ, project_id=project_id) is None:
        fresh = ProjectGate()
        tx.change(_ENSURE, project_id=project_id, generation=fresh.generation, floor=fresh.floor)
