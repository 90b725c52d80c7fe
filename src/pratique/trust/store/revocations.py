"""CRLs and OCSP responses, the newest of each authority."""

from typing import Final

from sqlalchemy import bindparam, select

from pratique.db import Row, Statement, Tx, upsert
from pratique.trust.store.tables import revocation_list
from pratique.trust.store.values import RevocationList

_l = revocation_list.c
_COLUMNS: Final = (
    _l.id,
    _l.kind,
    _l.scope,
    _l.content,
    _l.digest,
    _l.this_update,
    _l.next_update,
    _l.created_at,
    _l.creator,
)
_PUT: Final = Statement(
    upsert(
        revocation_list,
        ("kind", "scope"),
        ("content", "digest", "this_update", "next_update", "created_at", "creator"),
    )
)
_LIST: Final = Statement(select(*_COLUMNS).order_by(_l.kind, _l.scope))
_GET: Final = Statement(select(*_COLUMNS).where(_l.kind == bindparam("kind"), _l.scope == bindparam("scope")))


def put(tx: Tx, found: RevocationList) -> None:
    """Write a list in the place of the one before it."""
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


def every(tx: Tx) -> list[RevocationList]:
    """All of them."""
    return [_list(row) for row in tx.rows(_LIST)]


def of_scope(tx: Tx, kind: str, scope: str) -> RevocationList | None:
    """The one of an authority, or None."""
    row = tx.row(_GET, kind=kind, scope=scope)
    return _list(row) if row else None


def _list(row: Row) -> RevocationList:
    number, kind, scope, content, *rest = row
    return RevocationList(number, kind, scope, bytes(content), *rest)
