"""The jobs that follow a change: judging again what it touched, in small transactions, most recently pulled first."""

from collections.abc import Mapping
from typing import Any, Final

from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.evidence import EvidenceVerifier, VerifiedEvidence
from pratique.admission.judging import JUDGE_LATER, Judging
from pratique.admission.switch import REJUDGE, REVERIFY
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.jobs import Handler
from pratique.registry.claims import ClaimReader
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact

BATCH: Final = 50
"""Artifacts judged in one transaction, so that pushes get their turn in between."""


class Rejudging:
    """Handlers of admission's jobs. All may run twice: judging again gives the same verdict."""

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

    def handlers(self) -> Mapping[str, Handler]:
        """What this room does later, by kind of job."""
        return {JUDGE_LATER: self.judge_one, REJUDGE: self.rejudge_project, REVERIFY: self.reverify_project}

    def judge_one(self, payload: Mapping[str, Any]) -> None:
        """Judge one artifact, if it is still there."""

        def work(tx: Tx) -> None:
            artifact = manifests.by_id(tx, int(payload["manifest_id"]))
            if artifact is not None:
                self._judge(tx, artifact)

        self._database.write(work)

    def rejudge_project(self, payload: Mapping[str, Any]) -> None:
        """Judge everything that stands under an older generation than the project's."""
        project_id = int(payload["project_id"])

        def work(tx: Tx) -> bool:
            generation = store.hold_gate(tx, project_id).generation
            behind = manifests.behind(tx, project_id, generation, BATCH)
            for artifact in behind:
                fresh = manifests.by_id(tx, artifact.id)
                if fresh is not None and fresh.standing.generation < generation:
                    self._judge(tx, fresh)
            return bool(behind)

        while self._database.write(work):
            pass

    def reverify_project(self, payload: Mapping[str, Any]) -> None:
        """Verify the project's evidence against its keys as they are now, and judge what it speaks of."""
        project_id = int(payload["project_id"])
        after = 0
        while True:
            with self._database.read() as tx:
                page = manifests.evidence_in_project(tx, project_id, after, BATCH)
            if not page:
                return
            for evidence in page:
                self._reverify(evidence)
            after = page[-1].id

    def _reverify(self, evidence: Artifact) -> None:
        with self._database.read() as tx:
            repository = repositories.by_id(tx, evidence.repository_id)
            if repository is None:
                return
            claim = self._claims.again(tx, repository, evidence)
        findings = None if claim is None else self._verifier.verify(claim)
        if not isinstance(findings, VerifiedEvidence):
            return
        verified = findings

        def work(tx: Tx) -> None:
            bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
            there = manifests.by_id(tx, evidence.id)
            # Keys that changed meanwhile have enqueued this job again: that run sees them all.
            if there is None or verified.trust != bench.trust:
                return
            store.put_facts(tx, there.id, repository.id, verified.rows(bench.at))
            subject = manifests.by_digest(tx, repository.id, verified.claim.subject)
            if subject is not None and not subject.is_evidence:
                self._judging.family(tx, bench, subject)

        self._database.write(work)

    def _judge(self, tx: Tx, artifact: Artifact) -> None:
        repository = manifests.home_of(tx, artifact)
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        self._judging.family(tx, bench, artifact)
