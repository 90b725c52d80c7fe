"""Deny lists, of projects and of the system."""

from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique.db import Statement, Tx, insert_ignore
from pratique.trust.store.tables import SYSTEM, denied
from pratique.trust.store.values import Denial

_d = denied.c
_COLUMNS: Final = (
    _d.id,
    _d.project_id,
    _d.mark,
    _d.kind,
    _d.subject,
    _d.reason,
    _d.created_at,
    _d.creator,
)
_in_scope = _d.project_id == bindparam("project_id")

_INSERT: Final = Statement(insert_ignore(denied, "project_id", "mark", returning=["id"]))
_LIST: Final = Statement(select(*_COLUMNS).where(_in_scope).order_by(_d.id))
_GET: Final = Statement(select(*_COLUMNS).where(_in_scope, _d.id == bindparam("id")))
_MARKS: Final = Statement(select(_d.mark).where(_d.project_id.in_([bindparam("project_id"), SYSTEM])))
_REMOVE: Final = Statement(delete(denied).where(_in_scope, _d.id == bindparam("id")))
_REMOVE_ALL: Final = Statement(delete(denied).where(_in_scope))
_COUNT: Final = Statement(select(func.count()).where(_in_scope))


def insert(tx: Tx, denial: Denial) -> int | None:
    """Write a denial, whatever its `id`; the one it got. None: the mark is on that list."""
    row = tx.row(
        _INSERT,
        project_id=denial.project_id,
        mark=denial.mark,
        kind=denial.kind,
        subject=denial.subject,
        reason=denial.reason,
        created_at=denial.created_at,
        creator=denial.creator,
    )
    return int(row[0]) if row else None


def of_scope(tx: Tx, project_id: int) -> list[Denial]:
    """A project's list, or (0) the system's."""
    return [Denial(*row) for row in tx.rows(_LIST, project_id=project_id)]


def numbered(tx: Tx, project_id: int, denial_id: int) -> Denial | None:
    """One denial of a list, or None."""
    row = tx.row(_GET, project_id=project_id, id=denial_id)
    return Denial(*row) if row else None


def marks_for(tx: Tx, project_id: int) -> frozenset[str]:
    """What is denied in a project, by its own list or the system's."""
    return frozenset(row[0] for row in tx.rows(_MARKS, project_id=project_id))


def remove(tx: Tx, project_id: int, denial_id: int) -> bool:
    """Whether there was such a denial."""
    return tx.change(_REMOVE, project_id=project_id, id=denial_id) > 0


def remove_all(tx: Tx, project_id: int) -> None:
    """Forget a project's list."""
    tx.change(_REMOVE_ALL, project_id=project_id)


def count(tx: Tx, project_id: int) -> int:
    """How long a list is."""
    row = tx.row(_COUNT, project_id=project_id)
    return int(row[0]) if row else 0
