"""Which artifacts does a vulnerability touch, and how are all of them: Harbor's security hub.

A question begins at what is small: the packages that a vulnerability matches, or those of the place that is asked
about. What is found of them is told in lines, the worst first; each line stands in every artifact that has the package.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from pratique.admission.known import Known
from pratique.admission.report import Finding, findings_on
from pratique.admission.reports.harbor import records_of
from pratique.admission.store import hub as store
from pratique.admission.store import tallies
from pratique.admission.store.hub import Place, Where
from pratique.advisories.details import Detailed
from pratique.advisories.findings import Findings
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.recording import Recording
from pratique.packages import Severity

TUNED: Final = 1_000
"""Hits above which nobody counts who has not asked for an exact number; Harbor says -1 then."""
COUNTED: Final = 200_000
"""Hits above which nobody counts at all."""
MANY: Final = -1
LINES: Final = 200
"""Lines whose artifacts are counted at a time."""
FEW: Final = 100
"""Advisories whose findings are looked up at a time where everything is asked for: little of it will be seen."""
WORST: Final = 5
"""How many of the most dangerous are named."""
RULES: Final = 1
"""Of what is counted and how; raised when that changes or a summary is another: then all is counted anew."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for; None: whatever it is. `vulnerability` by any of its names, `package` by its own."""

    vulnerability: str | None = None
    severity: Severity | None = None
    package: str | None = None
    where: Where = field(default_factory=Where)

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is one of those."""
        if finding.is_harmless or (self.severity is not None and finding.severity is not self.severity):
            return False
        if self.package is not None and finding.package != self.package:
            return False
        names = {finding.id.upper(), *(name.upper() for name in finding.aliases)}
        return self.vulnerability is None or self.vulnerability.upper() in names


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding in an artifact. `id` is the name that was asked for, or else as it is published."""

    id: str
    finding: Finding
    place: Place


@dataclass(frozen=True, slots=True)
class Line:
    """What is found of one package, in whichever artifacts."""

    component: int
    finding: Finding

    @property
    def key(self) -> tuple[int, str]:
        """What makes it this line."""
        return self.component, self.finding.id


@dataclass(frozen=True, slots=True)
class Dangerous:
    """An artifact with how much of each severity is in it."""

    place: Place
    counts: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """How all artifacts were at a moment: findings by severity, as often as they stand in artifacts, and the worst."""

    at: Moment
    artifacts: int
    examined: int
    counts: Mapping[Severity, int]
    fixable: int
    vulnerabilities: tuple[Finding, ...]
    places: tuple[Dangerous, ...]


