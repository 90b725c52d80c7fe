"""What is inside an artifact, and what is known to be wrong with it: packages and advisories joined, each with proof.

The same contents, advisories and time make the same report. Nothing is left out silently: what no current advisories
speak of is an error of the report, and packages that belong to a package of the distribution are told as `owned`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from typing import Final, Literal, Protocol

from pratique.admission.covering import OWNED, Expectations, Kinds, covered, kinds_of, together
from pratique.admission.known import Memory, Proof, Vulnerability
from pratique.advisories import Answer, Coverage, Holding
from pratique.clock import Moment
from pratique.inventory.contents import Contents
from pratique.inventory.package import Package, full_name
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.store.values import ComponentRow
from pratique.packages import Component, InvalidPurl, Severity, component_of
from pratique.policy.contents import HARMLESS, FindingState

FINDINGS_LIMIT: Final = 50_000
"""Findings of one artifact, each place of a package counted. Real ones have some thousands; whoever packs in tens of
thousands of packages that each have a hundred vulnerabilities keeps the registry busy with nothing else."""
TOO_MANY: Final = (
    f"could not be examined: there are more than {FINDINGS_LIMIT} findings, not all of which are told"
)


class Advisories(Protocol):
    """What is known of packages."""

    def about(self, component: Component) -> Sequence[Answer]:
        """The advisories that a component is affected by."""
        ...

    def holdings(self) -> Sequence[Holding]:
        """What the sources have, by ecosystem."""
        ...


@dataclass(frozen=True, slots=True)
class Waived:
    """Why a finding is accepted: `by` an allowlist, or by the word of somebody trusted for `vex`."""

    by: Literal["allowlist", "vex"]
    said: str
    until: Moment | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A vulnerability of a package at one place. `id` is as published; `also` are other sources that tell of it.

    `fixed` are the versions that mend it. `is_informational`: it tells of no vulnerability, and its severity is NONE.
    `said_by`: who says that the package is there, where no layer shows it.
    """

    id: str
    aliases: tuple[str, ...]
    package: str
    purl: str
    version: str
    fixed: tuple[str, ...]
    severity: Severity
    state: FindingState
    path: str
    layer: str
    proof: Proof
    also: tuple[Proof, ...] = ()
    is_informational: bool = False
    said_by: str = ""
    waived: Waived | None = None

    def weight(self, unknown_as: Severity) -> Severity:
        """How bad it counts; what has no known severity counts as `unknown_as`."""
        return unknown_as if self.severity is Severity.UNKNOWN else self.severity

    @property
    def advisories(self) -> frozenset[str]:
        """The ids of all records that tell of it, as published."""
        return frozenset(proof.advisory for proof in (self.proof, *self.also))

    @property
    def is_harmless(self) -> bool:
        """Whether it refuses nothing, whatever its severity."""
        return self.is_informational or self.state in HARMLESS


Placed = tuple[ComponentRow, Finding]
"""A package where it lies, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A package of the artifact: its package URL, where it lies, and the layer that brought it."""

    purl: str
    path: str
    layer: str


