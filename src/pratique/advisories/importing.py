"""Takes in what sources publish: what is new, what changed, what is gone; all of one call becomes one revision.

A record is known by the hash of its bytes. A source that would suddenly say much less is refused, for that is what an
attacker wants of it, or what a broken export looks like.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import zstandard

from pratique.advisories import schema
from pratique.advisories.contents import exploited_in, records_in, scores_in
from pratique.advisories.record import Record, RecordInvalid, content_hash, read_record
from pratique.advisories.revisions import Revisions
from pratique.advisories.speakers import objection
from pratique.advisories.supplies import Form, Supply
from pratique.clock import Clock, rfc3339
from pratique.errors import Conflict

SHRINKS_BY: Final = 0.05
"""The share of a source's records that may go or be withdrawn without anybody saying so."""
COMPRESSION: Final = 3

Progress = Callable[[str, int], None]
"""Told the source and how many of its records were read."""


class Shrinks(Conflict):
    """A source would say much less than before, or older things."""


@dataclass(slots=True)
class Outcome:
    """What became of one supply. `refused` counts records that the source may not publish, by why."""

    source: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Importer:
    """Imports into `revisions`. `tell` is called every 1,000 records."""

    def __init__(
        self, revisions: Revisions, clock: Clock, tell: Progress = lambda _source, _count: None
    ) -> None:
        self._revisions = revisions
        self._clock = clock
        self._tell = tell

    def take(self, supplies: Sequence[Supply], *, allow_shrink: bool = False) -> list[Outcome]:
        """Import all of it, or nothing. Raises RecordInvalid, Shrinks, Conflict."""
        with self._revisions.next() as draft:
            return [self._one(draft, supply, allow_shrink=allow_shrink) for supply in supplies]

    def _one(self, draft: sqlite3.Connection, supply: Supply, *, allow_shrink: bool) -> Outcome:
        outcome = Outcome(supply.source)
        if supply.form is Form.KEV:
            outcome.added = _replaced(draft, "kev", schema.PUT_KEV, exploited_in(supply))
            self._put_source(draft, supply, "", outcome)
            return outcome
        if supply.form is Form.EPSS:
            outcome.added = _replaced(draft, "epss", schema.PUT_EPSS, scores_in(supply))
            self._put_source(draft, supply, "", outcome)
            return outcome
        return self._records(draft, supply, outcome, allow_shrink=allow_shrink)

    def _records(
        self, draft: sqlite3.Connection, supply: Supply, outcome: Outcome, *, allow_shrink: bool
    ) -> Outcome:
        row = draft.execute(schema.SOURCE, (supply.source,)).fetchone()
        if row and supply.form is Form.ARCHIVE and row[1] == _file_hash(supply):
            draft.execute(schema.SEEN_AGAIN, (self._clock.now(), row[0]))
            outcome.unchanged = draft.execute(schema.HELD, (row[0],)).fetchone()[0]
            return outcome
        before = row[2] if row else ""
        source_id = row[0] if row else self._put_source(draft, supply, before, outcome)
        known = {content: rest for content, *rest in draft.execute(schema.KNOWN, (source_id,))}
        live = sum(1 for _id, is_live, _modified in known.values() if is_live)
        newest = self._changes(draft, supply, source_id, known, outcome)
        if supply.form is Form.RECORD:
            newest = max(newest, before)
        if not allow_shrink:
            _check(supply.source, live, outcome, before, newest)
        self._put_source(draft, supply, newest or before, outcome)
        draft.execute(schema.FORGET_HOLDINGS, (source_id,))
        draft.execute(schema.PUT_HOLDINGS, (source_id, rfc3339(self._clock.now())))
        return outcome

    def _changes(
        self,
        draft: sqlite3.Connection,
        supply: Supply,
        source_id: int,
        known: dict[bytes, list[object]],
        outcome: Outcome,
    ) -> str:
        """Write what differs; the newest `modified` of all that is there now."""
        compressor = zstandard.ZstdCompressor(level=COMPRESSION)
        newest, seen, count = "", set(), 0
        for name, content in records_in(supply):
            count += 1
            if count % 1_000 == 0:
                self._tell(supply.source, count)
            digest = content_hash(content)
            if digest in known:
                outcome.unchanged += 1
                seen.add(digest)
                newest = max(newest, str(known[digest][2]))
                continue
            record = _read(name, content)
            reason = objection(supply.source, record)
            if reason is not None:
                outcome.refused[reason] += 1
                continue
            newest = max(newest, record.modified)
            replaced = _drop_named(draft, source_id, record.id)
            if replaced is None:
                outcome.added += 1
            else:
                outcome.changed += 1
                outcome.withdrawn += int(record.withdrawn is not None and replaced)
            _write(draft, source_id, record, digest, compressor.compress(content))
        if supply.form is not Form.RECORD:
            outcome.removed = _drop_gone(draft, source_id, known, seen)
        return newest

    def _put_source(self, draft: sqlite3.Connection, supply: Supply, newest: str, outcome: Outcome) -> int:
        row = draft.execute(
            schema.PUT_SOURCE,
            (
                supply.source,
                _file_hash(supply) if supply.form is Form.ARCHIVE else "",
                0,
                self._clock.now(),
                0 if supply.form is Form.RECORD else self._clock.now(),
                newest,
                json.dumps(outcome.refused),
            ),
        ).fetchone()
        return int(row[0])


