"""A table for people, worst first, with what covered it and what could not be examined."""

import io
from collections import Counter
from collections.abc import Iterator, Sized

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pratique.admission.report import Finding, Report
from pratique.advisories import Coverage
from pratique.cli.scanning.scanned import Scanned
from pratique.clock import rfc3339
from pratique.packages import Severity

_COLUMNS = ("severity", "id", "package", "installed", "fixed in", "state", "where")
_ALIASES = 2
"""Other names that fit beside an id."""
_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.UNKNOWN: "yellow",
    Severity.MEDIUM: "yellow",
}


def render(scanned: Scanned) -> str:
    """As wide as it must be: lines of a terminal are its own business, and scripts have JSON."""
    report = scanned.report
    output = Console(
        file=io.StringIO(), width=_WIDTH, highlight=False, color_system=None, legacy_windows=False
    )
    with output.capture() as captured:
        if report.findings:
            output.print(_table(report.findings))
        for line in _lines(scanned.subject.name, report):
            output.print(Text(printable(line)), soft_wrap=True)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


_WIDTH = 1_000


def printable(text: str) -> str:
    """Without what moves a cursor: names and paths are strangers'."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _table(findings: tuple[Finding, ...]) -> Table:
    table = Table(*_COLUMNS, box=None, pad_edge=False, show_edge=False)
    for finding in findings:
        cells = (
            str(finding.severity),
            _names(finding),
            finding.package,
            finding.version,
            ", ".join(finding.fixed) or "-",
            "informational" if finding.is_informational else finding.state,
            finding.path,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells), style=_STYLES.get(finding.severity, ""))
    return table


def _names(finding: Finding) -> str:
    shown = finding.aliases[:_ALIASES]
    more = len(finding.aliases) - len(shown)
    return f"{finding.id} {' '.join(shown)}{f' +{more}' if more else ''}".rstrip()


def _lines(name: str, report: Report) -> Iterator[str]:
    counts = Counter(finding.severity for finding in report.findings)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in sorted(counts, reverse=True))
    told = f" ({told})" if told else ""
    yield f"{name}: {_counted(report.packages, 'package')}, {_counted(report.findings, 'finding')}{told}"
    yield from (_covered(each) for each in report.coverage if not each.problem)
    yield from report.errors


def _counted(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _covered(covered: Coverage) -> str:
    sources = "; ".join(
        f"{each.source}, imported {rfc3339(each.imported_at)}, newest record {each.newest or 'undated'}"
        for each in covered.holdings
    )
    return f"{covered.ecosystem}: by {sources}"
