"""Verification summaries v1 (slsa.dev, verification_summary.md)."""

from typing import Any, Final

from pratique.trust.predicates.places import at, digests, items, needed_text, text
from pratique.trust.strict import Unreadable

RESULTS: Final = ("PASSED", "FAILED")


def summary(predicate: Any) -> dict[str, Any]:
    """The facts of a summary. A FAILED one is as much an attestation as any other. Raises Unreadable."""
    result = needed_text(predicate, "verificationResult")
    if result not in RESULTS:
        raise Unreadable(f"verificationResult is {result[:80]!r}; {' or '.join(RESULTS)} are known")
    levels = items(predicate, "verifiedLevels")
    if not all(isinstance(level, str) for level in levels):
        raise Unreadable("verifiedLevels is not an array of strings")
    return {
        "result": result,
        "verifier": needed_text(predicate, "verifier", "id"),
        "resource": needed_text(predicate, "resourceUri"),
        "policy": needed_text(predicate, "policy", "uri"),
        "policy_digest": digests(predicate, "policy", "digest"),
        "levels": levels,
        "dependency_levels": at(predicate, "dependencyLevels"),
        "inputs_count": len(items(predicate, "inputAttestations")),
        "verified_on": text(predicate, "timeVerified"),
        "slsa_version": text(predicate, "slsaVersion"),
    }
