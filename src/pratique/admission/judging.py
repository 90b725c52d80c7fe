"""Judges artifacts with their families, inside the transaction that changed something about them, and writes it down.

An index, its children and theirs get their verdicts together (gate.md 3); what they are is `weighing`'s.
"""

from typing import Final

from pratique.admission import store
from pratique.admission.bench import Bench
from pratique.admission.examination import examine_later
from pratique.admission.families import DEPTH_LIMIT, gather
from pratique.admission.store import Record
from pratique.admission.subjects import decisive
from pratique.admission.switch import rejudge
from pratique.admission.weighing import LINEAGE_LIMIT, Weighing
from pratique.clock import SECOND, Moment
from pratique.db import Tx
from pratique.events import VerdictChanged
from pratique.jobs import enqueue, publish
from pratique.oci.digest import Digest
from pratique.policy import Code, Outcome, Reason, State, Verdict
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact, Standing

JUDGE_LATER: Final = "admission.judge"
"""The job that judges an artifact again: payload {"manifest_id"}."""
SOONER: Final = 45
"""Its priority: it takes moments, and ten thousand images of somebody that wait to be examined take hours."""


CHILDREN_AT_ONCE: Final = 50
"""Children of an index that is judged again with each of them."""


class Judging:
    """Judges and writes verdicts."""

    def __init__(self, weighing: Weighing, actor: str = "pratique") -> None:
        self._weighing = weighing
        self._actor = actor

    def family(self, tx: Tx, bench: Bench, artifact: Artifact) -> None:
        """Judge an artifact and everything below it, and write what changed. Evidence has no verdict."""
        if artifact.is_evidence:
            return
        family = gather(tx, bench, artifact)
        for digest, verdict in self._weighing.family(tx, bench, family, {}).items():
            self._write(tx, bench, family.members[digest].artifact, verdict)
        for child in family.left_out:
            self._later(tx, bench, child)

    def lineage(self, tx: Tx, bench: Bench, artifact: Artifact) -> None:
        """Judge an artifact with the indexes that it is in, whose verdicts depend on its own.

        Those with many children are judged by a job: else each of their images would have all of them judged again.
        """
        above = [] if bench.is_open else _outermost(tx, artifact)
        small = [one for one in above if manifests.count_children(tx, one.id) <= CHILDREN_AT_ONCE]
        for index in small:
            self.family(tx, bench, index)
        if not small:
            self.family(tx, bench, artifact)
        for index in above:
            if index not in small:
                _soon(tx, index)

    def subject_of(self, tx: Tx, bench: Bench, evidence: Artifact) -> None:
        """Judge what evidence speaks of, if it is here, within the evidence's own PUT or DELETE (gate.md 1, 2)."""
        if evidence.subject is None:
            return
        spoken_of = decisive(tx, evidence)
        if spoken_of is not None:
            self.lineage(tx, bench, spoken_of)
        elif bench.is_open:
            self._take_over(tx, bench, evidence.digest)

    def provisionally(self, tx: Tx, bench: Bench, artifact: Artifact) -> None:
        """Let an artifact stand PENDING that must still be read, where the project asks for something."""
        if bench.is_open or bench.admits(artifact):
            self.family(tx, bench, artifact)
        else:
            manifests.set_standing(tx, artifact.id, Standing(State.PENDING, None, bench.gate.generation))

    def opinion(self, tx: Tx, bench: Bench, artifact: Artifact) -> Verdict:
        """What the verdict on an artifact would be now, with nothing written."""
        return self._weighing.one(tx, bench, artifact)

    def without_parent(self, tx: Tx, bench: Bench, index: Artifact) -> None:
        """Judge the children of an index that is going: it passes on nothing any more."""
        family = gather(tx, bench, index)
        gone = Reason("index", Code.SUBJECT_MISSING, Outcome.FAIL, "it is going")
        for digest, verdict in self._weighing.family(tx, bench, family, {index.digest: gone}).items():
            if digest != index.digest:
                self._write(tx, bench, family.members[digest].artifact, verdict)
        for child in family.left_out:
            self._later(tx, bench, child)

    def _write(self, tx: Tx, bench: Bench, artifact: Artifact, verdict: Verdict) -> None:
        standing = Standing(verdict.state, verdict.valid_until, bench.gate.generation)
        manifests.set_standing(tx, artifact.id, standing)
        record = Record(
            verdict.reasons, verdict.policy_digest, verdict.evidence_digest, verdict.trust_digest, bench.at
        )
        store.put_record(tx, artifact.id, record, verdict.rests_on)
        if verdict.state is State.ADMITTED:
            entered = tags.evidence_entered(tx, bench.repository.id, artifact.digest)
            self._take_over(tx, bench, artifact.digest, *entered)
            if verdict.valid_until is not None:
                # It lapses by itself then; the job tells the world, and looks whether anything else counts.
                rejudge(tx, bench.project.id, at=verdict.valid_until)
        if verdict.reconsider_at is not None:
            self._later(tx, bench, artifact, at=verdict.reconsider_at)
        if _waits_for_contents(verdict):
            examine_later(tx, bench.project.id, artifact.digest, is_awaited=True)
        if _narrows(artifact.standing, verdict):
            tx.touch(f"repository:{bench.repository.name}")
        if artifact.standing.state is not verdict.state:
            publish(tx, self._changed(bench, artifact, verdict))

    def _take_over(self, tx: Tx, bench: Bench, *digests: Digest) -> None:
        """Move the admitted sides of tags that were pointed at what is let out now (gate.md 4)."""
        for digest in digests:
            for name in tags.take_over(tx, bench.repository.id, digest):
                tx.touch(f"tag:{bench.repository.name}:{name}")

    def _changed(self, bench: Bench, artifact: Artifact, verdict: Verdict) -> VerdictChanged:
        failing = [reason for reason in verdict.reasons if not reason.admits]
        is_first = artifact.standing.generation == 0
        return VerdictChanged(
            actor=self._actor,
            **bench.repository.place,
            digest=artifact.digest,
            state=verdict.state.value,
            previous="" if is_first else artifact.standing.state.value,
            reasons=tuple(reason.code for reason in failing),
            message=failing[0].message if failing else "",
            policy_digest=verdict.policy_digest,
            valid_until=verdict.valid_until,
        )

    def _later(self, tx: Tx, bench: Bench, artifact: Artifact, at: Moment | None = None) -> None:
        if at is None:
            manifests.set_standing(tx, artifact.id, Standing(State.PENDING, None, bench.gate.generation))
            tx.touch(f"repository:{bench.repository.name}")
        key = f"{JUDGE_LATER}:{artifact.id}:{at or 'now'}"
        enqueue(tx, JUDGE_LATER, {"manifest_id": artifact.id}, dedupe_key=key, run_at=at, priority=SOONER)


