"""What decides about a manifest: evidence goes with what it speaks of (gate.md 2)."""

from typing import Final

from pratique.db import Tx
from pratique.registry.store import manifests
from pratique.registry.values import Artifact

EVIDENCE_DEPTH: Final = 2
"""Evidence of evidence is followed so far. `blobs.reach` looks as far for what evidence makes reachable."""


def decisive(tx: Tx, artifact: Artifact) -> Artifact | None:
    """The artifact whose verdict counts: itself, or of evidence its subject. None: that is not in the repository.

    Evidence of evidence (a signed SBOM) is let out when what the inner one speaks of is.
    """
    found: Artifact | None = artifact
    for _ in range(EVIDENCE_DEPTH):
        if found is None or not found.is_evidence:
            return found
        found = manifests.by_digest(tx, artifact.repository_id, found.subject) if found.subject else None
    return None if found is None or found.is_evidence else found
