"""A claim becomes findings: every layer verified against the project's keys, before any transaction.

Presence counts for nothing (design, wall 8). What no key verifies is kept too, with the reason: the key may be
trusted tomorrow, and the refusal says today why the signature does not count.
"""

from dataclasses import dataclass
from typing import Any, Final

from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.oci.digest import Digest
from pratique.policy import Code
from pratique.policy.refusal import clean
from pratique.registry.ports import EvidenceClaim
from pratique.trust import EvidenceRecord, Item, KeyParty, Subject, TrustedKeys, TrustSet, marks, verify
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
    records: tuple[EvidenceRecord, ...]
    trust: str
    is_proof: bool = True

    @property
    def counts(self) -> bool:
        """Whether any of it is a signature of the subject by somebody whom the project trusts."""
        return any(record.verified and record.is_signature for record in self.records)

    def rows(self, received_at: Moment) -> list[dict[str, Any]]:
        """The records as the store keeps them, in the order of the layers."""
        return [
            _row(record, self.claim.digest, ordinal, received_at)
            for ordinal, record in enumerate(self.records)
        ]


def _row(record: EvidenceRecord, evidence: Digest, ordinal: int, received_at: Moment) -> dict[str, Any]:
    """What is kept as VERIFIED is a signature: an attestation, whoever vouches for it, lets nothing out."""
    code, message = record.code, record.message
    if record.verified and not record.is_signature:
        code = Code.NOT_A_SIGNATURE
        message = f"it is an attestation ({record.predicate_type}), not a signature of the image"
    return {
        "ordinal": ordinal,
        "evidence": evidence,
        "subject": record.subject,
        "scheme": record.scheme,
        "fingerprint": record.signer.fingerprint if record.signer else None,
        "code": code,
        # It may quote a stranger's bytes, and is shown in verdicts and events as well as in refusals.
        "message": clean(message),
        "received_at": received_at,
    }


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
            trust = self._trust(tx, claim.project_id)
        records = []
        for layer in claim.layers:
            if until is not None and self._clock.monotonic() > until:
                raise TimeoutError
            content = layer.read()
            if not parses_as(layer.media_type, content):
                return None
            item = Item(layer.media_type, content, claim.digest, layer.annotations)
            record = verify(item, Subject(claim.subject), trust, self._clock.now())
            if record is not None and record.code != Code.UNSIGNED:
                records.append(record)
        return VerifiedEvidence(claim, tuple(records), trust.version)

    def _trust(self, tx: Tx, project_id: int) -> TrustSet:
        keys = self._keys.list(tx, project_id)
        held = tuple(KeyParty(marks.party("key", key.id), key.key) for key in keys)
        return TrustSet(self._keys.version(tx, project_id), held)
