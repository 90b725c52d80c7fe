"""Images: whether they were examined, what they say of themselves, and which shares they have."""

import hashlib
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, text

from pratique.db import Row, Statement, Tx, one_of, upsert
from pratique.inventory.store.tables import (
    component,
    image_contents,
    image_layer,
    layer_component,
    layer_share,
)
from pratique.inventory.store.values import StoredImage

_i, _l, _p, _s, _c = image_contents.c, image_layer.c, layer_component.c, layer_share.c, component.c
_COLUMNS: Final = ("readers", "problem", "distribution", "release", "said", "examined_at")
_this = _i.digest == bindparam("digest")
PART: Final = (
    _c.family,
    _c.release,
    _c.channel,
    _c.name,
    _c.version,
    _c.purl,
    _c.package,
    _p.path,
    _p.reader,
    _p.state,
    _s.layer,
)
"""What is told of a package in an image."""

# In two, each of which goes by the index: mostly there is none.
_COUNT: Final = select(func.count()).select_from(image_contents)
_COUNT_BELOW: Final = Statement(_COUNT.where(_i.readers < bindparam("current")))
_COUNT_ABOVE: Final = Statement(_COUNT.where(_i.readers > bindparam("current")))

_LOCK_BYTES: Final = 8
_key: Final = bindparam("key", type_=BigInteger)
_ALONE: Final = Statement(select(func.pg_advisory_xact_lock(_key)))
_WITH_OTHERS: Final = Statement(select(func.pg_advisory_xact_lock_shared(_key)))
_PUT: Final = Statement(upsert(image_contents, ["digest"], _COLUMNS, returning=["id"]))
_GET: Final = Statement(select(_i.digest, *(_i[name] for name in _COLUMNS)).where(_this))
_NUMBER: Final = Statement(select(_i.id).where(_this))
_REMOVE: Final = Statement(delete(image_contents).where(_this))
_SHARES: Final = Statement(select(_l.share_id).where(_l.image_id == bindparam("number")))
_ADD_SHARES: Final = Statement(insert(image_layer))
_DROP_SHARES: Final = Statement(delete(image_layer).where(_l.image_id == bindparam("number")))
_HAS: Final = Statement(
    select(_s.mark, _s.id)
    .select_from(image_contents)
    .join(image_layer, _l.image_id == _i.id)
    .join(layer_share, _s.id == _l.share_id)
    .where(_this)
    .order_by(_s.id)
)
_PARTS: Final = Statement(
    select(*PART)
    .select_from(image_contents)
    .join(image_layer, _l.image_id == _i.id)
    .join(layer_share, _s.id == _l.share_id)
    .join(layer_component, _p.share_id == _s.id)
    .join(component, _c.id == _p.component_id)
    .where(_this)
)
_OF_SHARE: Final = Statement(
    select(*PART)
    .select_from(layer_share)
    .join(layer_component, _p.share_id == _s.id)
    .join(component, _c.id == _p.component_id)
    .where(_s.id == bindparam("number"))
)
_WITH: Final = Statement(
    select(_i.digest)
    .where(
        _i.id.in_(
            select(_l.image_id)
            .join(layer_component, _p.share_id == _l.share_id)
            .where(one_of(_p.component_id, "components"))
        )
    )
    .order_by(_i.digest)
)
_EXAMINED: Final = Statement(
    select(_i.digest, _i.examined_at, _i.problem != text("''")).where(one_of(_i.digest, "digests"))
)
_OF_READERS: Final = Statement(
    select(_i.digest)
    .where(_i.readers != bindparam("current"), _i.digest > bindparam("after"))
    .order_by(_i.digest)
    .limit(bindparam("most"))
)


def hold(tx: Tx, digests: Iterable[str], *, alone: bool) -> None:
    """Keep what is known of images until the transaction ends: from being forgotten, or (`alone`) for oneself.

    On SQLite the single writer is that lock.
    """
    if tx.dialect == "postgresql":
        for key in sorted({_lock_of(digest) for digest in digests}):
            tx.rows(_ALONE if alone else _WITH_OTHERS, key=key)


def _lock_of(digest: str) -> int:
    """A signed BIGINT. Of two images with the same one the other waits too, which does no harm."""
    marked = hashlib.sha256(f"image_contents {digest}".encode()).digest()
    return int.from_bytes(marked[:_LOCK_BYTES], signed=True)


def count_of_other_readers(tx: Tx, readers: str) -> int:
    """How many images were examined by another version of the readers."""
    rows = tx.rows(_COUNT_BELOW, current=readers) + tx.rows(_COUNT_ABOVE, current=readers)
    return sum(int(row[0]) for row in rows)


def put(tx: Tx, image: StoredImage) -> int:
    """Write or replace an image's row; its number. Its shares stay as they are."""
    row = tx.row(
        _PUT,
        digest=image.digest,
        readers=image.readers,
        problem=image.problem,
        distribution=image.distribution,
        release=image.release,
        said=image.said,
        examined_at=image.examined_at,
    )
    if row is None:
        raise ValueError("an upsert returns its row")
    return int(row[0])


def get(tx: Tx, digest: str) -> StoredImage | None:
    """An image's row, or None."""
    row = tx.row(_GET, digest=digest)
    return None if row is None else StoredImage(*row)


def examined(tx: Tx, digests: Collection[str]) -> list[Row]:
    """Digest, time, and whether there was a problem, of each that was examined."""
    return tx.rows(_EXAMINED, digests=list(digests))


def remove(tx: Tx, digest: str) -> list[int]:
    """Delete an image; the numbers of the shares it had."""
    row = tx.row(_NUMBER, digest=digest)
    if row is None:
        return []
    had = replace_shares(tx, int(row[0]), ())
    tx.change(_REMOVE, digest=digest)
    return had


def replace_shares(tx: Tx, number: int, shares: Iterable[int]) -> list[int]:
    """Say which shares an image has; the numbers of those it had before."""
    had = [int(row[0]) for row in tx.rows(_SHARES, number=number)]
    if had:
        tx.change(_DROP_SHARES, number=number)
    rows = [{"image_id": number, "share_id": share} for share in shares]
    if rows:
        tx.change_many(_ADD_SHARES, rows)
    return had


def parts(tx: Tx, digest: str) -> list[Row]:
    """What an image has, in no order: the columns of the key, purl, package, path, reader, state, layer."""
    return tx.rows(_PARTS, digest=digest)


def shares(tx: Tx, digest: str) -> dict[str, int]:
    """The shares that an image has: their numbers by their marks."""
    return {mark: int(number) for mark, number in tx.rows(_HAS, digest=digest)}


def of_share(tx: Tx, number: int) -> list[Row]:
    """What is in a share, as `parts` has it."""
    return tx.rows(_OF_SHARE, number=number)


def with_components(tx: Tx, components: Collection[int]) -> list[str]:
    """The digests of the images that have one of these components, sorted."""
    return [str(row[0]) for row in tx.rows(_WITH, components=list(components))]


def of_other_readers(tx: Tx, readers: str, after: str, most: int) -> list[str]:
    """Up to `most` digests behind `after` that were examined by another version of the readers, sorted."""
    return [str(row[0]) for row in tx.rows(_OF_READERS, current=readers, after=after, most=most)]
