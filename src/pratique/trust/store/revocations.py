"""CRLs and OCSP responses, the newest of each authority."""

from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique.db import Row, Statement, Tx, upsert
from pratique.trust.store.tables import revocation_list
from pratique.trust.store.values import StoredList

_l = revocation_list.c
_REST: Final = (_l.digest, _l.this_update, _l.next_update, _l.created_at, _l.creator)
_WHOLE: Final = select(_l.id, _l.kind, _l.scope, _l.content, *_REST)
_PUT: Final = Statement(
    upsert(
        revocation_list,
        ("kind", "scope"),
        ("content", "digest", "this_update", "next_update", "created_at", "creator"),
    )
)
_LIST: Final = Statement(_WHOLE.order_by(_l.kind, _l.scope))
_DESCRIBED: Final = Statement(select(_l.id, _l.kind, _l.scope, *_REST).order_by(_l.kind, _l.scope))
_GET: Final = Statement(_WHOLE.where(_l.kind == bindparam("kind"), _l.scope == bindparam("scope")))
_BY_ID: Final = Statement(_WHOLE.where(_l.id == bindparam("list_id")))
_SIZES: Final = Statement(select(func.count(), func.coalesce(func.sum(func.length(_l.content)), 0)))
_REMOVE: Final = Statement(delete(revocation_list).where(_l.id == bindparam("list_id")))


def put(tx: Tx, found: StoredList) -> None:
    """Write a list in the place of the one before it, whatever its `id`."""
    tx.change(
        _PUT,
        kind=found.kind,
        scope=found.scope,
        content=found.content,
        digest=found.digest,
        this_update=found.this_update,
        next_update=found.next_update,
        created_at=found.created_at,
        creator=found.creator,
    )


def every(tx: Tx) -> list[StoredList]:
    """All of them."""
    return [_list(row) for row in tx.rows(_LIST)]


def described(tx: Tx) -> list[StoredList]:
    """All of them without their contents."""
    return [_list((*row[:3], b"", *row[3:])) for row in tx.rows(_DESCRIBED)]


def of_scope(tx: Tx, kind: str, scope: str) -> StoredList | None:
    """The one of an authority, or None."""
    row = tx.row(_GET, kind=kind, scope=scope)
    return _list(row) if row else None


def by_id(tx: Tx, list_id: int) -> StoredList | None:
    """The one of that number, or None."""
    row = tx.row(_BY_ID, list_id=list_id)
    return _list(row) if row else None


def sizes(tx: Tx) -> tuple[int, int]:
    """How many there are, and the bytes of all together."""
    row = tx.row(_SIZES)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def remove(tx: Tx, list_id: int) -> bool:
    """Whether there was one of that number."""
    return tx.change(_REMOVE, list_id=list_id) > 0


def _list(row: Row) -> StoredList:
    number, kind, scope, content, *rest = row
    return StoredList(number, kind, scope, bytes(content), *rest)