_FIRST: Final = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report: packages and findings, each with its place among those of other parts."""

    packages: tuple[tuple[tuple[object, ...], Listed], ...]
    findings: tuple[tuple[tuple[object, ...], Finding], ...]
    kinds: Kinds


@dataclass(frozen=True, slots=True)
class Report:
    """`errors` say what could not be examined: with any of them, no findings does not mean clean."""

    packages: tuple[Listed, ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    errors: tuple[str, ...] = ()


def make_report(
    contents: Contents, advisories: Advisories, at: Moment, expected: Expectations | None = None
) -> Report:
    """Every package, every finding worst first, and whether that can be relied on at a moment."""
    return report_on(list(_rows_of(contents)), contents.distribution, advisories, at, expected)


def report_on(
    rows: Sequence[ComponentRow],
    distribution: Distribution | None,
    advisories: Advisories,
    at: Moment,
    expected: Expectations | None = None,
    memory: Memory | None = None,
) -> Report:
    """The same of packages whose keys are known already. `memory`: of other reports."""
    expected = expected or Expectations()
    part = part_of(rows, advisories, expected, memory or Memory())
    return joined([part], distribution, advisories.holdings(), at, expected)


def part_of(
    rows: Sequence[ComponentRow], advisories: Advisories, expected: Expectations, memory: Memory
) -> Part:
    """What is to be told of some packages of an image."""
    told = islice(_findings(rows, advisories, memory), FINDINGS_LIMIT + 1)
    placed = [(_place(finding, expected.unknown_as), finding) for _, finding in told]
    return Part(
        packages=tuple((one.located.place, Listed(one.purl, one.path, one.layer)) for one in rows),
        findings=tuple(sorted(placed, key=_FIRST)),
        kinds=kinds_of(rows),
    )


def joined(
    parts: Sequence[Part],
    distribution: Distribution | None,
    holdings: Sequence[Holding],
    at: Moment,
    expected: Expectations,
) -> Report:
    """A report of its parts."""
    packages = chain.from_iterable(one.packages for one in parts)
    findings = sorted(chain.from_iterable(one.findings for one in parts), key=_FIRST)
    cut = [TOO_MANY] if len(findings) > FINDINGS_LIMIT else []
    coverage = covered(together([one.kinds for one in parts]), distribution, holdings, at, expected)
    # Those of one part are in order already, or its caller's.
    ordered = packages if len(parts) == 1 else sorted(packages, key=_FIRST)
    return Report(
        packages=tuple(listed for _, listed in ordered),
        findings=tuple(finding for _, finding in findings[:FINDINGS_LIMIT]),
        coverage=coverage,
        errors=(*(one.problem for one in coverage if one.problem), *cut),
    )


def findings_on(rows: Iterable[ComponentRow], advisories: Advisories) -> Iterator[Placed]:
    """The findings of packages, each with its package, whichever images have them."""
    return _findings(rows, advisories, Memory())


def _rows_of(contents: Contents) -> Iterator[ComponentRow]:
    for located in contents.packages:
        purl = contents.purl(located)
        try:
            yield ComponentRow(located, purl, component_of(purl))
        except InvalidPurl:
            # A name that is longer than names are: it is listed, and no advisory has it.
            yield ComponentRow(located, purl, None)


def _findings(rows: Iterable[ComponentRow], advisories: Advisories, memory: Memory) -> Iterator[Placed]:
    # Most sources come in several binary packages.
    asked: dict[Component, tuple[Vulnerability, ...]] = {}
    for row in rows:
        if row.key is None:
            continue
        found = asked.get(row.key)
        if found is None:
            found = asked[row.key] = memory.of(row.key, advisories.about(row.key))
        package = row.located.package
        name, version = (full_name(package), installed(package)) if found else ("", "")
        for known in found:
            yield row, _finding(row, name, version, known)


def _finding(row: ComponentRow, name: str, version: str, known: Vulnerability) -> Finding:
    # By place and not by name: it is made hundreds of times for each report.
    return Finding(
        known.id,
        known.aliases,
        name,
        row.purl,
        version,
        known.fixed,
        known.severity,
        OWNED if row.located.state == OWNED else known.state,
        row.located.path,
        row.located.layer,
        known.proof,
        known.also,
        known.is_informational,
    )


def installed(package: Package) -> str:
    """The version of a package, with its epoch where it has one."""
    epoch, version = package.epoch, package.version
    return f"{epoch}:{version}" if epoch and epoch != "0" else version


def _place(finding: Finding, unknown_as: Severity) -> tuple[bool, int, bool, bool, str, str, str]:
    """Worst first, what harms nobody last; of equals what is known for sure and can be mended, then by name."""
    is_guessed = finding.severity is Severity.UNKNOWN
    return (
        finding.is_harmless,
        -(unknown_as if is_guessed else finding.severity),
        is_guessed,
        not finding.fixed,
        finding.id,
        finding.purl,
        finding.path,
    )
