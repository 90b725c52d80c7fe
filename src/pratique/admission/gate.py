"""The gate: what is let out, to whom and when (gate.md). Implements `registry.ports.Gate`."""

from pratique.access.principal import Tier
from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.evidence import EvidenceVerifier, PostponedEvidence, VerifiedEvidence
from pratique.admission.judging import Judging
from pratique.admission.late_evidence import subject_came, verify_awaiting, verify_later
from pratique.admission.links import VerdictLinks
from pratique.admission.refusals import Refusals
from pratique.admission.store import attested
from pratique.admission.subjects import decisive
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import Quarantined
from pratique.inventory.recording import Recording
from pratique.oci.digest import Digest
from pratique.registry.ports import EvidenceClaim, EvidenceMoved, Findings
from pratique.registry.store import blobs
from pratique.registry.values import Artifact, Passage, Reader, Repository


class AdmissionGate:
    """Judges what comes in, and lets out what may go."""

    def __init__(
        self,
        benches: Benches,
        verifier: EvidenceVerifier,
        judging: Judging,
        clock: Clock,
        links: VerdictLinks,
        recording: Recording,
    ) -> None:
        self._benches = benches
        self._verifier = verifier
        self._judging = judging
        self._clock = clock
        self._recording = recording
        self._refusals = Refusals(judging, links)

    # --- coming in ------------------------------------------------------------------------------------------------

    def verify(self, claim: EvidenceClaim) -> Findings | None:
        """Verify a claim against the project's keys, if that fits into a PUT."""
        return self._verifier.verify_at_once(claim)

    def hold(self, tx: Tx, project_id: int) -> None:
        """Keep every narrowing of a project waiting until this transaction ends."""
        store.hold_gate(tx, project_id)

    def may_turn(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> bool:
        """Whether a stored manifest may become the evidence that it is pushed as now."""
        if artifact.is_evidence:
            counts = isinstance(findings, VerifiedEvidence) and findings.counts
            return counts and not store.is_counted(tx, artifact.id)
        bench = self._benches.of(tx, repository, self._clock.now())
        return bench.is_open or not bench.admits(artifact)

    def pushed(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> None:
        """Judge what was pushed; of evidence, what it speaks of. Raises EvidenceMoved."""
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        if not artifact.is_evidence and not artifact.is_index:
            # Else it might be judged by contents that are forgotten at this moment, since nobody had it any more.
            self._recording.keep(tx, artifact.digest)
        if isinstance(findings, PostponedEvidence) and not artifact.is_evidence:
            verify_later(tx, artifact, findings.claim.subject, bench.at)
            self._judging.provisionally(tx, bench, artifact)
            return
        if not artifact.is_evidence:
            self._judging.lineage(tx, bench, artifact)
            verify_awaiting(tx, repository, artifact)
            return
        if isinstance(findings, VerifiedEvidence) and findings.claim.subject == artifact.subject:
            if findings.trust != bench.trust or subject_came(tx, repository, findings):
                raise EvidenceMoved
            # Received again: dates of parties are compared with the last time.
            findings.keep(tx, artifact.id, repository.id, bench.at, renew=True)
        verify_awaiting(tx, repository, artifact)
        self._judging.subject_of(tx, bench, artifact)

    def removed(self, tx: Tx, repository: Repository, artifact: Artifact, *, quietly: bool = False) -> None:
        """Forget what is kept about a manifest that is going, and judge again what rested on it.

        `quietly`: the registry takes away what it wrote itself. That too counts where somebody pushed the same bytes.
        """
        counts = store.is_counted(tx, artifact.id)
        store.forget(tx, artifact.id)
        if quietly and not counts:
            return
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        if artifact.is_evidence:
            # What signatures of it spoke for goes with it.
            for manifest_id in store.awaiting(tx, repository.id, artifact.digest, signatures=True):
                attested.drop(tx, manifest_id)
            self._judging.subject_of(tx, bench, artifact)
        elif artifact.is_index:
            self._judging.without_parent(tx, bench, artifact)

    # --- going out ------------------------------------------------------------------------------------------------

    def let_out(self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact) -> Passage:
        """Let a manifest out to a reader, or raise Quarantined with every reason.

        Who may inspect what is refused is warned that others don't get it.
        """
        bench = self._benches.of(tx, repository, self._clock.now())
        spoken_of = decisive(tx, artifact)
        if spoken_of is not None and bench.admits(spoken_of):
            return Passage(until=spoken_of.standing.valid_until, for_readers=True)
        if bench.is_open and spoken_of is None:
            return Passage(for_readers=True)
        refusal = self._refusals.of_manifest(tx, bench, artifact, spoken_of)
        if reader.tier >= Tier.INSPECT:
            return Passage(warning=refusal.message)
        raise refusal

    def let_blob_out(self, tx: Tx, reader: Reader, repository: Repository, digest: Digest) -> Passage:
        """Let a linked blob out to a reader, or raise Quarantined (gate.md 6, blobs)."""
        bench = self._benches.of(tx, repository, self._clock.now())
        if bench.is_open:
            return Passage(for_readers=True)
        reached = blobs.reach(tx, repository.id, digest, at=bench.at, floor=bench.gate.floor)
        if reached is not None:
            return Passage(until=reached.until, for_readers=True)
        if reader.tier >= Tier.EXAMINE:
            return Passage()
        if reader.tier >= Tier.INSPECT and blobs.is_of_evidence(tx, repository.id, digest):
            return Passage()
        raise self._refusals.of_blob(tx, bench, digest, reader)

    def is_admitted(self, tx: Tx, repository: Repository, artifact: Artifact) -> bool:
        """Whether an artifact (of evidence: its subject) would be let out to everyone who may read here."""
        bench = self._benches.of(tx, repository, self._clock.now())
        spoken_of = decisive(tx, artifact)
        return bench.is_open if spoken_of is None else bench.admits(spoken_of)

    def refuse(self, tx: Tx, repository: Repository, artifact: Artifact) -> Quarantined:
        """The Quarantined that says why an artifact is refused."""
        bench = self._benches.of(tx, repository, self._clock.now())
        return self._refusals.of_manifest(tx, bench, artifact, decisive(tx, artifact))
