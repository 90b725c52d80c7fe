"""Rows of CVE allowlists: one for each project that has written any, and (project 0) the system's."""

import json
from typing import Final

from sqlalchemy import bindparam, delete, select

from pratique import db
from pratique.clock import Moment
from pratique.db import Tx
from pratique.projects.store.tables import cve_allowlist
from pratique.projects.values import Allowlist

_COLUMNS: Final = (
    cve_allowlist.c.project_id,
    cve_allowlist.c.ids,
    cve_allowlist.c.expires_at,
    cve_allowlist.c.id,
    cve_allowlist.c.created_at,
    cve_allowlist.c.updated_at,
)
_OF: Final = select(*_COLUMNS).where(cve_allowlist.c.project_id == bindparam("project"))
_READ: Final = db.Statement(_OF)
_PUT: Final = db.Statement(db.upsert(cve_allowlist, ("project_id",), ("ids", "expires_at", "updated_at")))
_DELETE: Final = db.Statement(delete(cve_allowlist).where(cve_allowlist.c.project_id == bindparam("project")))


def of(tx: Tx, project_id: int) -> Allowlist:
    """A project's list, or (0) the system's; an empty one where nobody has written any."""
    row = tx.row(_READ, project=project_id)
    if row is None:
        return Allowlist(project_id)
    number, ids, *rest = row
    return Allowlist(number, tuple(json.loads(ids)), *rest)


def put(tx: Tx, project_id: int, ids: tuple[str, ...], expires_at: Moment | None, at: Moment) -> None:
    """Write a list over the one that was there."""
    tx.change(
        _PUT,
        project_id=project_id,
        ids=json.dumps(ids),
        expires_at=expires_at,
        created_at=at,
        updated_at=at,
    )


def remove(tx: Tx, project_id: int) -> None:
    """Delete a project's list."""
    tx.change(_DELETE, project=project_id)
