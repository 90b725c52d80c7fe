"""Harbor's report of vulnerabilities (pluggable scanner specification 1.2, the report's version 1.1).

`description`, `links`, `preferred_cvss` and `cwe_ids` are those of the record that a finding is of. `errors` is ours:
what could not be examined. With any of them the severity is never None, which would look clean.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pratique import __version__
from pratique.admission.report import Finding, Report, Waived
from pratique.advisories.details import NONE, Detailed, Details
from pratique.clock import Moment, rfc3339
from pratique.packages import Severity
from pratique.policy.refusal import clean

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


def harbor_report(
    report: Report,
    of: Reported,
    at: Moment,
    *,
    scanner: Scanner = OURS,
    details: Detailed = MappingProxyType({}),
) -> dict[str, Any]:
    """The report; harmless findings are left out, for Harbor counts whatever stands there.

    What an allowlist or a VEX statement accepts stands there too, with `waived` among its attributes, and what is found
    of packages that only others say are there, with `said_by`.

    `details` has what the records say (`records_of`); without them these fields stay empty.
    """
    findings = harmful(report.findings)
    return {
        "generated_at": rfc3339(at),
        "artifact": {"repository": of.repository, "digest": of.digest, "mime_type": of.media_type},
        "scanner": {"name": scanner.name, "vendor": scanner.vendor, "version": scanner.version},
        "severity": word(severity_of(findings, report.errors)),
        "vulnerabilities": [_vulnerability(finding, details_of(finding, details)) for finding in findings],
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


def records_of(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """The records that findings are of, by id and source."""
    return [(proof.advisory, proof.source) for each in findings for proof in (each.proof, *each.also)]


def details_of(finding: Finding, details: Detailed) -> Details:
    """What the record of a finding says, and where it says nothing, another one on the same vulnerability."""
    found = [details.get(record, NONE) for record in records_of([finding])]
    return Details(
        text=next((each.text for each in found if each.text), ""),
        links=next((each.links for each in found if each.links), ()),
        cvss_v3=next((each.cvss_v3 for each in found if each.cvss_v3), None),
        cvss_v2=next((each.cvss_v2 for each in found if each.cvss_v2), None),
        weaknesses=next((each.weaknesses for each in found if each.weaknesses), ()),
    )


def _vulnerability(finding: Finding, said: Details) -> dict[str, Any]:
    return {
        "id": finding.id,
        "package": finding.package,
        "version": finding.version,
        "fix_version": ", ".join(finding.fixed),
        "severity": word(finding.severity),
        "status": finding.state,
        "description": said.text,
        "links": list(said.links),
        "layer": {"digest": finding.layer, "diff_id": ""},
        "preferred_cvss": _cvss(said),
        "cwe_ids": list(said.weaknesses),
        "vendor_attributes": {
            "aliases": list(finding.aliases),
            "path": finding.path,
            "purl": finding.purl,
            "range": finding.proof.range,
            "source": finding.proof.source,
            **({"said_by": finding.said_by} if finding.said_by else {}),
            **({"waived": waived_as(finding.waived)} if finding.waived else {}),
        },
    }


def waived_as(waived: Waived) -> dict[str, Any]:
    """Who accepts a finding; `until` is null where that has no end."""
    until = None if waived.until is None else rfc3339(waived.until)
    return {"by": waived.by, "said": clean(waived.said), "until": until}


def _cvss(said: Details) -> dict[str, Any]:
    """Null where there is no score, as Harbor has it."""
    v3, v2 = said.cvss_v3, said.cvss_v2
    return {
        "score_v3": v3.value if v3 else None,
        "score_v2": v2.value if v2 else None,
        "vector_v3": v3.vector if v3 else "",
        "vector_v2": v2.vector if v2 else "",
    }