def _read(name: str, content: bytes) -> Record:
    try:
        return read_record(content)
    except RecordInvalid as error:
        raise RecordInvalid(f"{name}: {error}") from error


def _write(draft: sqlite3.Connection, source_id: int, record: Record, digest: bytes, body: bytes) -> None:
    kind, severity = record.kind.value, record.severity.value
    values = (source_id, record.id, digest, kind, severity, record.modified, record.withdrawn, body)
    advisory_id = draft.execute(schema.PUT_ADVISORY, values).lastrowid
    draft.executemany(schema.PUT_ALIASES, [(advisory_id, kind, name) for kind, name in record.names])
    draft.executemany(
        schema.PUT_AFFECTED,
        [
            (
                advisory_id,
                affected.ecosystem.family,
                affected.ecosystem.release,
                affected.ecosystem.channel,
                affected.name,
                json.dumps(affected.ranges),
                json.dumps(affected.versions),
                affected.state,
            )
            for affected in record.affected
        ],
    )


def _drop(draft: sqlite3.Connection, advisory_id: int) -> None:
    for statement in schema.DROP:
        draft.execute(statement, (advisory_id,))


def _drop_named(draft: sqlite3.Connection, source_id: int, name: str) -> bool | None:
    """Drop a record that another replaces: whether it was live; None where there is none of that name."""
    row = draft.execute(schema.BY_NAME, (source_id, name)).fetchone()
    if row is None:
        return None
    _drop(draft, row[0])
    return bool(row[1])


def _drop_gone(
    draft: sqlite3.Connection, source_id: int, known: dict[bytes, list[object]], seen: Iterable[bytes]
) -> int:
    """Drop what the new state of a source no longer has; how many of it were live."""
    gone = 0
    there = {row[0] for row in draft.execute(schema.IDS, (source_id,))}
    for digest in known.keys() - set(seen):
        advisory_id, is_live, _modified = known[digest]
        if advisory_id in there:
            _drop(draft, int(str(advisory_id)))
            gone += int(bool(is_live))
    return gone


def _check(source: str, live: int, outcome: Outcome, before: str, newest: str) -> None:
    less = outcome.removed + outcome.withdrawn
    if live and less > live * SHRINKS_BY:
        raise Shrinks(
            f"{source} would lose {less} of its {live} advisories ({less / live:.0%}): nothing was imported; "
            "if that is right, import it with --allow-shrink",
            {"source": source, "removed": outcome.removed, "withdrawn": outcome.withdrawn, "of": live},
        )
    if newest and newest < before:
        raise Shrinks(
            f"{source} is older than what is here (newest record {newest}, here {before}): nothing was imported; "
            "if that is right, import it with --allow-shrink",
            {"source": source, "newest": newest, "here": before},
        )


def _replaced(
    draft: sqlite3.Connection, table: str, statement: str, rows: Sequence[tuple[object, ...]]
) -> int:
    draft.execute(f"DELETE FROM {table}")  # noqa: S608 - kev or epss
    draft.executemany(statement, rows)
    return len(rows)


def _file_hash(supply: Supply) -> str:
    with supply.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
