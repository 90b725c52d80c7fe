"""Rows of quotas. What is used is the registry's to say."""

from typing import Final, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Tx
from pratique.projects.store.tables import project, quota


class QuotaRow(NamedTuple):
    """A quota with the names that people want to see beside it."""

    id: int
    project_id: int
    project: str
    owner: str
    hard: int
    created_at: Moment
    updated_at: Moment


_SELECT: Final = select(
    quota.c.id,
    quota.c.project_id,
    project.c.name,
    project.c.owner,
    quota.c.hard,
    quota.c.created_at,
    quota.c.updated_at,
).select_from(quota.join(project))
_INSERT: Final = db.Statement(
    insert(quota).values(
        project_id=bindparam("project"),
        hard=bindparam("bytes"),
        created_at=bindparam("at"),
        updated_at=bindparam("at"),
    )
)
_HARD: Final = db.Statement(select(quota.c.hard).where(quota.c.project_id == bindparam("project")))
_BY_ID: Final = db.Statement(_SELECT.where(quota.c.id == bindparam("number")))
_BY_PROJECT: Final = db.Statement(_SELECT.where(quota.c.project_id == bindparam("project")))
_ALL: Final = db.Statement(_SELECT.order_by(quota.c.id))
_CHANGE: Final = db.Statement(
    update(quota)
    .where(quota.c.id == bindparam("number"))
    .values(hard=bindparam("bytes"), updated_at=bindparam("at"))
)


def add(tx: Tx, project_id: int, hard: int, at: Moment) -> None:
    """Give a new project its quota."""
    tx.change(_INSERT, project=project_id, bytes=hard, at=at)


def hard(tx: Tx, project_id: int) -> int | None:
    """The limit of a project in bytes, -1 without limit; None when there is no such project."""
    row = tx.row(_HARD, project=project_id)
    return row[0] if row else None


def by_id(tx: Tx, quota_id: int) -> QuotaRow | None:
    """The quota with this number."""
    row = tx.row(_BY_ID, number=quota_id)
    return QuotaRow(*row) if row else None


def by_project(tx: Tx, project_id: int) -> QuotaRow | None:
    """The quota of a project."""
    row = tx.row(_BY_PROJECT, project=project_id)
    return QuotaRow(*row) if row else None


def every(tx: Tx) -> list[QuotaRow]:
    """All quotas, oldest first."""
    return [QuotaRow(*row) for row in tx.rows(_ALL)]


def change(tx: Tx, quota_id: int, hard_bytes: int, at: Moment) -> None:
    """Set a limit."""
    tx.change(_CHANGE, number=quota_id, bytes=hard_bytes, at=at)
