"""Trusted keys."""

from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique.db import Row, Statement, Tx, insert_ignore
from pratique.trust.store import reaches
from pratique.trust.store.tables import trusted_key
from pratique.trust.store.values import TrustedKey

_k = trusted_key.c
_in_project = _k.project_id == bindparam("project_id")
_named = _in_project & (_k.name == bindparam("name"))
_COLUMNS: Final = (
    _k.id,
    _k.project_id,
    _k.name,
    _k.public_key,
    _k.fingerprint,
    _k.tlog,
    _k.trusted_root,
    _k.created_at,
    _k.creator,
    *reaches.columns(trusted_key),
)

_INSERT: Final = Statement(insert_ignore(trusted_key, "project_id", "name", returning=["id"]))
_LIST: Final = Statement(select(*_COLUMNS).where(_in_project).order_by(_k.name))
_GET: Final = Statement(select(*_COLUMNS).where(_named))
_REMOVE: Final = Statement(delete(trusted_key).where(_named))
_REMOVE_ALL: Final = Statement(delete(trusted_key).where(_in_project))
_COUNT: Final = Statement(select(func.count()).where(_in_project))
_OF_ROOT: Final = Statement(
    select(*_COLUMNS).where(_k.trusted_root == bindparam("root"), _k.tlog > 0).order_by(_k.id)
)


def insert(tx: Tx, key: TrustedKey) -> bool:
    """Write a key, whatever its `id`. False: the project has one of that name."""
    row = tx.row(
        _INSERT,
        project_id=key.project_id,
        name=key.name,
        public_key=key.public_key,
        fingerprint=key.fingerprint,
        tlog=key.tlog,
        trusted_root=key.trusted_root,
        created_at=key.created_at,
        creator=key.creator,
        **reaches.written(key.reach),
    )
    return row is not None


def of_project(tx: Tx, project_id: int) -> list[TrustedKey]:
    """The keys of a project, by name."""
    return [_key(row) for row in tx.rows(_LIST, project_id=project_id)]


def named(tx: Tx, project_id: int, name: str) -> TrustedKey | None:
    """One key, or None."""
    row = tx.row(_GET, project_id=project_id, name=name)
    return _key(row) if row else None


def of_root(tx: Tx, root: str) -> list[TrustedKey]:
    """The keys of all projects beside which log entries of a root are asked for."""
    return [_key(row) for row in tx.rows(_OF_ROOT, root=root)]


def remove(tx: Tx, project_id: int, name: str) -> bool:
    """Whether there was such a key."""
    return tx.change(_REMOVE, project_id=project_id, name=name) > 0


def remove_all(tx: Tx, project_id: int) -> int:
    """How many keys the project had."""
    return tx.change(_REMOVE_ALL, project_id=project_id)


def count(tx: Tx, project_id: int) -> int:
    """How many keys a project has."""
    row = tx.row(_COUNT, project_id=project_id)
    return int(row[0]) if row else 0


def _key(row: Row) -> TrustedKey:
    number, project_id, name, public_key, fingerprint, tlog, root, created_at, creator, *reach = row
    return TrustedKey(
        id=number,
        project_id=project_id,
        name=name,
        public_key=public_key,
        fingerprint=fingerprint,
        reach=reaches.read(*reach),
        tlog=tlog,
        trusted_root=root,
        created_at=created_at,
        creator=creator,
    )
