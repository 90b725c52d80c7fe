"""Repositories."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.registry.store.tables import blob_link, manifest, repository, tag, upload
from pratique.registry.values import Page, Repository

_COLUMNS: Final = (
    repository.c.id,
    repository.c.project_id,
    repository.c.name,
    repository.c.created_at,
    repository.c.updated_at,
    repository.c.description,
    repository.c.pull_count,
)
_BY_NAME: Final = Statement(select(*_COLUMNS).where(repository.c.name == bindparam("name")))
_BY_ID: Final = Statement(select(*_COLUMNS).where(repository.c.id == bindparam("id")))
_INSERT: Final = Statement(db.insert_ignore(repository, "name"))
_TOUCH: Final = Statement(
    update(repository)
    .where(repository.c.id == bindparam("repository_id"))
    .values(updated_at=bindparam("now"))
)
_ITSELF: Final = select(repository.c.id).where(repository.c.id == bindparam("repository_id"))
_HOLD: Final = Statement(lambda dialect: _ITSELF.with_for_update() if dialect == "postgresql" else _ITSELF)
_COUNT_PULLS: Final = Statement(
    update(repository)
    .where(repository.c.id == bindparam("repository_id"))
    .values(pull_count=repository.c.pull_count + bindparam("pulls"))
)
_DELETE: Final = Statement(delete(repository).where(repository.c.id == bindparam("repository_id")))
_HOLDS_SOMETHING: Final = exists().where(manifest.c.repository_id == repository.c.id)
_COUNT: Final = Statement(
    select(func.count())
    .select_from(repository)
    .where(repository.c.project_id == bindparam("project_id"), _HOLDS_SOMETHING)
)
_EMPTY: Final = Statement(
    select(repository.c.id).where(repository.c.project_id == bindparam("project_id"), ~_HOLDS_SOMETHING)
)


def _made(row: tuple[Any, ...]) -> Repository:
    return Repository(*row)


def by_name(tx: Tx, name: str) -> Repository | None:
    """The repository of that full name."""
    row = tx.row(_BY_NAME, name=name)
    return None if row is None else _made(row)


def by_id(tx: Tx, repository_id: int) -> Repository | None:
    """The repository of that id."""
    row = tx.row(_BY_ID, id=repository_id)
    return None if row is None else _made(row)


def hold(tx: Tx, repository_id: int) -> None:
    """As `lock`, for judging later: nothing in the repository changes, so its row does not either."""
    tx.row(_HOLD, repository_id=repository_id)


def lock(tx: Tx, repository_id: int, now: Moment) -> bool:
    """Hold the repository until the transaction ends: pushes, deletions and evidence of one repository take turns.

    On SQLite the single writer does that already; on PostgreSQL the update holds the row. False: it is gone.
    """
    return tx.change(_TOUCH, repository_id=repository_id, now=now) > 0


def ensure(tx: Tx, project_id: int, name: str, now: Moment) -> tuple[Repository, bool]:
    """The repository of that name, made if need be; and whether it was made."""
    found = by_name(tx, name)
    if found is not None:
        return found, False
    made = tx.change(
        _INSERT,
        project_id=project_id,
        name=name,
        description="",
        created_at=now,
        updated_at=now,
        pull_count=0,
    )
    found = by_name(tx, name)
    if found is None:
        raise LookupError(f"repository {name} vanished inside its own transaction")
    return found, made > 0


def describe(tx: Tx, repository_id: int, description: str) -> None:
    """Set the description people read."""
    tx.execute(update(repository).where(repository.c.id == repository_id).values(description=description))


def count_pulls(tx: Tx, repository_id: int, pulls: int) -> None:
    """Add pulls gathered in memory."""
    tx.change(_COUNT_PULLS, repository_id=repository_id, pulls=pulls)


def count_in_project(tx: Tx, project_id: int) -> int:
    """How many repositories of a project hold something: the others are not shown anywhere."""
    row = tx.row(_COUNT, project_id=project_id)
    return int(row[0]) if row else 0


def remove_empty(tx: Tx, project_id: int) -> None:
    """Delete the repositories of a project that hold no manifest: abandoned uploads, blobs that nothing names."""
    for (repository_id,) in tx.rows(_EMPTY, project_id=project_id):
        tx.execute(delete(blob_link).where(blob_link.c.repository_id == repository_id))
        remove(tx, repository_id)


def remove(tx: Tx, repository_id: int) -> None:
    """Delete the row of an empty repository; its uploads go with it."""
    tx.execute(delete(upload).where(upload.c.repository_id == repository_id))
    tx.change(_DELETE, repository_id=repository_id)


def listed(
    tx: Tx, page: Page, *, project_ids: frozenset[int] | None, admitted_only: frozenset[int] = frozenset()
) -> list[Repository]:
    """Repositories by name. `project_ids` None: of every project.

    Of projects in `admitted_only` only repositories are shown in which some tag has an admitted side (gate.md 6).
    Repositories that hold nothing are not shown: an upload alone does not make one visible.
    """
    query = select(*_COLUMNS).order_by(repository.c.name)
    query = query.where(_HOLDS_SOMETHING)
    if project_ids is not None:
        query = query.where(repository.c.project_id.in_(project_ids))
    if admitted_only:
        has_side = exists().where(tag.c.repository_id == repository.c.id, tag.c.admitted.is_not(None))
        query = query.where(repository.c.project_id.not_in(admitted_only) | has_side)
    if page.last is not None:
        query = query.where(repository.c.name > page.last)
    if page.limit is not None:
        query = query.limit(page.limit)
    return [_made(tuple(row)) for row in tx.execute(query)]
