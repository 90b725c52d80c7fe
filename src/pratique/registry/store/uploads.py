"""Uploads that are open: whose they are and how long they last. How far they are is the spool's to know."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.registry.store.tables import repository, upload


class UploadRow(NamedTuple):
    """An open upload."""

    id: str
    repository_id: int
    repository: str
    principal: str
    algorithm: str
    expires_at: Moment


_COLUMNS: Final = (
    upload.c.id,
    upload.c.repository_id,
    repository.c.name,
    upload.c.principal,
    upload.c.algorithm,
    upload.c.expires_at,
)
_INSERT: Final = Statement(
    insert(upload).values(
        {column.name: bindparam(column.name, type_=column.type) for column in upload.columns}
    )
)
_BY_ID: Final = Statement(
    select(*_COLUMNS)
    .join(repository, repository.c.id == upload.c.repository_id)
    .where(upload.c.id == bindparam("id"))
)
_PROLONG: Final = Statement(
    update(upload).where(upload.c.id == bindparam("upload_id")).values(expires_at=bindparam("until"))
)
_DELETE: Final = Statement(delete(upload).where(upload.c.id == bindparam("id")))
_OPEN: Final = Statement(
    select(func.count())
    .select_from(upload)
    .where(upload.c.principal == bindparam("principal"), upload.c.expires_at > bindparam("now"))
)
_ALL: Final = Statement(select(func.count()).select_from(upload))
_EXPIRED: Final = Statement(
    select(upload.c.id)
    .where(upload.c.expires_at <= bindparam("now"))
    .order_by(upload.c.expires_at)
    .limit(bindparam("most"))
)
_KNOWN: Final = Statement(select(upload.c.id).where(db.one_of(upload.c.id, "ids")))
_STARTED: Final = Statement(
    select(upload.c.id)
    .where(upload.c.started_at < bindparam("before"), upload.c.id > bindparam("last"))
    .order_by(upload.c.id)
    .limit(bindparam("most"))
)


def insert_open(tx: Tx, **values: Any) -> None:
    """Open an upload: `id`, `repository_id`, `principal`, `algorithm`, `started_at`, `expires_at`."""
    tx.change(_INSERT, **values)


def by_id(tx: Tx, upload_id: str) -> UploadRow | None:
    """The upload of that id, expired or not."""
    row = tx.row(_BY_ID, id=upload_id)
    return None if row is None else UploadRow(*row)


def prolong(tx: Tx, upload_id: str, until: Moment) -> None:
    """Let an upload expire later."""
    tx.change(_PROLONG, upload_id=upload_id, until=until)


def remove(tx: Tx, upload_id: str) -> bool:
    """Delete an upload's row. False: it was gone."""
    return tx.change(_DELETE, id=upload_id) > 0


def count_open(tx: Tx, principal: str, now: Moment) -> int:
    """How many uploads a principal has open."""
    row = tx.row(_OPEN, principal=principal, now=now)
    return int(row[0]) if row else 0


def count_all(tx: Tx) -> int:
    """How many uploads there are, of whomever."""
    return int(tx.rows(_ALL)[0][0])


def expired(tx: Tx, now: Moment, most: int) -> list[str]:
    """Ids of uploads whose time is over, the oldest first."""
    return [str(row[0]) for row in tx.rows(_EXPIRED, now=now, most=most)]


def known(tx: Tx, ids: Collection[str]) -> frozenset[str]:
    """Which of the ids are uploads."""
    return frozenset(str(row[0]) for row in tx.rows(_KNOWN, ids=list(ids)))


def started_before(tx: Tx, before: Moment, last: str, most: int) -> list[str]:
    """Ids of uploads begun before a moment, after the id `last`, in their order."""
    return [str(row[0]) for row in tx.rows(_STARTED, before=before, last=last, most=most)]
