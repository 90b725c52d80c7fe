"""Harbor's report of vulnerabilities (pluggable scanner specification 1.2, the report's version 1.1).

Fields not filled: `description`, `links`, `preferred_cvss` and `cwe_ids`; the records that are named have them.
`errors` is ours: what could not be examined. With any of them the severity is never None, which would look clean.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pratique import __version__
from pratique.admission.report import Finding, Report
from pratique.clock import Moment, rfc3339
from pratique.packages import Severity

GENERIC: Final = "application/vnd.security.vulnerability.report; version=1.1"
NATIVE: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
FORMS: Final = (GENERIC, NATIVE)
"""What reports are called in answers; both have one shape."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who has scanned."""

    name: str = "Pratique"
    vendor: str = "Pratique"
    version: str = __version__


OURS: Final = Scanner()


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report is of: `repository` with its project and without a host, and the manifest's own media type."""

    repository: str
    digest: str
    media_type: str


def harbor_report(report: Report, of: Reported, at: Moment, scanner: Scanner = OURS) -> dict[str, Any]:
    """The report; harmless findings are left out, for Harbor counts whatever stands there."""
    findings = harmful(report.findings)
    return {
        "generated_at": rfc3339(at),
        "artifact": {"repository": of.repository, "digest": of.digest, "mime_type": of.media_type},
        "scanner": {"name": scanner.name, "vendor": scanner.vendor, "version": scanner.version},
        "severity": word(severity_of(findings, report.errors)),
        "vulnerabilities": [_vulnerability(finding) for finding in findings],
        **({"errors": list(report.errors)} if report.errors else {}),
    }


def harmful(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that Harbor would count."""
    return [finding for finding in findings if not finding.is_harmless]


def severity_of(findings: Iterable[Finding], errors: Sequence[str]) -> Severity:
    """The worst; Unknown where nothing was found because not all could be examined."""
    nothing = Severity.UNKNOWN if errors else Severity.NONE
    return max((finding.severity for finding in findings), default=nothing)


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each severity, the worst first."""
    numbers = Counter(finding.severity for finding in findings)
    return {word(severity): numbers[severity] for severity in sorted(numbers, reverse=True)}


def word(severity: Severity) -> str:
    """How Harbor spells it."""
    return severity.name.capitalize()


def _vulnerability(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "package": finding.package,
        "version": finding.version,
        "fix_version": ", ".join(finding.fixed),
        "severity": word(finding.severity),
        "status": finding.state,
        "description": "",
        "links": [],
        "layer": {"digest": finding.layer, "diff_id": ""},
        "cwe_ids": [],
        "vendor_attributes": {
            "aliases": list(finding.aliases),
            "path": finding.path,
            "purl": finding.purl,
            "range": finding.proof.range,
            "source": finding.proof.source,
        },
    }
