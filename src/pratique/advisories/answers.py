"""What the current revision says of a package."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import zstandard

from pratique.advisories import schema
from pratique.advisories.coverage import Holding
from pratique.advisories.details import Detailed, read_details
from pratique.advisories.matching import NOT_AFFECTED, Match, first_match
from pratique.advisories.record import SIZE_LIMIT, Affected, Kind
from pratique.advisories.revisions import Revisions
from pratique.advisories.supplies import Form
from pratique.packages import Component, Ecosystem, Severity


@dataclass(frozen=True, slots=True)
class Answer:
    """An advisory that speaks of a component, by its id as published.

    `severity` is its own or else the best of a record that shares an alias; what is known to be exploited is critical.
    `state` is the source's own word ("" where it has none), `names` its aliases, upstream and related ids, each with
    how it is called. `exploitation`: the probability by EPSS; None: not known.
    """

    id: str
    kind: Kind
    severity: Severity
    match: Match
    source: str = ""
    state: str = ""
    names: tuple[tuple[str, str], ...] = ()
    is_exploited: bool = False
    exploitation: float | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """A source's own word that a package does not have a vulnerability: the advisory, its aliases and upstream ids."""

    id: str
    source: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """What an import made different: packages (family, name) of which something else may be true; None: all.

    `families`: ecosystems of which other releases are covered than before, or none any more.
    """

    packages: frozenset[tuple[str, str]] | None
    families: frozenset[str]


ALL: Final = Touch(None, frozenset())
"""Anything may be different."""


class _Advisory(NamedTuple):
    """A row of `ABOUT`, without what it says of the package."""

    number: int
    name: str
    kind: str
    severity: int
    source: str


