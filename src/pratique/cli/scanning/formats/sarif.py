"""SARIF 2.1.0 (OASIS), as code hosts show it: a rule for each vulnerability, a result for each place."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from pratique import __version__
from pratique.admission.report import Finding
from pratique.cli.scanning.scanned import Scanned
from pratique.inventory.sbom.subject import rendered
from pratique.packages import Severity

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.UNKNOWN: "warning",
    Severity.MEDIUM: "warning",
}
"""Everything else is a note."""
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.NEGLIGIBLE: "0.5",
}
"""`security-severity`, by which hosts sort: the middle of each band of CVSS."""


def render(scanned: Scanned) -> str:
    """One run; what could not be examined makes it an unsuccessful one."""
    findings = scanned.report.findings
    rules = list({finding.id: finding for finding in reversed(findings)}.values())[::-1]
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "pratique",
                "version": __version__,
                "rules": [_rule(finding) for finding in rules],
            }
        },
        "invocations": [_invocation(scanned.report.errors)],
        "results": [_result(finding, numbers[finding.id]) for finding in findings],
        "columnKind": "utf16CodeUnits",
        "properties": {"artifact": scanned.subject.name, "digest": scanned.subject.digest},
    }
    return rendered({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).decode().rstrip("\n")


def _invocation(errors: Iterable[str]) -> dict[str, Any]:
    told = [{"level": "error", "message": {"text": error}} for error in errors]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}


def _rule(finding: Finding) -> dict[str, Any]:
    tags = {"tags": ["security", "vulnerability"]}
    score = _SCORES.get(finding.severity)
    return {
        "id": finding.id,
        "shortDescription": {"text": " ".join((finding.id, *finding.aliases))},
        "defaultConfiguration": {"level": _level(finding)},
        "properties": {**tags, "security-severity": score} if score else tags,
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    place = json.dumps([finding.id, finding.purl, finding.path])
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _level(finding),
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path, errors="surrogatepass") or "/"}
                },
                "message": {"text": finding.layer or "the artifact"},
            }
        ],
        "partialFingerprints": {"pratique/v1": hashlib.sha256(place.encode()).hexdigest()},
        "properties": {
            "purl": finding.purl,
            "state": finding.state,
            "severity": str(finding.severity),
            "fixed": list(finding.fixed),
        },
    }


def _level(finding: Finding) -> str:
    return "note" if finding.is_harmless else _LEVELS.get(finding.severity, "note")


def _message(finding: Finding) -> str:
    remedy = (
        f"update to {' or '.join(finding.fixed)}" if finding.fixed else f"no fix is known ({finding.state})"
    )
    return f"{finding.package} {finding.version}: {finding.id}, severity {finding.severity}; {remedy}"
