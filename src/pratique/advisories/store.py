"""Findings by component: its tables, and all of their SQL. What is known of a revision itself is in `schema`."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from pratique.advisories.answers import Answer
from pratique.advisories.matching import Match
from pratique.advisories.record import Kind
from pratique.db import Id, Row, Statement, Tx, insert_ignore, metadata, one_of
from pratique.packages import Component, Ecosystem, Severity

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
    # Of the advisories that were asked last; what they say holds until `matched_up_to`.
    Column("revision", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

component_match: Final = Table(
    "component_match",
    metadata,
    Column("key_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("advisory", String(255), nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("range", Text, nullable=False),
    Column("fixed", Text, nullable=False),
    Column("low_confidence", Integer, nullable=False),
    Column("names", Text, nullable=False),
    Column("exploited", Integer, nullable=False),
    Column("exploitation", Float),
    Index("component_match_of_advisory", "advisory", "key_id"),
    sqlite_with_rowid=False,
)

matched_up_to: Final = Table(
    "matched_up_to",
    metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)
"""The revision up to which changes have been followed: every key says what that one says, or a later one."""

MatchRow = tuple[Any, ...]
"""The columns of a match behind its place, as they are stored."""

_k, _m, _u = matched_key.c, component_match.c, matched_up_to.c
_COLUMNS: Final = tuple(column.name for column in component_match.columns if not column.primary_key)
_KEY: Final = (_k.family, _k.release, _k.channel, _k.name, _k.version)
_HASH_BYTES: Final = 8
_ROW: Final = 1

_BEGIN: Final = Statement(insert_ignore(matched_up_to, "id"))
_LAST: Final = select(_u.revision).where(_u.id == _ROW)
_HOLD: Final = Statement(lambda dialect: _LAST.with_for_update() if dialect == "postgresql" else _LAST)
_MOVE: Final = Statement(update(matched_up_to).values(revision=bindparam("to")))
_NUMBERS: Final = Statement(select(_k.mark, _k.id).where(one_of(_k.mark, "marks")))
_ADD_KEYS: Final = Statement(insert_ignore(matched_key, "mark"))
_ADD_MATCHES: Final = Statement(insert(component_match))
_MATCHES: Final = Statement(
    select(_m.key_id, *(_m[name] for name in _COLUMNS))
    .where(one_of(_m.key_id, "numbers"))
    .order_by(_m.key_id, _m.ordinal)
)
_OF_PACKAGES: Final = Statement(select(_k.id, *_KEY).where(one_of(_k.package, "packages")).order_by(_k.id))
_PAGE: Final = Statement(
    select(_k.id, *_KEY).where(_k.id > bindparam("after")).order_by(_k.id).limit(bindparam("most"))
)
_SINCE: Final = Statement(
    update(matched_key).values(revision=bindparam("to")).where(one_of(_k.id, "numbers"))
)
_DROP_MATCHES: Final = Statement(delete(component_match).where(one_of(_m.key_id, "numbers")))
_DROP_KEYS: Final = Statement(delete(matched_key).where(one_of(_k.id, "numbers")))
_TOUCHED: Final = Statement(
    select(*_KEY)
    .distinct()
    .join(component_match, _m.key_id == _k.id)
    .where(
        one_of(_m.advisory, "advisories"),
        or_(_m.source == bindparam("source"), bindparam("source") == ""),
    )
)


def hold(tx: Tx, revision: int) -> int:
    """The revision up to which changes were followed, at first `revision`; held until the transaction ends."""
    tx.change(_BEGIN, id=_ROW, revision=revision)
    row = tx.row(_HOLD)
    return int(row[0]) if row else revision


def move(tx: Tx, revision: int) -> None:
    """Changes were followed up to this revision. It is held."""
    tx.change(_MOVE, to=revision)


def numbers(tx: Tx, keys: Iterable[Component]) -> dict[Component, int]:
    """The numbers of those keys that were matched."""
    marks = {_mark(key): key for key in keys}
    return {marks[mark]: int(number) for mark, number in tx.rows(_NUMBERS, marks=list(marks))}


def add(tx: Tx, found: Mapping[Component, Sequence[MatchRow]], revision: int) -> None:
    """Write keys that are not there with their matches. The revision is held."""
    tx.change_many(_ADD_KEYS, [_values(key, revision) for key in found])
    by_key = numbers(tx, found)
    _add_matches(tx, {by_key[key]: matches for key, matches in found.items()})


def replace(tx: Tx, found: Mapping[int, Sequence[MatchRow]], revision: int) -> None:
    """Write other matches of keys that are there, by their numbers. The revision is held."""
    changed = list(found)
    tx.change(_DROP_MATCHES, numbers=changed)
    _add_matches(tx, found)
    tx.change(_SINCE, numbers=changed, to=revision)


def matches(tx: Tx, numbers: Collection[int]) -> dict[int, list[MatchRow]]:
    """The matches of keys by their numbers; nothing of those that have none."""
    rows = tx.rows(_MATCHES, numbers=list(numbers))
    return {number: [tuple(row[1:]) for row in group] for number, group in groupby(rows, lambda row: row[0])}


def of_packages(tx: Tx, packages: Collection[tuple[str, str]]) -> dict[int, Component]:
    """The keys of packages by (family, name), whatever their release and version."""
    wanted = {(storable(family), storable(name)) for family, name in packages}
    rows = tx.rows(_OF_PACKAGES, packages=sorted({_package(*each) for each in wanted}))
    return {number: key for number, key in _keys(rows) if (key.ecosystem.family, key.name) in wanted}


def every(tx: Tx, most: int) -> Iterator[dict[int, Component]]:
    """All keys, `most` at a time."""
    after = 0
    while page := dict(_keys(tx.rows(_PAGE, after=after, most=most))):
        yield page
        after = max(page)


def touched(tx: Tx, advisories: Collection[str], source: str) -> set[Component]:
    """The keys that these advisories match; `source`: only as this one publishes them, "": whoever does."""
    rows = tx.rows(_TOUCHED, advisories=list(advisories), source=source)
    return {_component(row) for row in rows}


def forget(tx: Tx, keys: Iterable[Component]) -> None:
    """Delete keys with their matches."""
    gone = list(numbers(tx, keys).values())
    tx.change(_DROP_MATCHES, numbers=gone)
    tx.change(_DROP_KEYS, numbers=gone)


def written(answer: Answer) -> MatchRow:
    """An answer as it is stored, in the order of the columns."""
    return (
        storable(answer.id),
        storable(answer.source),
        answer.kind.value,
        int(answer.severity),
        storable(answer.state),
        storable(answer.match.range),
        json.dumps(answer.match.fixed),
        int(answer.match.low_confidence),
        json.dumps(answer.names),
        int(answer.is_exploited),
        answer.exploitation,
    )


def read(match: MatchRow) -> Answer:
    """The answer that was written so."""
    name, source, kind, severity, state, range_, fixed, low_confidence, names, exploited, score = match
    return Answer(
        id=name,
        kind=Kind(kind),
        severity=Severity(severity),
        match=Match(range_, tuple(json.loads(fixed)), bool(low_confidence)),
        source=source,
        state=state,
        names=tuple((kind, name) for kind, name in json.loads(names)),
        is_exploited=bool(exploited),
        exploitation=score,
    )


def storable(text: str) -> str:
    """Text without NUL, which PostgreSQL can't hold and which no name has."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _add_matches(tx: Tx, found: Mapping[int, Sequence[MatchRow]]) -> None:
    rows = [
        {"key_id": number, "ordinal": ordinal, **dict(zip(_COLUMNS, match, strict=True))}
        for number, its in found.items()
        for ordinal, match in enumerate(its)
    ]
    if rows:
        tx.change_many(_ADD_MATCHES, rows)


def _values(key: Component, revision: int) -> dict[str, object]:
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
    }


def _texts(key: Component) -> tuple[str, ...]:
    of = key.ecosystem
    return tuple(map(storable, (of.family, of.release, of.channel, key.name, key.version)))


def _keys(rows: Iterable[Row]) -> Iterator[tuple[int, Component]]:
    return ((int(row[0]), _component(row[1:])) for row in rows)


def _component(row: Row) -> Component:
    family, release, channel, name, version = row
    return Component(Ecosystem(family, release, channel), name, version)


def _mark(key: Component) -> str:
    return hashlib.sha256("\0".join(_texts(key)).encode()).hexdigest()


def _package(family: str, name: str) -> int:
    """A short hash, as a signed BIGINT. Whoever looks by it compares family and name as well."""
    digest = hashlib.sha256(f"{family}\0{name}".encode()).digest()
    return int.from_bytes(digest[:_HASH_BYTES], signed=True)
