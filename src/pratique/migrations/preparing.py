"""What a process does about the schema before it uses a database.

The embedded database belongs to one installation: it is upgraded at start, after a copy was made. A PostgreSQL database
may serve several processes of two releases at once, and it is the operator who says when: `pratique db upgrade`.
"""

import os
from pathlib import Path

from pratique.db import Database
from pratique.migrations.revisions import Revisions, SchemaMismatch, Upgrade

UPGRADE_COMMAND = "pratique db upgrade"


def check(database: Database, revisions: Revisions | None = None) -> None:
    """Look whether the schema is the newest one that this program knows. Raises SchemaMismatch."""
    known = revisions or Revisions()
    with database.read() as tx:
        current = known.current(tx)
    if current != known.head:
        found = "has no schema yet" if current is None else f"is at revision {current}"
        raise SchemaMismatch(
            f"the database {found}, and this version needs {known.head}: run `{UPGRADE_COMMAND}`"
        )


def prepare(
    database: Database, directory: Path, *, embedded: bool, revisions: Revisions | None = None
) -> Upgrade | None:
    """Make the schema what this program needs: called once by a process that serves, before it builds its rooms.

    `embedded` (SQLite): upgrades; of a database that had a schema a copy is left in
    `directory / before-<new revision>.db`. Otherwise (PostgreSQL) changes nothing and raises SchemaMismatch, which
    names the command to run. Returns what was done, None when nothing was to do. Safe to call from several processes.
    """
    known = revisions or Revisions()
    if not embedded:
        check(database, known)
        return None
    with database.read() as tx:
        current = known.current(tx)
    if current == known.head:
        return None
    return upgrade(database, directory, known)


def upgrade(database: Database, directory: Path, revisions: Revisions) -> Upgrade:
    """Bring the schema forward; of an embedded database that had one a copy is made first."""
    with database.read() as tx:
        current = revisions.current(tx)
    copy = None
    if current not in (None, revisions.head) and database.dialect == "sqlite":
        copy = _copy(database, directory / f"before-{revisions.head}.db")
    done = revisions.upgrade(database)
    return Upgrade(done.before, done.after, copy)


def _copy(database: Database, target: Path) -> Path:
    """A copy of an attempt that failed is replaced: what changed since belongs into it."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    database.backup(part)
    part.replace(target)
    return target
