"""Rows of labels, and of which artifacts have them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, func, select, true, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Row, Tx
from pratique.oci.digest import Digest
from pratique.projects.store.tables import artifact_label, label
from pratique.projects.values import Label

_COLUMNS: Final = (
    label.c.id,
    label.c.name,
    label.c.description,
    label.c.color,
    label.c.project_id,
    label.c.created_at,
    label.c.updated_at,
)
_INSERT: Final = db.Statement(db.insert_ignore(label, "project_id", "name", returning=("id",)))
_BY_ID: Final = db.Statement(select(*_COLUMNS).where(label.c.id == bindparam("number")))
_BY_NAME: Final = db.Statement(
    select(*_COLUMNS).where(label.c.project_id == bindparam("project"), label.c.name == bindparam("word"))
)
_CHANGE: Final = db.Statement(
    update(label)
    .where(label.c.id == bindparam("number"))
    .values(
        name=bindparam("new_name"),
        description=bindparam("new_description"),
        color=bindparam("new_color"),
        updated_at=bindparam("new_updated_at"),
    )
)
_DELETE: Final = db.Statement(delete(label).where(label.c.id == bindparam("number")))
_DELETE_OF_PROJECT: Final = db.Statement(delete(label).where(label.c.project_id == bindparam("project")))
_ATTACH: Final = db.Statement(
    db.insert_ignore(artifact_label, "label_id", "repository", "digest", returning=("label_id",))
)
_AT: Final = (artifact_label.c.repository == bindparam("at_repository"),)
_DETACH: Final = db.Statement(
    delete(artifact_label).where(
        *_AT,
        artifact_label.c.label_id == bindparam("number"),
        artifact_label.c.digest == bindparam("at_digest"),
    )
)
_OF: Final = db.Statement(
    select(artifact_label.c.digest, *_COLUMNS)
    .select_from(artifact_label.join(label))
    .where(*_AT, db.one_of(artifact_label.c.digest, "digests"))
    .order_by(label.c.name, label.c.id)
)
_WITH_ALL: Final = db.Statement(
    select(artifact_label.c.digest)
    .where(*_AT, db.one_of(artifact_label.c.label_id, "numbers"))
    .group_by(artifact_label.c.digest)
    .having(func.count() == bindparam("wanted"))
)
_FORGET: Final = db.Statement(
    delete(artifact_label).where(*_AT, db.one_of(artifact_label.c.digest, "digests"))
)
_FORGET_REPOSITORY: Final = db.Statement(delete(artifact_label).where(*_AT))


def insert(tx: Tx, project_id: int, name: str, description: str, color: str, at: Moment) -> int | None:
    """The number of the new label, or None when the name is taken."""
    row = tx.row(
        _INSERT,
        project_id=project_id,
        name=name,
        description=description,
        color=color,
        created_at=at,
        updated_at=at,
    )
    return row[0] if row else None


def by_id(tx: Tx, label_id: int) -> Label | None:
    """The label with this number."""
    row = tx.row(_BY_ID, number=label_id)
    return _label(row) if row else None


def by_name(tx: Tx, project_id: int, name: str) -> Label | None:
    """The label with this name in its scope."""
    row = tx.row(_BY_NAME, project=project_id, word=name)
    return _label(row) if row else None


def change(tx: Tx, label_id: int, name: str, description: str, color: str, at: Moment) -> None:
    """Set what a label says."""
    tx.change(
        _CHANGE,
        number=label_id,
        new_name=name,
        new_description=description,
        new_color=color,
        new_updated_at=at,
    )


def remove(tx: Tx, label_id: int) -> None:
    """Delete a label; it comes off every artifact."""
    tx.change(_DELETE, number=label_id)


def remove_of_project(tx: Tx, project_id: int) -> None:
    """Delete all labels of a project."""
    tx.change(_DELETE_OF_PROJECT, project=project_id)


def attach(tx: Tx, label_id: int, repository: str, digest: Digest) -> bool:
    """Put a label on an artifact; False when it is there already."""
    return tx.row(_ATTACH, label_id=label_id, repository=repository, digest=digest) is not None


def detach(tx: Tx, label_id: int, repository: str, digest: Digest) -> bool:
    """Take a label off an artifact; False when it was not there."""
    return tx.change(_DETACH, number=label_id, at_repository=repository, at_digest=digest) > 0


def of_artifacts(tx: Tx, repository: str, digests: Sequence[Digest]) -> Mapping[Digest, tuple[Label, ...]]:
    """The labels of each artifact that has any."""
    found: dict[Digest, tuple[Label, ...]] = {}
    for digest, *row in tx.rows(_OF, at_repository=repository, digests=list(digests)):
        found[digest] = (*found.get(digest, ()), _label(tuple(row)))
    return found


def artifacts_with(tx: Tx, repository: str, label_ids: frozenset[int]) -> frozenset[Digest]:
    """The artifacts of a repository that have all of these labels."""
    rows = tx.rows(_WITH_ALL, at_repository=repository, numbers=sorted(label_ids), wanted=len(label_ids))
    return frozenset(digest for (digest,) in rows)


def forget(tx: Tx, repository: str, digests: Sequence[Digest] | None) -> None:
    """Take all labels off artifacts that go; None: off the whole repository."""
    if digests is None:
        tx.change(_FORGET_REPOSITORY, at_repository=repository)
    else:
        tx.change(_FORGET, at_repository=repository, digests=list(digests))


def count(tx: Tx, project_id: int | None, name: str, name_like: str) -> int:
    """How many labels there are."""
    query = select(func.count()).select_from(label).where(*_conditions(project_id, name, name_like))
    return int(tx.execute(query).scalar_one())


def page(
    tx: Tx, project_id: int | None, name: str, name_like: str, offset: int, limit: int | None
) -> list[Label]:
    """Labels by name; None: of every scope."""
    query = select(*_COLUMNS).where(*_conditions(project_id, name, name_like))
    query = query.order_by(label.c.name, label.c.id).offset(offset)
    return [_label(tuple(row)) for row in tx.execute(query if limit is None else query.limit(limit))]


def _conditions(project_id: int | None, name: str, name_like: str) -> Iterable[ColumnElement[bool]]:
    yield true()
    if project_id is not None:
        yield label.c.project_id == project_id
    if name:
        yield label.c.name == name
    if name_like:
        yield func.lower(label.c.name).contains(name_like.lower(), autoescape=True)


def _label(row: Row) -> Label:
    number, name, description, color, project_id, created_at, updated_at = row
    return Label(number, name, description, color, project_id, created_at, updated_at)