class Hub:
    """Answers out of the inverted index: from advisories to packages to images to artifacts."""

    def __init__(self, findings: Findings, recording: Recording) -> None:
        self._findings = findings
        self._recording = recording

    def search(
        self, tx: Tx, wanted: Search, offset: int, limit: int, *, exactly: bool = True
    ) -> tuple[list[Hit], int]:
        """A page of hits, the worst first, and how many there are; `MANY` above what is counted."""
        hits: list[Hit] = []
        counts: dict[int, int] = {}
        total, most = 0, COUNTED if exactly else TUNED
        for lines in self._in_order(tx, wanted):
            self._count(tx, lines, wanted.where, counts)
            for line in lines:
                number, before = counts[line.component], total
                total += number
                if len(hits) < limit and total > offset:
                    start = max(offset - before, 0)
                    places = store.places_of(tx, line.component, wanted.where, start, limit - len(hits))
                    hits += [Hit(_name(line.finding, wanted), line.finding, place) for place in places]
            if total > max(most, offset + limit):
                break
        return hits, MANY if total > most else total

    def tags_of(self, tx: Tx, hits: Sequence[Hit], where: Where) -> Mapping[int, Sequence[str]]:
        """The tags of the artifacts that were hit, by the numbers of these."""
        places = {hit.place for hit in hits}
        return store.tags_of(tx, places, admitted_only=where.seen.since is not None) if places else {}

    def details(self, findings: Iterable[Finding]) -> Detailed:
        """What the records of findings say for people."""
        return self._findings.answers().details(records_of(findings))

    def summary(self, tx: Tx) -> Summary | None:
        """How all artifacts were when it was made last (`tallying`); None: it never was."""
        state = tallies.state(tx)
        if state.summary is None or state.rules != RULES:
            return None
        return _SUMMARY.decode(state.summary)

    def is_empty(self, tx: Tx) -> bool:
        """Whether there is no artifact at all."""
        return store.artifacts(tx)[0] == 0

    def worst(self, tx: Tx) -> tuple[Finding, ...]:
        """The worst vulnerabilities that stand in any artifact, each once."""
        found: dict[str, Finding] = {}
        for lines in self._in_order(tx, Search()):
            there = store.present(tx, {line.component for line in lines})
            for line in lines:
                if line.component in there:
                    found.setdefault(line.finding.id, line.finding)
                if len(found) == WORST:
                    return tuple(found.values())
        return tuple(found.values())

    def _in_order(self, tx: Tx, wanted: Search) -> Iterator[list[Line]]:
        """The lines of a search, the worst first, no further than they are asked for."""
        if wanted.vulnerability is not None or wanted.where.is_narrow:
            yield from _some(self._lines(tx, self._components(tx, wanted), wanted))
            return
        for severity in sorted(Severity, reverse=True) if wanted.severity is None else (wanted.severity,):
            yield from self._of_severity(tx, replace(wanted, severity=severity), severity)

    def _of_severity(self, tx: Tx, wanted: Search, severity: Severity) -> Iterator[list[Line]]:
        """By advisories, some at a time; a finding is as bad as one that tells of it, and is told at the first."""
        told: set[tuple[int, str]] = set()
        after = ""
        while names := self._findings.matching(tx, severity, after, FEW):
            after = names[-1]
            components = self._recording.components_with(tx, self._findings.touched(tx, names))
            lines = [
                line
                for line in self._lines(tx, components, wanted)
                if line.key not in told and not line.finding.advisories.isdisjoint(names)
            ]
            told.update(line.key for line in lines)
            yield from _some(lines)

    def _lines(self, tx: Tx, components: Collection[int], wanted: Search) -> list[Line]:
        rows = self._recording.components(tx, components)
        keys = {row.key for row in rows.values() if row.key is not None}
        known = Known(self._findings.seen(tx, keys))
        by_row = {id(row): number for number, row in rows.items()}
        lines = [
            Line(by_row[id(row)], finding)
            for row, finding in findings_on(rows.values(), known)
            if wanted.wants(finding)
        ]
        return sorted(lines, key=_place_of)

    def _components(self, tx: Tx, wanted: Search) -> Collection[int]:
        """The packages that a vulnerability matches, or else those of the place that is asked about."""
        if wanted.vulnerability is None:
            return store.components_in(tx, wanted.where)
        answers = self._findings.answers()
        names = answers.called(wanted.vulnerability) | answers.called(wanted.vulnerability.upper())
        return self._recording.components_with(tx, self._findings.touched(tx, names))

    def _count(self, tx: Tx, lines: Sequence[Line], where: Where, counts: dict[int, int]) -> None:
        """Add to `counts` in how many artifacts the components of lines are."""
        new = dict.fromkeys(line.component for line in lines if line.component not in counts)
        found = store.places_per_component(tx, list(new), where)
        counts.update({number: found.get(number, 0) for number in new})


_SUMMARY: Final = msgspec.msgpack.Decoder(Summary)


def _some(lines: list[Line]) -> Iterator[list[Line]]:
    return (lines[start : start + LINES] for start in range(0, len(lines), LINES))


def _name(finding: Finding, wanted: Search) -> str:
    return wanted.vulnerability or finding.id


def _place_of(line: Line) -> tuple[int, str, str, int]:
    return (-line.finding.severity, line.finding.id, line.finding.purl, line.component)
