"""Evidence that is too much for its PUT: stored as an artifact, read by a job of the highest priority (gate.md 1).

Unproven evidence is no evidence: were it let out with its subject, anything could be. So it stays an artifact, PENDING
where the project asks for something, until every blob was read and parses. Then it becomes evidence and its subject is
judged; or it turns out to be an artifact, and is judged as itself.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from pratique.access.principal import SYSTEM
from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.evidence import EvidenceVerifier, VerifiedEvidence
from pratique.admission.judging import Judging
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.jobs import enqueue
from pratique.oci.digest import Digest
from pratique.oci.names import evidence_tag_subject
from pratique.registry import referrers_tag
from pratique.registry.claims import ClaimReader
from pratique.registry.ports import EvidenceClaim
from pratique.registry.store import manifests, repositories, tags
from pratique.registry.values import Artifact, Repository

VERIFY_LATER: Final = "admission.verify"
"""The job that reads postponed evidence: payload {"manifest_id", "digest", "subject", "received_at"}.

`received_at` is when it was pushed, None where that is known already: the job makes it no younger.
"""

FIRST: Final = 100
"""Its priority: above every other job, since somebody waits for the verdict."""


def verify_later(tx: Tx, artifact: Artifact, subject: Digest, received_at: Moment | None = None) -> None:
    """Have a stored manifest read as evidence of `subject`."""
    payload = {
        "manifest_id": artifact.id,
        "digest": artifact.digest,
        "subject": subject,
        "received_at": received_at,
    }
    enqueue(tx, VERIFY_LATER, payload, dedupe_key=f"{VERIFY_LATER}:{artifact.id}:{subject}", priority=FIRST)


def verify_awaiting(tx: Tx, repository: Repository, subject: Artifact) -> None:
    """Have evidence verified again that came before its subject and needs it: the order of arrival has no say.

    Where the subject is evidence itself, signatures of it may speak for what is in it.
    """
    for manifest_id in store.awaiting(tx, repository.id, subject.digest, signatures=subject.is_evidence):
        evidence = manifests.by_id(tx, manifest_id)
        if evidence is not None:
            verify_later(tx, evidence, subject.digest)


def subject_came(tx: Tx, repository: Repository, findings: VerifiedEvidence) -> bool:
    """Whether the subject came while evidence was verified that can't be verified whole without it."""
    awaits = not findings.knew_subject and findings.awaits_subject
    may_speak = not findings.knew_bill and findings.counts
    if not awaits and not may_speak:
        return False
    found = manifests.by_digest(tx, repository.id, findings.claim.subject)
    return found is not None and (awaits or (found.is_evidence and not found.is_index))


class LateEvidence:
    """The handler of that job. It may run twice: what is evidence already is only judged again."""

    def __init__(
        self,
        database: Database,
        benches: Benches,
        judging: Judging,
        verifier: EvidenceVerifier,
        claims: ClaimReader,
        clock: Clock,
    ) -> None:
        self._database = database
        self._benches = benches
        self._judging = judging
        self._verifier = verifier
        self._claims = claims
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Read it, then settle what it is."""
        manifest_id, digest, subject = (
            int(payload["manifest_id"]),
            payload["digest"],
            Digest(payload["subject"]),
        )
        while True:
            with self._database.read() as tx:
                stored = manifests.by_id(tx, manifest_id)
                if stored is None or stored.digest != digest:
                    return
                repository = manifests.home_of(tx, stored)
                claim = self._claims.again(tx, repository, stored, subject)
            findings = None if claim is None else self._verifier.verify(claim)
            received_at = Moment(payload.get("received_at") or stored.pushed_at)
            if self._database.write(partial(self._settle, repository, stored, claim, findings, received_at)):
                return

    def _settle(
        self,
        repository: Repository,
        stored: Artifact,
        claim: EvidenceClaim | None,
        findings: VerifiedEvidence | None,
        received_at: Moment,
        tx: Tx,
    ) -> bool:
        """Write what it is. False: the project's keys have changed or its subject came meanwhile: verify it again."""
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        repositories.hold(tx, repository.id)
        there = manifests.by_id(tx, stored.id)
        if there is None or there.digest != stored.digest:
            return True
        if findings is None or claim is None:
            self._judging.family(tx, bench, there)
            return True
        if findings.trust != bench.trust or subject_came(tx, repository, findings):
            return False
        if not there.is_evidence and (bench.is_open or not bench.admits(there)):
            manifests.become_evidence(tx, there.id, claim.subject)
            _settle_tags(tx, repository, there)
            tx.touch(f"repository:{repository.name}")
        evidence = manifests.by_id(tx, there.id)
        if evidence is not None and evidence.is_evidence and evidence.subject == claim.subject:
            findings.keep(tx, evidence.id, repository.id, received_at)
            if not there.is_evidence:
                verify_awaiting(tx, repository, evidence)
            self._judging.subject_of(tx, bench, evidence)
            referrers_tag.settle(tx, repository, claim.subject, SYSTEM, bench.at)
        return True


def _settle_tags(tx: Tx, repository: Repository, evidence: Artifact) -> None:
    """Its evidence tags have one side from now on (gate.md 4)."""
    for sides in tags.of_digest(tx, repository.id, evidence.digest):
        if evidence_tag_subject(sides.name) is not None and sides.candidate == evidence.digest:
            tags.make_single(tx, repository.id, sides.name)