class Answers:
    """Questions to one revision. Threads may share it."""

    def __init__(self, revisions: Revisions) -> None:
        self.revision = revisions.number
        self._connection = revisions.open()
        self._held: list[Holding] | None = None

    def about(self, component: Component) -> list[Answer]:
        """The advisories that a component is affected by, each once by id and source, sorted.

        Nothing where its release is not said: coverage tells that.
        """
        found = [
            self._answer(advisory, *matched)
            for advisory, packages in self._said(component).items()
            if (matched := first_match(packages, component.version)) is not None
        ]
        return sorted(found, key=lambda answer: (answer.id, answer.source))

    def about_all(self, components: Iterable[Component]) -> dict[Component, list[Answer]]:
        """The same of each of them; what several packages share (a source) is asked once."""
        return {component: self.about(component) for component in dict.fromkeys(components)}

    def cleared(self, component: Component) -> list[Clearance]:
        """What was looked at and found free of, in so many words, each once by id and source, sorted.

        That no advisory speaks of a component, or that its version is none of an advisory's, is no such word.
        """
        found = [
            Clearance(advisory.name, advisory.source, self._called(advisory.number))
            for advisory, packages in self._said(component).items()
            if advisory.kind == Kind.SECURITY
            and any(one.state == NOT_AFFECTED for one in packages)
            and first_match(packages, component.version) is None
        ]
        return sorted(found, key=lambda one: (one.id, one.source))

    def _said(self, component: Component) -> dict[_Advisory, list[Affected]]:
        """What each advisory says of a component, whether it matches or not."""
        said: dict[_Advisory, list[Affected]] = {}
        if component.ecosystem.is_vague:
            return said
        rows = self._connection.execute(schema.ABOUT, (component.name, component.ecosystem.family))
        for *advisory, release, channel, ranges, versions, state in rows:
            ecosystem = Ecosystem(component.ecosystem.family, release, channel)
            if _speaks_of(ecosystem, component):
                affected = Affected(
                    ecosystem, component.name, _ranges(ranges), tuple(json.loads(versions)), state
                )
                said.setdefault(_Advisory(*advisory), []).append(affected)
        return said

    def _called(self, number: int) -> tuple[str, ...]:
        names = self._connection.execute(schema.NAMES, (number,))
        return tuple(name for kind, name in names if kind in {"alias", "upstream"})

    def _answer(self, advisory: _Advisory, affected: Affected, match: Match) -> Answer:
        named = (advisory.name, advisory.number)
        is_exploited = self._connection.execute(schema.IS_EXPLOITED, named).fetchone() is not None
        severity = self._severity(advisory.number, advisory.severity)
        return Answer(
            id=advisory.name,
            kind=Kind(advisory.kind),
            severity=Severity.CRITICAL if is_exploited else severity,
            match=match,
            source=advisory.source,
            state=affected.state,
            names=tuple(self._connection.execute(schema.NAMES, (advisory.number,))),
            is_exploited=is_exploited,
            exploitation=self._connection.execute(schema.SCORE, named).fetchone()[0],
        )

    def _severity(self, number: int, own: int) -> Severity:
        if own != Severity.UNKNOWN:
            return Severity(own)
        best = self._connection.execute(schema.BEST_OF_ALIASES, (number,)).fetchone()[0]
        return Severity(max(own, best or 0))

    def touched(self) -> "Touch":
        """What this revision says otherwise than the one before it."""
        return _touched(self._connection) if self.revision else ALL

    def called(self, name: str) -> frozenset[str]:
        """The ids of the advisories that have a name, as their own, as an alias, or as what they are related to."""
        return frozenset(row[0] for row in self._connection.execute(schema.CALLED, (name,)))

    def details(self, advisories: Iterable[tuple[str, str]]) -> Detailed:
        """What records say for people, by id and source; of those that are here."""
        found = {}
        for name, source in dict.fromkeys(advisories):
            row = self._connection.execute(schema.BODY, (source, name)).fetchone()
            if row is not None:
                found[name, source] = read_details(
                    zstandard.ZstdDecompressor().decompress(row[0], SIZE_LIMIT)
                )
        return found

    def holdings(self) -> list[Holding]:
        """What each source says of each ecosystem: what `coverage` asks for. Read once: a revision never changes."""
        if self._held is None:
            self._held = self._holdings()
        return self._held

    def _holdings(self) -> list[Holding]:
        return [
            Holding(source, Ecosystem(family, release, channel), whole_at, newest, records)
            for source, family, release, channel, whole_at, newest, records in self._connection.execute(
                schema.HOLDINGS
            )
        ]

    def status(self) -> dict[str, Any]:
        """The sources with what they hold, and of which date."""
        sources = [_source(row) for row in self._connection.execute(schema.SOURCES)]
        exploited, scores = self._connection.execute(schema.COUNTS).fetchone()
        records = sum(source["records"] + source["withdrawn"] for source in sources)
        held = self.holdings()
        for source in sources:
            source["ecosystems"] = {
                str(one.ecosystem): {"records": one.records, "newest": one.newest or None}
                for one in held
                if one.source == source["name"]
            }
            # What came as a catalogue or as scores has no advisories of its own.
            source["records"] += {Form.KEV: exploited, Form.EPSS: scores}.get(source["name"], 0)
        return {
            "revision": self.revision,
            "total": records,
            "sources": sources,
            "kev": exploited,
            "epss": scores,
            "bundles": [
                dict(zip(("name", "version", "created", "expires", "digest"), row, strict=True))
                for row in self._connection.execute(schema.EDITIONS)
            ],
        }

    def edition(self, name: str) -> tuple[int, str] | None:
        """Version and digest of the last bundle of this name."""
        row = self._connection.execute(schema.EDITION, (name,)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def touched_by(revisions: Revisions, number: int) -> Touch:
    """What a revision says otherwise than the one before it; where it is not here any more, anything."""
    connection = revisions.open_number(number)
    if connection is None:
        return ALL
    with closing(connection):
        return _touched(connection)


def _touched(connection: sqlite3.Connection) -> Touch:
    rows = connection.execute(schema.TOUCHED).fetchall()
    packages = frozenset((family, name) for family, name in rows if name is not None)
    families = frozenset(family for family, name in rows if name is None and family is not None)
    return Touch(None if (None, None) in rows else packages, families)


def _speaks_of(ecosystem: Ecosystem, component: Component) -> bool:
    """Whether an advisory of this release and channel is about the component.

    Ubuntu Pro's fixes are another channel: what has such a build installed is held against them too.
    """
    if ecosystem.release != component.ecosystem.release:
        return False
    return ecosystem.channel in {"", component.ecosystem.channel} or "esm" in component.version


def _ranges(text: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(tuple((name, of) for name, of in events) for events in json.loads(text))


def _source(row: sqlite3.Row | tuple[Any, ...]) -> dict[str, Any]:
    name, sha256, signed, imported_at, newest, refused, live, withdrawn = row
    return {
        "name": name,
        "sha256": sha256 or None,
        "signed": bool(signed),
        "imported_at": imported_at,
        "newest": newest or None,
        "records": live,
        "withdrawn": withdrawn,
        "refused": json.loads(refused),
    }
