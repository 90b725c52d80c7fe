"""The jobs that follow a change: judging again what it touched, in small transactions, most recently pulled first."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from pratique.admission.bench import Benches
from pratique.admission.catching_up import CatchingUp
from pratique.admission.evidence import EvidenceVerifier, VerifiedEvidence
from pratique.admission.judging import JUDGE_LATER, Judging
from pratique.admission.late_evidence import VERIFY_LATER, LateEvidence
from pratique.admission.late_hearing import HEAR, LateHearing
from pratique.admission.switch import REJUDGE, REVERIFY
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.jobs import Handler
from pratique.registry.claims import ClaimReader
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact, Repository

BATCH: Final = 50
"""Evidence looked up at a time."""


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
        catching_up: CatchingUp,
    ) -> None:
        self._database = database
        self._benches = benches
        self._judging = judging
        self._verifier = verifier
        self._claims = claims
        self._clock = clock
        self._catching_up = catching_up
        self._late = LateEvidence(database, benches, judging, verifier, claims, clock)
        self._hearing = LateHearing(database, self.verify_again)

    def handlers(self) -> Mapping[str, Handler]:
        """What this room does later, by kind of job."""
        return {
            JUDGE_LATER: self.judge_one,
            REJUDGE: self.rejudge_project,
            REVERIFY: self.reverify_project,
            VERIFY_LATER: self._late,
            HEAR: self._hearing,
        }

    def judge_one(self, payload: Mapping[str, Any]) -> None:
        """Judge one artifact, if it is still there."""

        def work(tx: Tx) -> None:
            artifact = manifests.by_id(tx, int(payload["manifest_id"]))
            if artifact is not None:
                self._judge(tx, artifact)

        self._database.write(work)

    def rejudge_project(self, payload: Mapping[str, Any]) -> None:
        """Judge everything that stands under an older generation than the project's, or by a date that has passed."""
        project_id = int(payload["project_id"])

        while self._database.write(lambda tx: self._catching_up.some(tx, project_id)):
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
                self.verify_again(evidence)
            after = page[-1].id

    def verify_again(self, evidence: Artifact) -> None:
        """Verify a manifest of evidence against its project's keys as they are now, and judge what it speaks of."""
        while True:
            with self._database.read() as tx:
                repository = repositories.by_id(tx, evidence.repository_id)
                there = manifests.by_id(tx, evidence.id)
                # Deleted since the page was read, or another under its number by now.
                if (
                    repository is None
                    or there is None
                    or there.digest != evidence.digest
                    or there.subject is None
                ):
                    return
                claim = self._claims.again(tx, repository, there, there.subject)
            findings = None if claim is None else self._verifier.verify(claim)
            if findings is None or self._database.write(partial(self._keep, repository, there, findings)):
                return

    def _keep(self, repository: Repository, evidence: Artifact, findings: VerifiedEvidence, tx: Tx) -> bool:
        """Keep what was found and judge by it. False: the project's keys have changed meanwhile."""
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        repositories.hold(tx, repository.id)
        there = manifests.by_id(tx, evidence.id)
        if there is None or (there.digest, there.subject) != (evidence.digest, evidence.subject):
            return True
        if findings.trust != bench.trust:
            return False
        # Rows that are there keep when they were received; what an older release did not know came with its manifest.
        findings.keep(tx, there.id, repository.id, there.pushed_at)
        self._judging.subject_of(tx, bench, there)
        return True

    def _judge(self, tx: Tx, artifact: Artifact) -> None:
        repository = manifests.home_of(tx, artifact)
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        repositories.hold(tx, repository.id)
        fresh = manifests.by_id(tx, artifact.id)
        if fresh is not None:
            self._judging.family(tx, bench, fresh)
