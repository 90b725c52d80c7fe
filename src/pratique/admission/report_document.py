"""A report as JSON for scripts, in names that stay."""

from typing import Any

from pratique.admission.known import Proof
from pratique.admission.report import Finding, Report
from pratique.advisories import Coverage
from pratique.clock import rfc3339


def document_of(report: Report) -> dict[str, Any]:
    """Packages, findings worst first, what covered them, and what could not be examined."""
    return {
        "packages": [{"purl": each.purl, "path": each.path, "layer": each.layer} for each in report.packages],
        "findings": [_finding(each) for each in report.findings],
        "coverage": [_covered(each) for each in report.coverage],
        "errors": list(report.errors),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "aliases": list(finding.aliases),
        "purl": finding.purl,
        "version": finding.version,
        "fixed": list(finding.fixed),
        "severity": str(finding.severity),
        "state": finding.state,
        "path": finding.path,
        "layer": finding.layer,
        "proof": {**_proof(finding.proof), "also": [_proof(each) for each in finding.also]},
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "advisory": proof.advisory,
        "range": proof.range,
        "source": proof.source,
        "compared": proof.compared,
        "confidence": "low" if proof.is_low_confidence else "high",
    }


def _covered(covered: Coverage) -> dict[str, Any]:
    return {
        "ecosystem": covered.ecosystem,
        "sources": [
            {
                "source": each.source,
                "imported_at": rfc3339(each.imported_at),
                "newest": each.newest or None,
                "records": each.records,
            }
            for each in covered.holdings
        ],
        "problem": covered.problem or None,
    }
