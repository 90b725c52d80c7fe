"""Packages, each once for all images that have it."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, exists, select

from pratique.db import Row, Statement, Tx, insert_ignore, one_of
from pratique.inventory.store.tables import component, layer_component
from pratique.inventory.store.values import NOBODY, StoredComponent
from pratique.packages import Component, Ecosystem

_c = component.c
_KEY: Final = (_c.family, _c.release, _c.channel, _c.name, _c.version)
_LOOKUP_BYTES: Final = 8

_NUMBERS: Final = Statement(select(_c.mark, _c.id).where(one_of(_c.mark, "marks")))
_INSERT: Final = Statement(insert_ignore(component, "mark"))
_BY_LOOKUP: Final = Statement(
    select(_c.id, *_KEY).where(one_of(_c.lookup, "lookups"), _c.family != bindparam("nobody"))
)
_ROWS: Final = Statement(
    select(_c.id, *_KEY, _c.purl, _c.package).where(one_of(_c.id, "numbers")).order_by(_c.id)
)
_DROP_ORPHANS: Final = Statement(
    delete(component)
    .where(one_of(_c.id, "numbers"), ~exists().where(layer_component.c.component_id == _c.id))
    .returning(*_KEY)
)


def put(tx: Tx, components: Iterable[StoredComponent]) -> dict[str, int]:
    """Write those that are not there; the numbers of all of them by their marks."""
    wanted = {one.mark: one for one in components}
    known = numbers(tx, wanted)
    new = [one for mark, one in wanted.items() if mark not in known]
    if new:
        tx.change_many(_INSERT, [_values(one) for one in new])
        known |= numbers(tx, [one.mark for one in new])
    return known


def numbers(tx: Tx, marks: Collection[str]) -> dict[str, int]:
    """The numbers of components by their marks, of those that are there."""
    return {mark: int(number) for mark, number in tx.rows(_NUMBERS, marks=list(marks))}


def with_keys(tx: Tx, keys: Collection[Component]) -> list[int]:
    """The numbers of the components that advisories look up by one of `keys`."""
    return [number for number, _ in _looked_up(tx, {columns(key) for key in keys})]


def rows(tx: Tx, numbers: Collection[int]) -> list[Row]:
    """Number, the columns of the key, purl and package of each."""
    return tx.rows(_ROWS, numbers=list(numbers))


def drop_orphans(tx: Tx, numbers: Sequence[int]) -> set[Component]:
    """Delete those of `numbers` that no share has any more; the keys that no component has any more."""
    gone = {tuple(row) for row in tx.rows(_DROP_ORPHANS, numbers=list(numbers))} - {NOBODY}
    left = {key for _, key in _looked_up(tx, gone)} if gone else set()
    return {
        Component(Ecosystem(family, release, channel), name, version)
        for family, release, channel, name, version in gone - left
    }


def columns(key: Component | None) -> tuple[str, ...]:
    """The columns of a key: family, release, channel, name, version."""
    if key is None:
        return NOBODY
    of = key.ecosystem
    return (of.family, of.release, of.channel, key.name, key.version)


def _looked_up(tx: Tx, wanted: Collection[tuple[str, ...]]) -> list[tuple[int, tuple[str, ...]]]:
    rows = tx.rows(_BY_LOOKUP, lookups=sorted({_lookup(key) for key in wanted}), nobody="")
    found = ((int(number), tuple(key)) for number, *key in rows)
    return [(number, key) for number, key in found if key in wanted]


def _values(one: StoredComponent) -> dict[str, object]:
    key = columns(one.key)
    named = dict(zip(("family", "release", "channel", "name", "version"), key, strict=True))
    return {"mark": one.mark, "lookup": _lookup(key), "purl": one.purl, "package": one.package, **named}


def _lookup(key: tuple[str, ...]) -> int:
    """A short hash of a key, as a signed BIGINT. Whoever looks by it compares the key itself as well."""
    digest = hashlib.sha256("\0".join(key).encode()).digest()
    return int.from_bytes(digest[:_LOOKUP_BYTES], signed=True)
