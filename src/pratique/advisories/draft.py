"""A revision while it is made: what a source has said so far, and writing what it says now."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import zstandard

from pratique.advisories import schema
from pratique.advisories.archives import Mark
from pratique.advisories.editions import Edition
from pratique.advisories.record import Record
from pratique.clock import Moment, rfc3339
from pratique.packages import Ecosystem

COMPRESSION: Final = 3
TOUCHED_LIMIT: Final = 10_000
"""Records that change: of more, which packages they touch is not worth asking."""

Touched = tuple[str, str]
"""Family of the ecosystem, and name."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it stands; `sha256` of the archive that it last came in, "" of anything else."""

    id: int
    sha256: str
    is_signed: bool
    newest: str


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is here already, and the hash of its bytes."""

    number: int
    is_live: bool
    digest: bytes


class Draft:
    """What an import does to the tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._compressor = zstandard.ZstdCompressor(level=COMPRESSION)
        self._ecosystems: dict[Ecosystem, int] = {
            Ecosystem(*of): number for *of, number in connection.execute(schema.ECOSYSTEMS)
        }

        # In a first revision all is new, and there are no indexes to ask by.
        self._touched: set[Touched] | None = (
            set() if connection.execute(schema.ANY_SOURCE).fetchone() else None
        )
        self._changes = 0
        self._covered = self._ecosystems_covered()

    @property
    def touched(self) -> frozenset[Touched] | None:
        """The packages of which something else may be true now; None: so many that all must be asked about."""
        return None if self._touched is None else frozenset(self._touched)

    def keep_touched(self) -> None:
        """Write down what this revision says otherwise than the last one, for whoever follows it, at any time."""
        self._connection.execute(schema.FORGET_TOUCHED)
        rows: set[tuple[str | None, str | None]] = (
            {(None, None)} if self._touched is None else {*self._touched}
        )
        rows.update((family, None) for family, *_ in self._covered ^ self._ecosystems_covered())
        self._connection.executemany(schema.PUT_TOUCHED, rows)

    def _ecosystems_covered(self) -> set[tuple[str, str, str]]:
        return set(self._connection.execute(schema.COVERED))

    def source(self, name: str) -> SourceRow | None:
        """A source that has said something before."""
        row = self._connection.execute(schema.SOURCE, (name,)).fetchone()
        return None if row is None else SourceRow(row[0], row[1], bool(row[2]), row[3])

    def put_source(
        self, name: str, sha256: str, now: Moment, *, is_signed: bool, is_whole: bool, newest: str
    ) -> int:
        """Note that a source spoke: with its whole state, or with a record more."""
        values = (name, sha256, is_signed, now, now if is_whole else 0, newest)
        return int(self._connection.execute(schema.PUT_SOURCE, values).fetchone()[0])

    def put_refused(self, source_id: int, refused: Mapping[str, int]) -> None:
        """Note how many of a source's records were refused, by why."""
        self._connection.execute(schema.PUT_REFUSED, (json.dumps(refused), source_id))

    def seen_again(self, source_id: int, now: Moment, *, is_signed: bool) -> int:
        """Note that a source said the same again; how many records it has."""
        self._connection.execute(schema.SEEN_AGAIN, (now, is_signed, source_id))
        return int(self._connection.execute(schema.HELD, (source_id,)).fetchone()[0])

    def known(self, source_id: int) -> dict[bytes, int]:
        """The numbers of what a source said before, by the hash of each record."""
        return dict(self._connection.execute(schema.KNOWN, (source_id,)).fetchall())

    def numbers(self, source_id: int) -> set[int]:
        """The numbers of what a source said before."""
        return {row[0] for row in self._connection.execute(schema.NUMBERS, (source_id,))}

    def live(self, source_id: int) -> int:
        """How many of a source's records are not withdrawn."""
        return int(self._connection.execute(schema.LIVE, (source_id,)).fetchone()[0])

    def is_live(self, number: int) -> bool:
        """Whether a record is not withdrawn."""
        return bool(self._connection.execute(schema.IS_LIVE, (number,)).fetchone()[0])

    def newest(self, source_id: int, now: Moment) -> str:
        """The newest `modified` of a source's records; "" where none says one that can be."""
        return str(self._connection.execute(schema.NEWEST, (source_id, rfc3339(now))).fetchone()[0])

    def marks(self, source_id: int) -> dict[Mark, int]:
        """Records that came in a verified bundle, by their place in its archive."""
        rows = self._connection.execute(schema.MARKS, (source_id,))
        return {(member, crc, size): number for member, crc, size, number in rows}

    def put_marks(self, source_id: int, marks: Iterable[tuple[int, Mark]]) -> None:
        """Remember where records stand in an archive that somebody vouches for."""
        self._connection.executemany(schema.PUT_MARK, ((number, source_id, *mark) for number, mark in marks))

    def forget_marks(self, source_id: int) -> None:
        """A plain archive came: what it holds was never vouched for."""
        self._connection.execute(schema.FORGET_MARKS, (source_id,))

    def write(self, source_id: int, record: Record, digest: bytes, content: bytes) -> int:
        """Add a record; its number."""
        execute, many = self._connection.execute, self._connection.executemany
        kind, severity = record.kind.value, record.severity.value
        values = (source_id, record.id, digest, kind, severity, record.modified, record.withdrawn)
        number = int(execute(schema.PUT_ADVISORY, values).lastrowid or 0)
        execute(schema.PUT_BODY, (number, self._compressor.compress(content)))
        many(schema.PUT_ALIASES, [(number, kind, name) for kind, name in record.names])
        many(schema.PUT_AFFECTED, list(_affected(number, record)))
        ecosystems = {affected.ecosystem for affected in record.affected}
        many(schema.PUT_SPEAKS, [(number, self._ecosystem(one)) for one in ecosystems])
        self._touch(number)
        return number

    def named(self, source_id: int, name: str) -> Known | None:
        """A source's record by its id."""
        row = self._connection.execute(schema.BY_NAME, (source_id, name)).fetchone()
        return None if row is None else Known(row[0], bool(row[1]), row[2])

    def name_of(self, number: int) -> str:
        """The id of a record as published."""
        return str(self._connection.execute(schema.NAME, (number,)).fetchone()[0])

    def packages_of(self, number: int) -> list[str]:
        """The packages that a record speaks of, as people call them."""
        rows = self._connection.execute(schema.PACKAGES, (number,))
        return [f"{family}{release and f':{release}'} {name}" for family, release, name in rows]

    def _ecosystem(self, of: Ecosystem) -> int:
        if of not in self._ecosystems:
            row = self._connection.execute(
                schema.PUT_ECOSYSTEM, (of.family, of.release, of.channel)
            ).fetchone()
            self._ecosystems[of] = int(row[0])
        return self._ecosystems[of]

    def _touch(self, what: int | str, statement: str = schema.PACKAGES_OF_KIN) -> None:
        """Also what has its severity from a record that shares an alias."""
        self._changes += 1
        if self._touched is None or self._changes > TOUCHED_LIMIT:
            self._touched = None
        else:
            self._touched.update(self._connection.execute(statement, (what,)))

    def drop(self, numbers: Collection[int]) -> None:
        """Take records away."""
        for number in numbers:
            self._touch(number)
        for statement in schema.DROP:
            self._connection.executemany(statement, [(number,) for number in numbers])

    def count_holdings(self, source_id: int, now: Moment) -> None:
        """Note anew of which ecosystems a source speaks, and until when. Dates to come are nobody's newest."""
        self._connection.execute(schema.FORGET_HOLDINGS, (source_id,))
        self._connection.execute(schema.PUT_HOLDINGS, (source_id, rfc3339(now)))

    def exploited(self) -> set[str]:
        """The CVEs of KEV."""
        return {row[0] for row in self._connection.execute(schema.EXPLOITED)}

    def packages_of_cve(self, cve: str) -> list[str]:
        """The packages that records on a CVE speak of, as people call them."""
        return [
            f"{family} {name}" for family, name in self._connection.execute(schema.PACKAGES_OF_CVE, (cve,))
        ]

    def replace_exploited(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """KEV as it is now."""
        for cve in self.exploited() ^ {row[0] for row in rows}:
            self._touch(cve, schema.PACKAGES_OF_CVE)
        self._connection.execute(schema.FORGET_KEV)
        self._connection.executemany(schema.PUT_KEV, rows)

    def replace_scores(self, rows: Sequence[tuple[str, float, float]]) -> None:
        """EPSS as it is now."""
        self._connection.execute(schema.FORGET_EPSS)
        self._connection.executemany(schema.PUT_EPSS, rows)

    def edition(self, name: str) -> tuple[int, str] | None:
        """Version and digest of the last bundle of this name."""
        row = self._connection.execute(schema.EDITION, (name,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def put_edition(self, edition: Edition) -> None:
        """Remember a bundle: no older one of its name is taken any more."""
        values = (edition.name, edition.version, edition.created, edition.expires, edition.digest)
        self._connection.execute(schema.PUT_EDITION, values)


def _affected(number: int, record: Record) -> Iterable[tuple[object, ...]]:
    for affected in record.affected:
        ecosystem = affected.ecosystem
        yield (
            number,
            ecosystem.family,
            ecosystem.release,
            ecosystem.channel,
            affected.name,
            json.dumps(affected.ranges),
            json.dumps(affected.versions),
            affected.state,
        )