def _narrows(before: Standing, verdict: Verdict) -> bool:
    """Whether readers may hold an answer that this verdict no longer gives: only admissions are ever kept warm."""
    if before.state is not State.ADMITTED:
        return False
    if verdict.state is not State.ADMITTED:
        return True
    return verdict.valid_until is not None and (
        before.valid_until is None or verdict.valid_until < before.valid_until
    )


def _soon(tx: Tx, index: Artifact) -> None:
    at = Moment(tx.now() + SECOND)
    enqueue(
        tx,
        JUDGE_LATER,
        {"manifest_id": index.id},
        dedupe_key=f"{JUDGE_LATER}:{index.id}:soon",
        run_at=at,
        priority=SOONER,
    )


def _waits_for_contents(verdict: Verdict) -> bool:
    return any(
        reason.outcome is Outcome.WAIT and reason.code == Code.NOT_EXAMINED for reason in verdict.reasons
    )


def _outermost(tx: Tx, artifact: Artifact) -> list[Artifact]:
    """The indexes above an artifact that are in none themselves; of a circle of them all. None: it is in none."""
    looked_at = {artifact.digest}
    found: list[Artifact] = []
    level = [artifact]
    for _ in range(DEPTH_LIMIT):
        above: list[Artifact] = []
        for one in level:
            most = LINEAGE_LIMIT - len(looked_at) + 1
            parents = manifests.parents_of(tx, one.repository_id, one.digest, max(most, 0))
            new = [parent for parent in parents if parent.digest not in looked_at]
            looked_at.update(parent.digest for parent in new)
            above += new
            if one is not artifact and not new:
                found.append(one)
        level = above
    return [*found, *level]
