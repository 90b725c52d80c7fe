"""Rows of projects and their metadata."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, or_, select, true, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Row, Tx
from pratique.projects.asking import REUSE
from pratique.projects.metadata import shown
from pratique.projects.store.tables import project, project_member, project_metadata
from pratique.projects.values import PREVENT, Admission, Project, ProjectFilter

_COLUMNS: Final = (
    project.c.id,
    project.c.name,
    project.c.public,
    project.c.admission,
    project.c.owner,
    project.c.owner_id,
    project.c.created_at,
    project.c.updated_at,
)
SORTABLE: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": project.c.name,
    "project_id": project.c.id,
    "creation_time": project.c.created_at,
    "update_time": project.c.updated_at,
}

_WITH_METADATA: Final = select(*_COLUMNS, project_metadata.c.name, project_metadata.c.value).select_from(
    project.outerjoin(project_metadata)
)
_BY_NAME: Final = db.Statement(_WITH_METADATA.where(project.c.name == bindparam("name")))
_BY_ID: Final = db.Statement(_WITH_METADATA.where(project.c.id == bindparam("id")))
_METADATA_OF: Final = db.Statement(
    select(project_metadata.c.project_id, project_metadata.c.name, project_metadata.c.value).where(
        db.one_of(project_metadata.c.project_id, "ids")
    )
)
_INSERT: Final = db.Statement(db.insert_ignore(project, "name", returning=("id",)))
_UPDATE: Final = db.Statement(
    update(project)
    .where(project.c.id == bindparam("project_id"))
    .values(
        public=bindparam("new_public"),
        admission=bindparam("new_admission"),
        updated_at=bindparam("new_updated_at"),
    )
)
_PUT_METADATA: Final = db.Statement(db.upsert(project_metadata, ("project_id", "name"), ("value",)))
_DROP_METADATA: Final = db.Statement(
    delete(project_metadata).where(
        project_metadata.c.project_id == bindparam("project_id"), project_metadata.c.name == bindparam("name")
    )
)
_MET: Final = project_metadata.alias("met")
_USING_SYSTEM_LIST: Final = db.Statement(
    select(project_metadata.c.project_id)
    .where(
        project_metadata.c.name == PREVENT,
        project_metadata.c.value == "true",
        ~exists().where(
            _MET.c.project_id == project_metadata.c.project_id, _MET.c.name == REUSE, _MET.c.value == "false"
        ),
    )
    .order_by(project_metadata.c.project_id)
)
# On PostgreSQL whoever makes a repository (`_HOLD`) waits for the deletion (`_LOCK`), or the deletion for him.
_ITSELF: Final = select(project.c.id).where(project.c.id == bindparam("id"))
_LOCK: Final = db.Statement(_ITSELF.with_for_update())
_HOLD: Final = db.Statement(_ITSELF.with_for_update(read=True, key_share=True))
_DELETE: Final = db.Statement(delete(project).where(project.c.id == bindparam("id")))


def by_name(tx: Tx, name: str) -> Project | None:
    """The project with this name."""
    return _one(tx.rows(_BY_NAME, name=name))


def by_id(tx: Tx, project_id: int) -> Project | None:
    """The project with this number."""
    return _one(tx.rows(_BY_ID, id=project_id))


def insert(
    tx: Tx, name: str, public: bool, admission: Admission, owner: tuple[int, str], at: Moment
) -> int | None:
    """The number of the new project, or None when the name is taken."""
    row = tx.row(
        _INSERT,
        name=name,
        public=public,
        admission=admission.value,
        owner_id=owner[0],
        owner=owner[1],
        created_at=at,
        updated_at=at,
    )
    return row[0] if row else None


def change(tx: Tx, project_id: int, public: bool, admission: Admission, at: Moment) -> None:
    """Set what has columns of its own."""
    tx.change(
        _UPDATE, project_id=project_id, new_public=public, new_admission=admission.value, new_updated_at=at
    )


def put_metadata(tx: Tx, project_id: int, texts: Mapping[str, str]) -> None:
    """Store texts, over those of the same names."""
    for name, value in texts.items():
        tx.change(_PUT_METADATA, project_id=project_id, name=name, value=value)


def drop_metadata(tx: Tx, project_id: int, name: str) -> None:
    """Forget one text."""
    tx.change(_DROP_METADATA, project_id=project_id, name=name)


def using_system_list(tx: Tx) -> list[int]:
    """The projects that prevent vulnerabilities and accept what the system's allowlist does."""
    return [number for (number,) in tx.rows(_USING_SYSTEM_LIST)]


def lock(tx: Tx, project_id: int) -> bool:
    """Hold the project against other writers until the commit; False when it is gone."""
    return tx.row(_LOCK, id=project_id) is not None


def hold(tx: Tx, project_id: int) -> bool:
    """Keep the project from being deleted until the commit; False when it is gone."""
    return tx.row(_HOLD, id=project_id) is not None


def remove(tx: Tx, project_id: int) -> None:
    """Delete the project; members, metadata and quota go with it."""
    tx.change(_DELETE, id=project_id)


def count(tx: Tx, wanted: ProjectFilter) -> int:
    """How many projects there are."""
    return int(tx.execute(_filtered(select(func.count()).select_from(project), wanted)).scalar_one())


def page(
    tx: Tx, wanted: ProjectFilter, order: Iterable[tuple[str, bool]], offset: int, limit: int | None
) -> list[Project]:
    """Projects in the order asked for: (name of SORTABLE, descending); the number decides between equals."""
    columns = [SORTABLE[name].desc() if is_descending else SORTABLE[name] for name, is_descending in order]
    query = _filtered(select(*_COLUMNS), wanted).order_by(*columns, project.c.id).offset(offset)
    rows = [tuple(row) for row in tx.execute(query if limit is None else query.limit(limit))]
    texts: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    for project_id, name, value in tx.rows(_METADATA_OF, ids=list(texts)):
        texts[project_id][name] = value
    return [_project(row, texts[row[0]]) for row in rows]


def _filtered(query: Select[Any], wanted: ProjectFilter) -> Select[Any]:
    return query.where(*_conditions(wanted))


def _conditions(wanted: ProjectFilter) -> Iterable[ColumnElement[bool]]:
    yield true()
    if wanted.name is not None:
        yield project.c.name == wanted.name
    if wanted.name_like is not None:
        yield project.c.name.contains(wanted.name_like.lower(), autoescape=True)
    if wanted.public is not None:
        yield project.c.public.is_(wanted.public)
    if wanted.owner is not None:
        yield project.c.owner == wanted.owner
    if wanted.visible is not None:
        own = select(project_member.c.project_id).where(project_member.c.user_id == wanted.visible.user_id)
        yield or_(
            project.c.public.is_(True),
            project.c.id.in_(own),
            project.c.id.in_(sorted(wanted.visible.project_ids)),
        )


def _one(rows: Sequence[Row]) -> Project | None:
    if not rows:
        return None
    return _project(rows[0][:-2], {name: value for *_, name, value in rows if name is not None})


def _project(row: Row, texts: Mapping[str, str]) -> Project:
    number, name, is_public, admission_text, owner, owner_id, created_at, updated_at = row
    admission = Admission(admission_text)
    public = bool(is_public)
    return Project(
        number,
        name,
        public,
        admission,
        owner,
        owner_id,
        created_at,
        updated_at,
        shown(public, admission, texts),
    )
