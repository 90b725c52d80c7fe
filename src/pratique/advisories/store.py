"""Findings by component: its tables, and all of their SQL. What is known of a revision itself is in `schema`."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)

from pratique.advisories.answers import Answer
from pratique.db import Id, Row, Statement, Tx, insert_ignore, metadata, one_of
from pratique.packages import Component, Ecosystem

matched_key: Final = Table(
    "matched_key",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the component: names of strangers' packages are too long for an index.
    Column("mark", String(64), nullable=False, unique=True),
    # A short hash of family and name, by which a change of advisories finds it.
    Column("package", BigInteger, nullable=False, index=True),
    Column("family", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    # Of the advisories that said this first; it holds up to `matched_up_to`.
    Column("revision", BigInteger, nullable=False),
    # All answers in one, for who reports on an image reads those of hundreds of keys.
    Column("answers", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

component_match: Final = Table(
    "component_match",
    metadata,
    Column("advisory", String(255), primary_key=True),
    Column("source", String(255), primary_key=True),
    Column("key_id", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("severity", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Which keys an advisory matches."""

matched_up_to: Final = Table(
    "matched_up_to",
    metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)
"""The revision up to which changes have been followed: every key says what that one says, or a later one."""

matched_changes: Final = Table(
    "matched_changes",
    metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
"""How often what is kept was replaced: who remembers it knows by that when to look again."""

_k, _m, _u, _n = matched_key.c, component_match.c, matched_up_to.c, matched_changes.c
_KEY: Final = (_k.family, _k.release, _k.channel, _k.name, _k.version)
_HASH_BYTES: Final = 8
_ROW: Final = 1

_BEGIN: Final = Statement(insert_ignore(matched_up_to, "id"))
_LAST: Final = select(_u.revision).where(_u.id == _ROW)
_HOLD: Final = Statement(lambda dialect: _LAST.with_for_update() if dialect == "postgresql" else _LAST)
_STANDING: Final = Statement(
    select(_u.revision, func.coalesce(_n.number, 0))
    .join(matched_changes, _n.id == _u.id, isouter=True)
    .where(_u.id == _ROW)
)
_BEGIN_COUNT: Final = Statement(insert_ignore(matched_changes, "id"))
_COUNT: Final = Statement(update(matched_changes).values(number=_n.number + 1))
_LAST_NUMBER: Final = Statement(select(func.coalesce(func.max(_k.id), 0)))
_MOVE: Final = Statement(update(matched_up_to).values(revision=bindparam("to")))
_ANSWERS: Final = Statement(select(_k.mark, _k.answers).where(one_of(_k.mark, "marks")))
_NUMBERS: Final = Statement(select(_k.mark, _k.id).where(one_of(_k.mark, "marks")))
_ADD_KEYS: Final = Statement(insert_ignore(matched_key, "mark"))
_ADD_MATCHES: Final = Statement(insert_ignore(component_match))
_REPLACE: Final = Statement(
    update(matched_key)
    .where(_k.id == bindparam("number"))
    .values(answers=bindparam("to"), revision=bindparam("since"))
)
_OF_PACKAGES: Final = Statement(
    select(_k.id, _k.answers, *_KEY).where(one_of(_k.package, "packages")).order_by(_k.id)
)
_PAGE: Final = Statement(
    select(_k.id, _k.answers, *_KEY)
    .where(_k.id > bindparam("after"))
    .order_by(_k.id)
    .limit(bindparam("most"))
)
_DROP_MATCHES: Final = Statement(delete(component_match).where(one_of(_m.key_id, "numbers")))
_DROP_KEYS: Final = Statement(delete(matched_key).where(one_of(_k.id, "numbers")))
_TOUCHED: Final = select(*_KEY).distinct().join(component_match, _m.key_id == _k.id)
_BY_ANYBODY: Final = Statement(_TOUCHED.where(one_of(_m.advisory, "advisories")))
_MATCHING: Final = Statement(
    select(_m.advisory)
    .distinct()
    .where(_m.severity == bindparam("severity"), _m.advisory > bindparam("after"))
    .order_by(_m.advisory)
    .limit(bindparam("most"))
)
_BY_SOURCE: Final = Statement(
    _TOUCHED.where(one_of(_m.advisory, "advisories"), _m.source == bindparam("source"))
)

DECODED: Final = 16_384
"""Answers that are kept decoded: most images have the packages of others."""

_packed: Final = msgspec.msgpack.Encoder()
_unpacked: Final = msgspec.msgpack.Decoder(tuple[Answer, ...])


class Kept(NamedTuple):
    """A key that was matched, and what was found."""

    number: int
    key: Component
    answers: tuple[Answer, ...]


def hold(tx: Tx, revision: int) -> int:
    """The revision up to which changes were followed, at first `revision`; held until the transaction ends."""
    tx.change(_BEGIN, id=_ROW, revision=revision)
    row = tx.row(_HOLD)
    return int(row[0]) if row else revision


def followed(tx: Tx) -> int:
    """The revision up to which changes were followed, as this transaction sees it; 0: none ever was."""
    return standing(tx)[0]


def standing(tx: Tx) -> tuple[int, int]:
    """The same, with how often what is kept was replaced."""
    row = tx.row(_STANDING)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def move(tx: Tx, revision: int) -> None:
    """Changes were followed up to this revision. It is held."""
    tx.change(_MOVE, to=revision)


def answers(tx: Tx, keys: Iterable[Component]) -> dict[Component, tuple[Answer, ...]]:
    """What was found of those keys that were matched."""
    marks = {_mark(key): key for key in keys}
    return {marks[mark]: _decoded(said) for mark, said in tx.rows(_ANSWERS, marks=list(marks))}


def known(tx: Tx, keys: Iterable[Component]) -> set[Component]:
    """Those keys that were matched."""
    return set(_numbers(tx, keys))


@lru_cache(maxsize=DECODED)
def _decoded(said: bytes) -> tuple[Answer, ...]:
    """The same bytes give the same object, by which readers know that nothing has changed."""
    return _unpacked.decode(said)


def add(tx: Tx, found: Mapping[Component, Sequence[Answer]], revision: int) -> None:
    """Write keys that are not there with what was found. The revision is held."""
    tx.change_many(_ADD_KEYS, [_values(key, its, revision) for key, its in found.items()])
    numbers = _numbers(tx, found)
    _add_matches(tx, {numbers[key]: its for key, its in found.items()})


def replace(tx: Tx, found: Mapping[int, Sequence[Answer]], revision: int) -> None:
    """Write what was found now of keys that are there, by their numbers. The revision is held."""
    tx.change(_BEGIN_COUNT, id=_ROW, number=0)
    tx.change(_COUNT)
    tx.change(_DROP_MATCHES, numbers=list(found))
    tx.change_many(
        _REPLACE,
        [{"number": number, "to": _packed.encode(its), "since": revision} for number, its in found.items()],
    )
    _add_matches(tx, found)


def of_packages(tx: Tx, packages: Collection[tuple[str, str]]) -> list[Kept]:
    """The keys of packages by (family, name), whatever their release and version."""
    wanted = {(storable(family), storable(name)) for family, name in packages}
    rows = tx.rows(_OF_PACKAGES, packages=sorted({_package(*each) for each in wanted}))
    return [kept for kept in map(_kept, rows) if (kept.key.ecosystem.family, kept.key.name) in wanted]


def page(tx: Tx, after: int, most: int) -> list[Kept]:
    """Up to `most` keys behind a number, by number."""
    return [_kept(row) for row in tx.rows(_PAGE, after=after, most=most)]


def last_number(tx: Tx) -> int:
    """The number of the newest key; 0: there is none."""
    return int(tx.rows(_LAST_NUMBER)[0][0])


def touched(tx: Tx, advisories: Collection[str], source: str) -> set[Component]:
    """The keys that these advisories match; `source`: only as this one publishes them, "": whoever does."""
    by = {"source": source} if source else {}
    rows = tx.rows(_BY_SOURCE if source else _BY_ANYBODY, advisories=list(advisories), **by)
    return {_component(row) for row in rows}


def matching(tx: Tx, severity: int, after: str, most: int) -> list[str]:
    """Up to `most` advisories behind `after` that match a key with this severity, by id."""
    rows = tx.rows(_MATCHING, severity=severity, after=after, most=most)
    return [str(row[0]) for row in rows]


def forget(tx: Tx, keys: Iterable[Component]) -> None:
    """Delete keys with what was found."""
    gone = list(_numbers(tx, keys).values())
    tx.change(_DROP_MATCHES, numbers=gone)
    tx.change(_DROP_KEYS, numbers=gone)


def storable(text: str) -> str:
    """Text without NUL, which PostgreSQL can't hold and which no name has."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _numbers(tx: Tx, keys: Iterable[Component]) -> dict[Component, int]:
    marks = {_mark(key): key for key in keys}
    return {marks[mark]: int(number) for mark, number in tx.rows(_NUMBERS, marks=list(marks))}


def _add_matches(tx: Tx, found: Mapping[int, Sequence[Answer]]) -> None:
    rows = [
        {
            "advisory": storable(answer.id),
            "source": storable(answer.source),
            "key_id": number,
            "severity": int(answer.severity),
        }
        for number, its in found.items()
        for answer in its
    ]
    if rows:
        tx.change_many(_ADD_MATCHES, rows)


def _values(key: Component, found: Sequence[Answer], revision: int) -> dict[str, object]:
    family, release, channel, name, version = _texts(key)
    return {
        "mark": _mark(key),
        "package": _package(family, name),
        "family": family,
        "release": release,
        "channel": channel,
        "name": name,
        "version": version,
        "revision": revision,
        "answers": _packed.encode(found),
    }


def _texts(key: Component) -> tuple[str, ...]:
    of = key.ecosystem
    return tuple(map(storable, (of.family, of.release, of.channel, key.name, key.version)))


def _kept(row: Row) -> Kept:
    number, said, *key = row
    return Kept(int(number), _component(key), _unpacked.decode(said))


def _component(row: Sequence[str]) -> Component:
    family, release, channel, name, version = row
    return Component(Ecosystem(family, release, channel), name, version)


@lru_cache(maxsize=DECODED)
def _mark(key: Component) -> str:
    return hashlib.sha256("\0".join(_texts(key)).encode()).hexdigest()


def _package(family: str, name: str) -> int:
    """A short hash, as a signed BIGINT. Whoever looks by it compares family and name as well."""
    digest = hashlib.sha256(f"{family}\0{name}".encode()).digest()
    return int.from_bytes(digest[:_HASH_BYTES], signed=True)
