"""Predicates of reports: cosign's scans (COSIGN_VULN_ATTESTATION_SPEC.md), OpenVEX 0.2.0 (OPENVEX-SPEC.md).

Pure. The scan's `result` is what `pratique scan --format json` prints, without the packages: these are in the SBOM.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pratique import __version__
from pratique.admission.report import Report
from pratique.admission.report_document import document_of
from pratique.advisories import Clearance
from pratique.clock import Moment, rfc3339
from pratique.inventory.sbom import Subject
from pratique.oci.digest import Digest
from pratique.trust.signing import Named

CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"
NOT_AFFECTED: Final = "not_affected"


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who looked: a registry by its URL, with a revision of its advisories."""

    url: str
    revision: int


def result_of(report: Report) -> dict[str, Any]:
    """Findings, coverage and errors."""
    return {name: value for name, value in document_of(report).items() if name != "packages"}


def vulnerabilities(report: Report, scanner: Scanner, moment: Moment) -> dict[str, Any]:
    """The predicate of cosign's `--type vuln`. Nothing ran for a time: it begins and ends at one moment."""
    return {
        "invocation": {"parameters": [], "uri": "", "event_id": "", "builder.id": scanner.url},
        "scanner": {
            "uri": f"pkg:generic/pratique@{__version__}",
            "version": __version__,
            "db": {"uri": scanner.url, "version": str(scanner.revision)},
            "result": result_of(report),
        },
        "metadata": {"scanStartedOn": rfc3339(moment), "scanFinishedOn": rfc3339(moment)},
    }


def not_affected(cleared: Iterable[tuple[str, Clearance]], named: Named) -> list[dict[str, Any]]:
    """A statement for each vulnerability of which sources say that packages (by package URL) don't have it."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for purl, clearance in cleared:
        found.setdefault(_names(clearance), []).append((purl, clearance.source))
    product = Subject(named.resource, named.digest, named.resource).purl
    return [_statement(names, sorted(set(alike)), product) for names, alike in sorted(found.items())]


def openvex(statements: list[dict[str, Any]], digest: Digest, url: str, moment: Moment) -> dict[str, Any]:
    """The document that holds them; called by what it says, so that another is another document."""
    said = json.dumps([digest, statements], sort_keys=True)
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, said)}",
        "author": url,
        "role": "Registry",
        "timestamp": rfc3339(moment),
        "version": 1,
        "tooling": f"pratique {__version__}",
        "statements": statements,
    }


def _names(clearance: Clearance) -> tuple[str, ...]:
    """What it is called, its CVE first where it has one: that is what readers of VEX look for."""
    names = dict.fromkeys((clearance.id, *clearance.names))
    vulnerabilities = [name for name in names if name.startswith("CVE-")]
    if len(vulnerabilities) != 1:
        return tuple(names)
    return (*vulnerabilities, *(name for name in names if name not in vulnerabilities))


def _statement(names: tuple[str, ...], alike: list[tuple[str, str]], product: str) -> dict[str, Any]:
    """OPENVEX-SPEC.md, "Status Justifications": sources give none of them, so their word is the impact statement."""
    name, *aliases = names
    sources = sorted({source for _, source in alike})
    return {
        "vulnerability": {"name": name, **({"aliases": aliases} if aliases else {})},
        "products": [
            {
                "@id": product,
                "identifiers": {"purl": product},
                "subcomponents": [{"@id": purl} for purl in sorted({purl for purl, _ in alike})],
            }
        ],
        "status": NOT_AFFECTED,
        "impact_statement": f"not affected, says {' and '.join(sources)}",
    }
