"""Rows of CVE allowlists: one for each project that has written any, and (project 0) the system's."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, select

from pratique import db
from pratique.clock import Moment
from pratique.db import Row, Tx
from pratique.projects.store.tables import cve_allowlist
from pratique.projects.values import SYSTEM_LIST, Allowlist

_COLUMNS: Final = (
    cve_allowlist.c.project_id,
    cve_allowlist.c.ids,
    cve_allowlist.c.expires_at,
    cve_allowlist.c.id,
    cve_allowlist.c.created_at,
    cve_allowlist.c.updated_at,
)
_OF: Final = db.Statement(select(*_COLUMNS).where(db.one_of(cve_allowlist.c.project_id, "projects")))
_VERSION: Final = db.Statement(
    select(cve_allowlist.c.id, cve_allowlist.c.updated_at, cve_allowlist.c.expires_at).where(
        cve_allowlist.c.project_id == bindparam("project")
    )
)
_PUT: Final = db.Statement(db.upsert(cve_allowlist, ("project_id",), ("ids", "expires_at", "updated_at")))
_ENSURE: Final = db.Statement(db.insert_ignore(cve_allowlist, "project_id"))
# On PostgreSQL whoever judges what a project asks by the system's list (`_HOLD`) waits for its change (`_LOCK`), or the
# change for him: else a project that begins to use the list in between would be judged by the former one.
_ITSELF: Final = select(cve_allowlist.c.id).where(cve_allowlist.c.project_id == bindparam("project"))
_LOCK: Final = db.Statement(_ITSELF.with_for_update())
_HOLD: Final = db.Statement(_ITSELF.with_for_update(read=True))
_DELETE: Final = db.Statement(delete(cve_allowlist).where(cve_allowlist.c.project_id == bindparam("project")))


class Version(NamedTuple):
    """What tells one content of a list from any other: numbers are given once, and no list is written twice at once."""

    id: int
    updated_at: Moment | None
    expires_at: Moment | None


def version_of(tx: Tx, project_id: int) -> Version:
    """Which content a list has, without the content."""
    row = tx.row(_VERSION, project=project_id)
    return Version(*row) if row else versioned(Allowlist(project_id))


def versioned(listed: Allowlist) -> Version:
    """The version of a list in hand."""
    return Version(listed.id, listed.updated_at, listed.expires_at)


def is_being_written(tx: Tx, project_id: int) -> bool:
    """Whether this transaction itself has written the list: what it reads of it may never be so."""
    return _scope(project_id) in tx.scopes


def of(tx: Tx, project_id: int) -> Allowlist:
    """A project's list, or (0) the system's; an empty one where nobody has written any."""
    return of_projects(tx, [project_id]).get(project_id, Allowlist(project_id))


def of_projects(tx: Tx, project_ids: Sequence[int]) -> Mapping[int, Allowlist]:
    """The lists of those projects that have written any."""
    return {row[0]: _allowlist(row) for row in tx.rows(_OF, projects=list(project_ids))}


def hold_system(tx: Tx, at: Moment) -> None:
    """Keep the system's list from being changed until the commit. Others may hold it too."""
    _ensure_system(tx, at)
    tx.row(_HOLD, project=SYSTEM_LIST)


def lock_system(tx: Tx, at: Moment) -> None:
    """Hold the system's list alone until the commit."""
    _ensure_system(tx, at)
    tx.row(_LOCK, project=SYSTEM_LIST)


def put(tx: Tx, listed: Allowlist, at: Moment) -> None:
    """Write a list over the one that was there, at a later moment than that."""
    before = version_of(tx, listed.project_id).updated_at
    tx.touch(_scope(listed.project_id))
    tx.change(_PUT, **_values(listed, at if before is None else Moment(max(at, before + 1))))


def remove(tx: Tx, project_id: int) -> None:
    """Delete a project's list."""
    tx.touch(_scope(project_id))
    tx.change(_DELETE, project=project_id)


def _scope(project_id: int) -> str:
    return f"allowlist:{project_id}"


def _ensure_system(tx: Tx, at: Moment) -> None:
    if not of_projects(tx, [SYSTEM_LIST]):
        tx.change(_ENSURE, **_values(Allowlist(SYSTEM_LIST), at))


def _values(listed: Allowlist, at: Moment) -> dict[str, object]:
    return {
        "project_id": listed.project_id,
        "ids": json.dumps(listed.ids),
        "expires_at": listed.expires_at,
        "created_at": at,
        "updated_at": at,
    }


def _allowlist(row: Row) -> Allowlist:
    project_id, ids, *rest = row
    return Allowlist(project_id, tuple(json.loads(ids)), *rest)
