"""A claim becomes findings: every layer verified against the project's keys, before any transaction.

Presence counts for nothing (design, wall 8). What no key verifies is kept too, with the reason: the key may be
trusted tomorrow, and the refusal says today why the signature does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pratique.clock import Moment
from pratique.db import Database
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.registry.ports import EvidenceClaim, EvidenceLayer
from pratique.trust import PublicKey, SignatureFact, TrustedKeys, verify_bundle, verify_simple_signing
from pratique.trust.keys import parse_public_key
from pratique.trust.parses import parses_as


@dataclass(frozen=True, slots=True)
class VerifiedEvidence:
    """Findings of one evidence manifest; `trust` is the version of the project's keys that they were made with."""

    claim: EvidenceClaim
    facts: tuple[SignatureFact, ...]
    trust: str

    def rows(self, received_at: Moment) -> list[dict[str, Any]]:
        """The facts as the store keeps them, in the order of the layers."""
        return [
            {
                "ordinal": ordinal,
                "evidence": self.claim.digest,
                "subject": fact.subject,
                "scheme": fact.scheme,
                "fingerprint": fact.fingerprint,
                "code": fact.code,
                "message": fact.message,
                "received_at": received_at,
            }
            for ordinal, fact in enumerate(self.facts)
        ]


class EvidenceVerifier:
    """Verifies claims."""

    def __init__(self, database: Database, keys: TrustedKeys) -> None:
        self._database = database
        self._keys = keys

    def verify(self, claim: EvidenceClaim) -> VerifiedEvidence | None:
        """The findings. None: a blob does not parse as what it says, so the manifest is an artifact (gate.md 2)."""
        if not parses_as(claim.config.media_type, claim.config.read()):
            return None
        with self._database.read() as tx:
            trust = self._keys.version(tx, claim.project_id)
            keys = [parse_public_key(trusted.public_key) for trusted in self._keys.list(tx, claim.project_id)]
        facts = []
        for layer in claim.layers:
            content = layer.read()
            if not parses_as(layer.media_type, content):
                return None
            fact = _verified(layer, content, claim, keys)
            if fact is not None:
                facts.append(fact)
        return VerifiedEvidence(claim, tuple(facts), trust)


def _verified(
    layer: EvidenceLayer, content: bytes, claim: EvidenceClaim, keys: Sequence[PublicKey]
) -> SignatureFact | None:
    """What a layer says of the subject. None: nothing that could be a signature."""
    scheme = scheme_of(layer.media_type)
    if scheme is Scheme.COSIGN_BUNDLE:
        return verify_bundle(content, claim.subject, keys)
    if scheme is Scheme.COSIGN_SIMPLESIGNING:
        return verify_simple_signing(content, layer.annotations, claim.subject, keys)
    return None
