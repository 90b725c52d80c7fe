"""A claim becomes findings: every layer verified against the project's keys, before any transaction.

Presence counts for nothing (design, wall 8). What no key verifies is kept too, with the reason: the key may be
trusted tomorrow, and the refusal says today why the signature does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pratique.clock import Clock, Moment
from pratique.db import Database
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.policy import Code
from pratique.policy.refusal import clean
from pratique.registry.ports import EvidenceClaim, EvidenceLayer
from pratique.trust import PublicKey, SignatureFact, TrustedKeys, verify_bundle, verify_simple_signing
from pratique.trust.keys import parse_public_key
from pratique.trust.parses import parses_as

MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class EvidenceBounds:
    """What is read and verified within a PUT: `size` bytes in all, for `seconds`. More becomes a job (gate.md 1)."""

    size: int = 64 * MIB
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class PostponedEvidence:
    """A claim that does not fit the bounds of a PUT: unproven, so what carries it stays an artifact for now."""

    claim: EvidenceClaim
    is_proof: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedEvidence:
    """Findings of one evidence manifest; `trust` is the version of the project's keys that they were made with."""

    claim: EvidenceClaim
    facts: tuple[SignatureFact, ...]
    trust: str
    is_proof: bool = True

    @property
    def counts(self) -> bool:
        """Whether any of it is a signature of the subject by a key that the project trusts."""
        return any(fact.code == Code.VERIFIED for fact in self.facts)

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
                # It may quote a stranger's bytes, and is shown in verdicts and events as well as in refusals.
                "message": clean(fact.message),
                "received_at": received_at,
            }
            for ordinal, fact in enumerate(self.facts)
        ]


class EvidenceVerifier:
    """Verifies claims."""

    def __init__(
        self, database: Database, keys: TrustedKeys, clock: Clock, bounds: EvidenceBounds | None = None
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._bounds = bounds or EvidenceBounds()

    def verify_at_once(self, claim: EvidenceClaim) -> VerifiedEvidence | PostponedEvidence | None:
        """As `verify`, within the bounds of a PUT."""
        if claim.size > self._bounds.size:
            return PostponedEvidence(claim)
        try:
            return self.verify(claim, until=self._clock.monotonic() + self._bounds.seconds)
        except TimeoutError:
            return PostponedEvidence(claim)

    def verify(self, claim: EvidenceClaim, *, until: float | None = None) -> VerifiedEvidence | None:
        """The findings. None: a blob does not parse as what it says, so the manifest is an artifact (gate.md 2).

        Raises TimeoutError when the monotonic clock passes `until` before all of it was verified.
        """
        if not parses_as(claim.config.media_type, claim.config.read()):
            return None
        with self._database.read() as tx:
            trust = self._keys.version(tx, claim.project_id)
            keys = [parse_public_key(trusted.public_key) for trusted in self._keys.list(tx, claim.project_id)]
        facts = []
        for layer in claim.layers:
            if until is not None and self._clock.monotonic() > until:
                raise TimeoutError
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
