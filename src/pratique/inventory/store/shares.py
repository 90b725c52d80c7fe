"""What images have from one layer: stored once for all that have the same from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, select

from pratique.db import Statement, Tx, insert_ignore, one_of
from pratique.inventory.store.tables import image_layer, layer_component, layer_share
from pratique.inventory.store.values import SharePart

_s, _p = layer_share.c, layer_component.c

LOCK: Final = 0x7072_6174_0073_6872
"""The advisory lock of everybody who writes shares or throws them away."""

_LOCK: Final = Statement(select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger))))
_NUMBERS: Final = Statement(select(_s.mark, _s.id).where(one_of(_s.mark, "marks")))
_INSERT: Final = Statement(insert_ignore(layer_share, "mark", returning=["id"]))
_INSERT_PARTS: Final = Statement(insert(layer_component))
_ORPHANS: Final = Statement(
    select(_s.id).where(one_of(_s.id, "numbers"), ~exists().where(image_layer.c.share_id == _s.id))
)
_COMPONENTS: Final = Statement(select(_p.component_id).distinct().where(one_of(_p.share_id, "numbers")))
_DROP_PARTS: Final = Statement(delete(layer_component).where(one_of(_p.share_id, "numbers")))
_DROP: Final = Statement(delete(layer_share).where(one_of(_s.id, "numbers")))


def hold(tx: Tx) -> None:
    """Take turns until the transaction ends: nobody throws away what somebody else is about to refer to.

    On SQLite the single writer is that lock.
    """
    if tx.dialect == "postgresql":
        tx.rows(_LOCK, key=LOCK)


def numbers(tx: Tx, marks: Collection[str]) -> dict[str, int]:
    """The numbers of shares by their marks, of those that are there."""
    return {mark: int(number) for mark, number in tx.rows(_NUMBERS, marks=list(marks))}


def insert_share(
    tx: Tx, mark: str, layer: str, parts: Sequence[SharePart], components: Mapping[str, int]
) -> int:
    """Write a share that is not there; its number. `components` are numbers by marks. The lock is held."""
    row = tx.row(_INSERT, mark=mark, layer=layer)
    if row is None:
        raise ValueError(f"the share {mark} is there already")
    number = int(row[0])
    tx.change_many(
        _INSERT_PARTS,
        [
            {
                "share_id": number,
                "ordinal": ordinal,
                "component_id": components[part.component],
                "path": part.path,
                "reader": part.reader,
                "state": part.state,
            }
            for ordinal, part in enumerate(parts)
        ],
    )
    return number


def drop_orphans(tx: Tx, numbers: Sequence[int]) -> list[int]:
    """Delete those of `numbers` that no image has any more; the numbers of the components that they had."""
    orphans = [int(row[0]) for row in tx.rows(_ORPHANS, numbers=list(numbers))]
    if not orphans:
        return []
    components = [int(row[0]) for row in tx.rows(_COMPONENTS, numbers=orphans)]
    tx.change(_DROP_PARTS, numbers=orphans)
    tx.change(_DROP, numbers=orphans)
    return components
