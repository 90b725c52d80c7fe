"""A claim becomes findings: every layer verified against whom the project trusts, before any transaction.

Presence counts for nothing (design, wall 8). What nobody vouches for is kept too, with the reason: the key may be
trusted tomorrow, and the refusal says today why the signature does not count.
"""

from dataclasses import dataclass
from typing import Final

from pratique.admission import store
from pratique.admission.examination import examine_later
from pratique.admission.findings_rows import row_of
from pratique.admission.hearing import SILENT, Heard, heard
from pratique.admission.own_signatures import by_others
from pratique.admission.signed_bills import SignedBills
from pratique.admission.store import attested
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.policy import Code
from pratique.registry.ports import EvidenceClaim
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact
from pratique.trust import EvidenceRecord, Item, Subject, TrustSets
from pratique.trust.cache import RememberingVerifier
from pratique.trust.parses import parses_as
from pratique.trust.sitting import Sitting

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
    """Findings of one evidence manifest; `trust` is the digest of what they were made with, `epoch` its number.

    `heard` is what the evidence of each record says of contents. `knew_subject`: the subject's own manifest was here,
    so that what only it tells was looked at too; `knew_bill`: it was evidence itself, an SBOM perhaps.
    """

    claim: EvidenceClaim
    records: tuple[EvidenceRecord, ...]
    trust: str
    epoch: int
    knew_subject: bool
    heard: tuple[Heard, ...] = ()
    knew_bill: bool = False
    is_proof: bool = True

    @property
    def counts(self) -> bool:
        """Whether any of it is a signature of the subject by somebody whom the project trusts."""
        return any(record.verified and record.is_signature for record in self.records)

    @property
    def awaits_subject(self) -> bool:
        """Whether the subject's own manifest would tell more."""
        return any(self._awaits(record) for record in self.records)

    def keep(
        self, tx: Tx, manifest_id: int, repository_id: int, received_at: Moment, *, renew: bool = False
    ) -> None:
        """Keep what was found in the stored manifest; `received_at` of what is known stays, unless it is renewed."""
        store.put_records(tx, manifest_id, repository_id, self._rows(received_at), renew=renew)
        attested.drop(tx, manifest_id)
        for ordinal, said in enumerate(self.heard):
            if not said.is_silent:
                subject = said.subject or self.claim.subject
                attested.put(tx, manifest_id, ordinal, subject, said.statements, said.packages)
        for subject in {said.subject or self.claim.subject for said in self.heard if said.packages}:
            # They are matched beforehand, so that who judges only reads.
            examine_later(tx, self.claim.project_id, subject, is_awaited=True)

    def _rows(self, received_at: Moment) -> list[dict[str, object]]:
        """The records as the store keeps them, in the order of the layers."""
        return [
            {
                **row_of(record, self.claim.digest),
                "ordinal": ordinal,
                "received_at": received_at,
                "epoch": self.epoch,
                "awaits_subject": self._awaits(record),
            }
            for ordinal, record in enumerate(self.records)
        ]

    def _awaits(self, record: EvidenceRecord) -> bool:
        """Notation signs media type and size too; others may name the bytes by a second algorithm."""
        return not self.knew_subject and (record.awaits_content or record.scheme.startswith("notation"))


class EvidenceVerifier:
    """Verifies claims. `host` is what clients call this registry: scopes of notation's policies speak of it.

    `bills` finds the SBOMs that signatures may be of.
    """

    def __init__(
        self,
        database: Database,
        trust: TrustSets,
        clock: Clock,
        host: str,
        bills: SignedBills,
        bounds: EvidenceBounds | None = None,
    ) -> None:
        self._database = database
        self._bills = bills
        self._trust = trust
        self._clock = clock
        self._host = host
        self._bounds = bounds or EvidenceBounds()
        self._remembering = RememberingVerifier()

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
            trusted = self._trust.of(tx, claim.project_id)
            there = self._there(tx, claim)
            subject, bill = self._subject(tx, claim, there), self._bills.of(tx, there)
        sitting = Sitting(self._remembering.verify, subject, trusted.verification)
        records, said = [], []
        for layer in claim.layers:
            if until is not None and self._clock.monotonic() > until:
                raise TimeoutError
            content = layer.read()
            if not parses_as(layer.media_type, content):
                return None
            item = Item(layer.media_type, content, claim.digest, layer.annotations)
            record = sitting.verify(item, self._clock.now())
            if record is not None and record.code != Code.UNSIGNED:
                record, told = (
                    bill.heard(record, trusted.parties)
                    if bill and record.is_signature
                    else heard(item, record)
                )
                records.append(record)
                said.append(told)
        found = by_others(self._database, records)
        kept = tuple(told if record.verified else SILENT for record, told in zip(found, said, strict=True))
        knew = subject.content is not None
        return VerifiedEvidence(
            claim, found, trusted.digest, trusted.epoch, knew, kept, knew_bill=bill is not None
        )

    def _there(self, tx: Tx, claim: EvidenceClaim) -> Artifact | None:
        """What evidence speaks of; it may come later."""
        repository = repositories.by_name(tx, claim.repository)
        return manifests.by_digest(tx, repository.id, claim.subject) if repository else None

    def _subject(self, tx: Tx, claim: EvidenceClaim, found: Artifact | None) -> Subject:
        """What is known of it."""
        reference = f"{self._host}/{claim.repository}"
        if found is None:
            return Subject(claim.subject, reference=reference)
        content = manifests.body_of(tx, found.id)
        return Subject(claim.subject, found.media_type, found.size, reference, content)
