"""Which artifacts does a vulnerability touch, and how are all of them: Harbor's security hub.

A question begins at what is small: the packages that a vulnerability matches, or those of the place that is asked
about. What is found of them is told in lines, the worst first; each line stands in every artifact that has the package.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pratique.admission.examined import Known
from pratique.admission.report import Finding, findings_on
from pratique.admission.reports.harbor import records_of
from pratique.admission.store import hub as store
from pratique.admission.store.hub import Place, Where
from pratique.advisories.details import Detailed
from pratique.advisories.findings import Findings
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
"""Advisories whose findings are looked up at a time where everything is asked for, and little of it will be seen."""
MOST: Final = 10_000
"""The same where all of it is counted."""
WORST: Final = 5
"""How many of the most dangerous are named."""


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
    """How all artifacts are: findings by severity, as often as they stand in artifacts, and the worst of both."""

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
        for lines in self._in_order(tx, wanted, FEW):
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

    def summary(self, tx: Tx, *, with_places: bool = False, with_vulnerabilities: bool = False) -> Summary:
        """How all artifacts are."""
        lines = [line for some in self._in_order(tx, Search(), MOST) for line in some]
        by_component: dict[int, list[Finding]] = {}
        for line in lines:
            by_component.setdefault(line.component, []).append(line.finding)
        shares = _Shares(store.parts_with(tx, sorted(by_component)), by_component)
        images = store.images_by_share(tx)
        artifacts, examined = store.artifacts(tx)
        there = shares.components_in(images)
        return Summary(
            artifacts,
            examined,
            *shares.totals(images),
            _distinct(line.finding for line in lines if line.component in there)
            if with_vulnerabilities
            else (),
            self._worst_places(tx, shares.by_image(images)) if with_places else (),
        )

    def _in_order(self, tx: Tx, wanted: Search, at_once: int) -> Iterator[list[Line]]:
        """The lines of a search, the worst first, by advisories `at_once`; no further than they are asked for."""
        if wanted.vulnerability is not None or wanted.where.is_narrow:
            yield from _some(self._lines(tx, self._components(tx, wanted), wanted))
            return
        for severity in sorted(Severity, reverse=True) if wanted.severity is None else (wanted.severity,):
            yield from self._of_severity(tx, replace(wanted, severity=severity), severity, at_once)

    def _of_severity(self, tx: Tx, wanted: Search, severity: Severity, at_once: int) -> Iterator[list[Line]]:
        """By advisories, some at a time; a finding is as bad as one that tells of it, and is told at the first."""
        told: set[tuple[int, str]] = set()
        after = ""
        while names := self._findings.matching(tx, severity, after, at_once):
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

    def _worst_places(self, tx: Tx, by_image: Mapping[int, Counter[Severity]]) -> tuple[Dangerous, ...]:
        worst = sorted(by_image, key=lambda image: _badness(by_image[image]), reverse=True)[:WORST]
        places = store.places_of_images(tx, worst)
        found = [Dangerous(place, by_image[image]) for image, place in places]
        return tuple(sorted(found, key=lambda one: _badness(one.counts), reverse=True)[:WORST])


class _Shares:
    """What is found in each share: what an image has from one layer is the same in all images that have it."""

    def __init__(self, parts: Iterable[tuple[int, int]], found: Mapping[int, Sequence[Finding]]) -> None:
        self._counts: dict[int, Counter[Severity]] = {}
        self._fixable: Counter[int] = Counter()
        self._components: dict[int, set[int]] = {}
        for share, component in parts:
            findings = found[component]
            self._counts.setdefault(share, Counter()).update(finding.severity for finding in findings)
            self._fixable[share] += sum(bool(finding.fixed) for finding in findings)
            self._components.setdefault(share, set()).add(component)

    def totals(self, images: Mapping[int, Sequence[int]]) -> tuple[Counter[Severity], int]:
        """Findings by severity in all images, and how many of them can be mended."""
        counts: Counter[Severity] = Counter()
        for share, found in self._counts.items():
            times = len(images.get(share, ()))
            counts.update({severity: number * times for severity, number in found.items()})
        return counts, sum(number * len(images.get(share, ())) for share, number in self._fixable.items())

    def components_in(self, images: Mapping[int, Sequence[int]]) -> set[int]:
        """The components that some artifact has."""
        return {one for share, its in self._components.items() if share in images for one in its}

    def by_image(self, images: Mapping[int, Sequence[int]]) -> dict[int, Counter[Severity]]:
        """Findings by severity of each image; of images that several artifacts have, once."""
        found: dict[int, Counter[Severity]] = {}
        for share, counts in self._counts.items():
            for image in set(images.get(share, ())):
                found.setdefault(image, Counter()).update(counts)
        return found


def _some(lines: list[Line]) -> Iterator[list[Line]]:
    return (lines[start : start + LINES] for start in range(0, len(lines), LINES))


def _name(finding: Finding, wanted: Search) -> str:
    return wanted.vulnerability or finding.id


def _place_of(line: Line) -> tuple[int, str, str, int]:
    return (-line.finding.severity, line.finding.id, line.finding.purl, line.component)


def _badness(counts: Mapping[Severity, int]) -> tuple[int, ...]:
    return tuple(counts.get(severity, 0) for severity in sorted(Severity, reverse=True))


def _distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    by_id: dict[str, Finding] = {}
    for finding in findings:
        if len(by_id) < WORST:
            by_id.setdefault(finding.id, finding)
    return tuple(by_id.values())
