"""How far the scrub is, and what it marks."""

import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.store.tables import blob, blob_link, repository

KEPT: Final = 100
"""Rounds whose record is kept."""

scrub_round: Final = Table(
    "scrub_round",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    # The digest that was checked last: an interrupted round goes on behind it.
    Column("last", String(135), nullable=False),
    Column("checked", BigInteger, nullable=False),
    Column("checked_bytes", BigInteger, nullable=False),
    Column("corrupt", Text, nullable=False),
    Column("missing", Text, nullable=False),
    sqlite_autoincrement=True,
)


class BlobRow(NamedTuple):
    """A recorded blob."""

    digest: Digest
    size: int
    is_corrupt: bool


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over all blobs. `corrupt`: other bytes than their digest says; `missing`: none at all."""

    id: int
    started_at: Moment
    ended_at: Moment | None
    last: str
    checked: int
    checked_bytes: int
    corrupt: tuple[str, ...]
    missing: tuple[str, ...]


_UNFINISHED: Final = Statement(
    select(scrub_round).where(scrub_round.c.ended_at.is_(None)).order_by(scrub_round.c.id.desc()).limit(1)
)
_BY_ID: Final = Statement(select(scrub_round).where(scrub_round.c.id == bindparam("id")))
_BEGIN: Final = Statement(
    insert(scrub_round)
    .values(
        started_at=bindparam("now"),
        last="",
        checked=0,
        checked_bytes=0,
        corrupt="[]",
        missing="[]",
        ended_at=None,
    )
    .returning(scrub_round.c.id)
)
_ADVANCE: Final = Statement(
    update(scrub_round)
    .where(scrub_round.c.id == bindparam("round_id"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}")
            for column in scrub_round.columns
            if column.name != "id"
        }
    )
)
_FORGET: Final = Statement(delete(scrub_round).where(scrub_round.c.id <= bindparam("id")))
_PAGE: Final = Statement(
    select(blob.c.digest, blob.c.size, blob.c.corrupt)
    .where(blob.c.digest > bindparam("last"))
    .order_by(blob.c.digest)
    .limit(bindparam("most"))
)
_MARK: Final = Statement(
    update(blob)
    .where(
        blob.c.digest == bindparam("blob_digest"), blob.c.corrupt != bindparam("is_corrupt", type_=Boolean)
    )
    .values(corrupt=bindparam("is_corrupt", type_=Boolean))
)
_MARKED: Final = Statement(select(blob.c.corrupt).where(blob.c.digest == bindparam("digest")))
_LINKING: Final = Statement(
    select(repository.c.name)
    .join(blob_link, blob_link.c.repository_id == repository.c.id)
    .where(blob_link.c.digest == bindparam("digest"))
)


def _made(row: tuple[Any, ...]) -> Round:
    round_id, started_at, ended_at, last, checked, checked_bytes, corrupt, missing = row
    return Round(
        round_id,
        started_at,
        ended_at,
        last,
        checked,
        checked_bytes,
        tuple(json.loads(corrupt)),
        tuple(json.loads(missing)),
    )


def current(tx: Tx, now: Moment) -> Round:
    """The round that was interrupted, or a new one."""
    row = tx.row(_UNFINISHED)
    if row is None:
        begun = tx.row(_BEGIN, now=now)
        round_id = int(begun[0]) if begun else 0
        tx.change(_FORGET, id=round_id - KEPT)
        row = tx.row(_BY_ID, id=round_id)
    if row is None:
        raise LookupError("a round of the scrub vanished inside its own transaction")
    return _made(row)


def advance(tx: Tx, at: Round) -> None:
    """Record how far a round is."""
    tx.change(
        _ADVANCE,
        round_id=at.id,
        new_started_at=at.started_at,
        new_ended_at=at.ended_at,
        new_last=at.last,
        new_checked=at.checked,
        new_checked_bytes=at.checked_bytes,
        new_corrupt=json.dumps(at.corrupt),
        new_missing=json.dumps(at.missing),
    )


def page(tx: Tx, last: str, most: int) -> list[BlobRow]:
    """Recorded blobs, by digest, after one."""
    rows = tx.rows(_PAGE, last=last, most=most)
    return [BlobRow(Digest(row[0]), int(row[1]), bool(row[2])) for row in rows]


def mark(tx: Tx, digest: Digest, *, is_corrupt: bool) -> bool:
    """Say whether a blob's bytes are damaged, and let go of what readers hold. False: it stood so already."""
    if not tx.change(_MARK, blob_digest=digest, is_corrupt=is_corrupt):
        return False
    tx.touch(*(f"blob:{row[0]}@{digest}" for row in tx.rows(_LINKING, digest=digest)))
    return True


def is_marked(tx: Tx, digest: Digest) -> bool:
    """Whether a blob is recorded, and as damaged."""
    row = tx.row(_MARKED, digest=digest)
    return row is not None and bool(row[0])
