"""Trusted identities."""

import json
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique.db import Row, Statement, Tx, insert_ignore
from pratique.trust.store import reaches
from pratique.trust.store.tables import trusted_identity
from pratique.trust.store.values import TrustedIdentity

_i = trusted_identity.c
_in_project = _i.project_id == bindparam("project_id")
_named = _in_project & (_i.name == bindparam("name"))
_COLUMNS: Final = (
    _i.id,
    _i.project_id,
    _i.name,
    _i.issuer,
    _i.identity,
    _i.pattern,
    _i.san_type,
    _i.extensions,
    _i.trusted_root,
    _i.created_at,
    _i.creator,
    *reaches.columns(trusted_identity),
)

_INSERT: Final = Statement(insert_ignore(trusted_identity, "project_id", "name", returning=["id"]))
_LIST: Final = Statement(select(*_COLUMNS).where(_in_project).order_by(_i.name))
_GET: Final = Statement(select(*_COLUMNS).where(_named))
_REMOVE: Final = Statement(delete(trusted_identity).where(_named))
_REMOVE_ALL: Final = Statement(delete(trusted_identity).where(_in_project))
_COUNT: Final = Statement(select(func.count()).where(_in_project))
_OF_ROOT: Final = Statement(select(*_COLUMNS).where(_i.trusted_root == bindparam("root")).order_by(_i.id))


def insert(tx: Tx, identity: TrustedIdentity) -> bool:
    """Write an identity, whatever its `id`. False: the project has one of that name."""
    row = tx.row(
        _INSERT,
        project_id=identity.project_id,
        name=identity.name,
        issuer=identity.issuer,
        identity=identity.identity,
        pattern=identity.pattern,
        san_type=identity.san_type,
        extensions=json.dumps(dict(identity.extensions), sort_keys=True),
        trusted_root=identity.trusted_root,
        created_at=identity.created_at,
        creator=identity.creator,
        **reaches.written(identity.reach),
    )
    return row is not None


def of_project(tx: Tx, project_id: int) -> list[TrustedIdentity]:
    """The identities of a project, by name."""
    return [_identity(row) for row in tx.rows(_LIST, project_id=project_id)]


def named(tx: Tx, project_id: int, name: str) -> TrustedIdentity | None:
    """One identity, or None."""
    row = tx.row(_GET, project_id=project_id, name=name)
    return _identity(row) if row else None


def of_root(tx: Tx, root: str) -> list[TrustedIdentity]:
    """The identities of all projects that name a root."""
    return [_identity(row) for row in tx.rows(_OF_ROOT, root=root)]


def remove(tx: Tx, project_id: int, name: str) -> bool:
    """Whether there was such an identity."""
    return tx.change(_REMOVE, project_id=project_id, name=name) > 0


def remove_all(tx: Tx, project_id: int) -> int:
    """How many identities the project had."""
    return tx.change(_REMOVE_ALL, project_id=project_id)


def count(tx: Tx, project_id: int) -> int:
    """How many identities a project has."""
    row = tx.row(_COUNT, project_id=project_id)
    return int(row[0]) if row else 0


def _identity(row: Row) -> TrustedIdentity:
    number, project_id, name, issuer, exact, pattern, san_type, extensions, root, *rest = row
    created_at, creator, *reach = rest
    return TrustedIdentity(
        id=number,
        project_id=project_id,
        name=name,
        issuer=issuer,
        identity=exact,
        pattern=pattern,
        san_type=san_type,
        extensions=json.loads(extensions),
        trusted_root=root,
        reach=reaches.read(*reach),
        created_at=created_at,
        creator=creator,
    )
