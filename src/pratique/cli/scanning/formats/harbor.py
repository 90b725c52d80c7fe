"""Harbor's report of vulnerabilities (pluggable scanner specification 1.2, the report's version 1.1).

Fields not filled: `description`, `links`, `preferred_cvss` and `cwe_ids`; the records that are named have them.
"""

from typing import Any, Final

from pratique import __version__
from pratique.admission.report import Finding
from pratique.cli.scanning.scanned import Scanned
from pratique.clock import rfc3339
from pratique.inventory.sbom.subject import rendered
from pratique.packages import Severity

MEDIA_TYPE: Final = "application/vnd.security.vulnerability.report; version=1.1"


def render(scanned: Scanned) -> str:
    """The report; harmless findings are left out, for Harbor counts whatever stands there."""
    findings = [finding for finding in scanned.report.findings if not finding.is_harmless]
    subject = scanned.subject
    document = {
        "generated_at": rfc3339(scanned.at),
        "artifact": {
            "repository": subject.repository.partition("/")[2] or subject.name,
            "digest": subject.digest,
            "mime_type": scanned.media_type,
        },
        "scanner": {"name": "Pratique", "vendor": "Pratique", "version": __version__},
        "severity": _word(max((finding.severity for finding in findings), default=Severity.NONE)),
        "vulnerabilities": [_vulnerability(finding) for finding in findings],
    }
    return rendered(document).decode().rstrip("\n")


def _vulnerability(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "package": finding.package,
        "version": finding.version,
        "fix_version": ", ".join(finding.fixed),
        "severity": _word(finding.severity),
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


def _word(severity: Severity) -> str:
    return severity.name.capitalize()
