"""Notation's trust stores and each project's trust policy."""

import json
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique.db import Row, Statement, Tx, insert_ignore, upsert
from pratique.trust.store import reaches
from pratique.trust.store.tables import notation_policy, notation_store
from pratique.trust.store.values import NotationPolicy, NotationStore, StoreType

_s = notation_store.c
_in_project = _s.project_id == bindparam("project_id")
_named = _in_project & (_s.type == bindparam("type")) & (_s.name == bindparam("name"))
_COLUMNS: Final = (
    _s.id,
    _s.project_id,
    _s.name,
    _s.type,
    _s.certificates,
    _s.created_at,
    _s.creator,
    *reaches.columns(notation_store),
)

_INSERT: Final = Statement(insert_ignore(notation_store, "project_id", "type", "name", returning=["id"]))
_LIST: Final = Statement(select(*_COLUMNS).where(_in_project).order_by(_s.type, _s.name))
_GET: Final = Statement(select(*_COLUMNS).where(_named))
_REMOVE: Final = Statement(delete(notation_store).where(_named))
_REMOVE_ALL: Final = Statement(delete(notation_store).where(_in_project))
_COUNT: Final = Statement(select(func.count()).where(_in_project))
_EVERY: Final = Statement(select(*_COLUMNS).order_by(_s.project_id, _s.type, _s.name))
_PROJECTS: Final = Statement(select(_s.project_id).distinct().order_by(_s.project_id))
_POLICY: Final = Statement(
    select(
        notation_policy.c.document,
        notation_policy.c.since,
        notation_policy.c.updated_at,
        notation_policy.c.creator,
    ).where(notation_policy.c.project_id == bindparam("project_id"))
)
_PUT_POLICY: Final = Statement(
    upsert(notation_policy, ("project_id",), ("document", "since", "updated_at", "creator"))
)
_DROP_POLICY: Final = Statement(
    delete(notation_policy).where(notation_policy.c.project_id == bindparam("project_id"))
)


def insert(tx: Tx, store: NotationStore) -> bool:
    """Write a store, whatever its `id`. False: the project has one of that type and name."""
    row = tx.row(
        _INSERT,
        project_id=store.project_id,
        name=store.name,
        type=store.type,
        certificates=json.dumps(store.certificates),
        created_at=store.created_at,
        creator=store.creator,
        **reaches.written(store.reach),
    )
    return row is not None


def of_project(tx: Tx, project_id: int) -> list[NotationStore]:
    """The stores of a project, by type and name."""
    return [_store(row) for row in tx.rows(_LIST, project_id=project_id)]


def named(tx: Tx, project_id: int, kind: StoreType, name: str) -> NotationStore | None:
    """One store, or None."""
    row = tx.row(_GET, project_id=project_id, type=kind, name=name)
    return _store(row) if row else None


def remove(tx: Tx, project_id: int, kind: StoreType, name: str) -> bool:
    """Whether there was such a store."""
    return tx.change(_REMOVE, project_id=project_id, type=kind, name=name) > 0


def remove_all(tx: Tx, project_id: int) -> None:
    """Forget a project's stores and its policy."""
    tx.change(_REMOVE_ALL, project_id=project_id)
    tx.change(_DROP_POLICY, project_id=project_id)


def count(tx: Tx, project_id: int) -> int:
    """How many stores a project has."""
    row = tx.row(_COUNT, project_id=project_id)
    return int(row[0]) if row else 0


def every(tx: Tx) -> list[NotationStore]:
    """The stores of all projects."""
    return [_store(row) for row in tx.rows(_EVERY)]


def projects(tx: Tx) -> list[int]:
    """The projects that have stores."""
    return [int(row[0]) for row in tx.rows(_PROJECTS)]


def policy_of(tx: Tx, project_id: int) -> NotationPolicy | None:
    """The project's policy as it stands; None: it never had one. An empty document: it has none now."""
    row = tx.row(_POLICY, project_id=project_id)
    return NotationPolicy(*row) if row else None


def put_policy(tx: Tx, project_id: int, policy: NotationPolicy) -> None:
    """Write a project's policy."""
    tx.change(
        _PUT_POLICY,
        project_id=project_id,
        document=policy.document,
        since=policy.since,
        updated_at=policy.updated_at,
        creator=policy.creator,
    )


def _store(row: Row) -> NotationStore:
    number, project_id, name, kind, certificates, created_at, creator, *reach = row
    return NotationStore(
        id=number,
        project_id=project_id,
        name=name,
        type=kind,
        certificates=tuple(json.loads(certificates)),
        reach=reaches.read(*reach),
        created_at=created_at,
        creator=creator,
    )
