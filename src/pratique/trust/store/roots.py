"""Trusted roots in all their versions: what was removed once is recognised when it comes back."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, func, select

from pratique.db import Row, Statement, Tx, insert_ignore
from pratique.trust.roots import Thresholds
from pratique.trust.store.tables import trusted_root
from pratique.trust.store.values import StoredRoot

_r = trusted_root.c
_COLUMNS: Final = (
    _r.id,
    _r.name,
    _r.version,
    _r.content,
    _r.digest,
    _r.thresholds,
    _r.since,
    _r.created_at,
    _r.creator,
)
_newest = select(func.max(_r.version)).where(_r.name == bindparam("name")).scalar_subquery()
_others = trusted_root.alias("others")
_superseded = select(_others.c.id).where(_others.c.name == _r.name, _others.c.version > _r.version).exists()

_INSERT: Final = Statement(insert_ignore(trusted_root, "name", "version", returning=["id"]))
_CURRENT: Final = Statement(select(*_COLUMNS).where(_r.name == bindparam("name"), _r.version == _newest))
_ALL_CURRENT: Final = Statement(select(*_COLUMNS).where(~_superseded).order_by(_r.name))
_VERSIONS: Final = Statement(
    select(*_COLUMNS).where(_r.name == bindparam("name")).order_by(_r.version.desc())
)
_REMOVE: Final = Statement(delete(trusted_root).where(_r.name == bindparam("name")))


def insert(tx: Tx, root: StoredRoot) -> bool:
    """Write a version, whatever its `id`. False: there is that version of it."""
    row = tx.row(
        _INSERT,
        name=root.name,
        version=root.version,
        content=root.content,
        digest=root.digest,
        thresholds=msgspec.json.encode(root.thresholds).decode() if root.thresholds else None,
        since=root.since,
        created_at=root.created_at,
        creator=root.creator,
    )
    return row is not None


def current(tx: Tx, name: str) -> StoredRoot | None:
    """The newest version of a root, or None."""
    row = tx.row(_CURRENT, name=name)
    return _root(row) if row else None


def all_current(tx: Tx) -> list[StoredRoot]:
    """The newest version of every root, by name."""
    return [_root(row) for row in tx.rows(_ALL_CURRENT)]


def versions(tx: Tx, name: str) -> list[StoredRoot]:
    """Every version of a root, the newest first."""
    return [_root(row) for row in tx.rows(_VERSIONS, name=name)]


def remove(tx: Tx, name: str) -> int:
    """How many versions there were."""
    return tx.change(_REMOVE, name=name)


def _root(row: Row) -> StoredRoot:
    number, name, version, content, digest, thresholds, since, created_at, creator = row
    return StoredRoot(
        id=number,
        name=name,
        version=version,
        content=content,
        digest=digest,
        thresholds=msgspec.json.decode(thresholds, type=Thresholds) if thresholds else None,
        since=since,
        created_at=created_at,
        creator=creator,
    )
