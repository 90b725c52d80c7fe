"""What of a report is told, and what of that fails the call."""

from dataclasses import dataclass, field, replace
from typing import Final

from pratique.admission.report import Report
from pratique.cli.scanning.ignoring import IgnoreList
from pratique.packages import Severity

NAMES: Final = tuple(str(severity) for severity in Severity)
"""Of severities, from harmless to worst."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Findings of at least `severity`; without those that nothing mends (`ignore_unfixed`), nor what is ignored.

    Those of at least `fail_on` fail the call. What is unknown counts as `unknown_as`.
    """

    severity: Severity = Severity.NONE
    ignore_unfixed: bool = False
    ignored: IgnoreList = field(default_factory=IgnoreList)
    fail_on: Severity = Severity.NONE
    unknown_as: Severity = Severity.HIGH

    def of(self, report: Report) -> Report:
        """The report with only what is told."""
        told = (finding for finding in report.findings if finding.weight(self.unknown_as) >= self.severity)
        if self.ignore_unfixed:
            told = (finding for finding in told if finding.fixed)
        return replace(report, findings=tuple(one for one in told if not self.ignored.covers(one)))

    def fails(self, report: Report) -> bool:
        """Whether a report of this selection has what fails the call: harmless findings never do."""
        return any(
            finding.weight(self.unknown_as) >= self.fail_on
            for finding in report.findings
            if not finding.is_harmless
        )


def severity_named(name: str) -> Severity:
    """The severity that one of `NAMES` is."""
    return Severity[name.upper()]
