"""Scans and their exceptions: cosign's vuln predicate (COSIGN_VULN_ATTESTATION_SPEC.md), OpenVEX (OPENVEX-SPEC.md)."""

from collections import Counter
from typing import Any

from pratique.trust.predicates.places import items as array
from pratique.trust.predicates.places import needed_text, text
from pratique.trust.strict import Unreadable


def cosign_vulnerabilities(predicate: Any) -> dict[str, Any]:
    """Who scanned, when and with which database; the result is the scanner's own format. Raises Unreadable."""
    return {
        "scanner": needed_text(predicate, "scanner", "uri"),
        "scanner_version": text(predicate, "scanner", "version"),
        "database": text(predicate, "scanner", "db", "uri"),
        "database_version": text(predicate, "scanner", "db", "version"),
        "started_on": text(predicate, "metadata", "scanStartedOn"),
        "finished_on": needed_text(predicate, "metadata", "scanFinishedOn"),
    }


def openvex(predicate: Any) -> dict[str, Any]:
    """Who says it, and how many statements of which status. Raises Unreadable."""
    context = needed_text(predicate, "@context")
    if not context.startswith("https://openvex.dev/ns"):
        raise Unreadable(f"@context is {context[:80]!r}, which is not OpenVEX's")
    statements = array(predicate, "statements")
    statuses = Counter(needed_text(one, "status") for one in statements)
    return {
        "id": text(predicate, "@id"),
        "author": needed_text(predicate, "author"),
        "created_on": needed_text(predicate, "timestamp"),
        "statements_count": len(statements),
        "statuses": dict(sorted(statuses.items())),
    }
