"""Judges artifacts with their families, inside the transaction that changed something about them.

An index, its children and theirs get their verdicts together (gate.md 3). What a parent passes on is its signature:
a child satisfies `signed` by its own evidence or by that of any admitted parent in the repository. What a child
contains is judged on the child: an index is admitted when its own rules hold and all its present platform children
pass theirs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Bench
from pratique.admission.store import Record
from pratique.clock import Moment
from pratique.db import Tx
from pratique.events import VerdictChanged
from pratique.jobs import enqueue, publish
from pratique.oci.digest import Digest
from pratique.policy import (
    Code,
    Evidence,
    Exemption,
    Outcome,
    Policy,
    Reason,
    Signature,
    State,
    Verdict,
    judge,
)
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact, Standing

DEPTH_LIMIT: Final = 8
"""Indexes inside indexes that pass anything on. Deeper ones are judged as if nobody named them."""

FAMILY_LIMIT: Final = 1_000
"""Artifacts judged in one transaction; the others stay PENDING and a job judges them."""

JUDGE_LATER: Final = "admission.judge"
"""The job that judges an artifact again: payload {"manifest_id"}."""

Judge = Callable[[Policy, Evidence, Sequence[Exemption], Moment], Verdict]


@dataclass(slots=True)
class _Docket:
    """How many artifacts this transaction has judged, of how many it may."""

    left: int = FAMILY_LIMIT


class Judging:
    """Judges and writes verdicts. `decide` is the pure judge."""

    def __init__(self, decide: Judge = judge, actor: str = "pratique") -> None:
        self._decide = decide
        self._actor = actor

    def family(self, tx: Tx, bench: Bench, artifact: Artifact) -> None:
        """Judge an artifact and everything below it, and write what changed. Evidence has no verdict."""
        if artifact.is_evidence:
            return
        passed_on = self.inherited(tx, bench, artifact)
        self._tree(tx, bench, artifact, passed_on, _Docket(), depth=0)

    def subject_of(self, tx: Tx, bench: Bench, evidence: Artifact) -> None:
        """Judge what evidence speaks of, if it is here, within the evidence's own PUT or DELETE (gate.md 1, 2)."""
        if evidence.subject is None:
            return
        subject = manifests.by_digest(tx, bench.repository.id, evidence.subject)
        if subject is not None:
            self.family(tx, bench, subject)
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
        return self._weigh(tx, bench, artifact, self.inherited(tx, bench, artifact))

    def without_parent(self, tx: Tx, bench: Bench, index: Artifact) -> None:
        """Judge the children of an index that is going: it passes on nothing any more."""
        gone = Verdict(State.QUARANTINED, index.digest, (), "", "", "")
        self._children(tx, bench, index, gone, _Docket(), depth=0)

    def inherited(self, tx: Tx, bench: Bench, artifact: Artifact, depth: int = 0) -> tuple[Signature, ...]:
        """The signatures that admitted parents pass on, and theirs."""
        if depth >= DEPTH_LIMIT:
            return ()
        found: dict[tuple[str, str | None, str], Signature] = {}
        for parent in manifests.parents_of(tx, bench.repository.id, artifact.digest):
            if parent.is_evidence or not bench.admits(parent):
                continue
            for signature in self._passed_on(tx, bench, parent, parent.standing.valid_until, depth):
                found[signature.evidence, signature.fingerprint, signature.code] = signature
        return tuple(found.values())

    def _passed_on(
        self, tx: Tx, bench: Bench, parent: Artifact, until: Moment | None, depth: int
    ) -> tuple[Signature, ...]:
        own = store.facts_about(tx, bench.repository.id, parent.digest)
        above = self.inherited(tx, bench, parent, depth + 1)
        return tuple(replace(one, inherited=True, inherited_until=until) for one in (*own, *above))

    def _tree(
        self,
        tx: Tx,
        bench: Bench,
        artifact: Artifact,
        passed_on: tuple[Signature, ...],
        docket: _Docket,
        depth: int,
    ) -> Verdict:
        docket.left -= 1
        verdict = self._weigh(tx, bench, artifact, passed_on)
        if artifact.is_index:
            verdict = self._with_children(tx, bench, artifact, verdict, docket, depth)
        self._write(tx, bench, artifact, verdict)
        return verdict

    def _with_children(
        self, tx: Tx, bench: Bench, index: Artifact, verdict: Verdict, docket: _Docket, depth: int
    ) -> Verdict:
        """Judge the children under what this index passes on; a refused one refuses the index, and then all again."""
        refused = self._children(tx, bench, index, verdict, docket, depth)
        if refused is None or verdict.state is not State.ADMITTED:
            return verdict
        reason = Reason(
            "children",
            Code.CHILD_REFUSED,
            Outcome.FAIL,
            f"the platform image {refused.digest} in it is refused: {_why(refused)}",
            "see the verdict of that image",
        )
        without = replace(
            verdict,
            state=State.QUARANTINED,
            reasons=(*verdict.reasons, reason),
            valid_until=None,
            rests_on=frozenset(),
        )
        self._children(tx, bench, index, without, docket, depth)
        return without

    def _children(
        self, tx: Tx, bench: Bench, index: Artifact, verdict: Verdict, docket: _Docket, depth: int
    ) -> Verdict | None:
        """Judge the present children. Returns the verdict of a platform child that does not pass."""
        if depth >= DEPTH_LIMIT:
            return None
        # Its new state is not known yet: it passes on nothing by itself.
        standing = Standing(State.QUARANTINED, None, bench.gate.generation)
        manifests.set_standing(tx, index.id, standing)
        passed_on: tuple[Signature, ...] = ()
        if verdict.state is State.ADMITTED:
            passed_on = self._passed_on(tx, bench, index, verdict.valid_until, depth)
        refused = None
        for child, is_platform in manifests.children_of(tx, index.id):
            if child.is_evidence or child.id == index.id:
                continue
            if docket.left <= 0:
                self._later(tx, bench, child)
                continue
            others = self.inherited(tx, bench, child)
            found = self._tree(tx, bench, child, (*passed_on, *others), docket, depth + 1)
            if is_platform and found.state is not State.ADMITTED:
                refused = found
        return refused

    def _weigh(self, tx: Tx, bench: Bench, artifact: Artifact, passed_on: tuple[Signature, ...]) -> Verdict:
        own = store.facts_about(tx, bench.repository.id, artifact.digest)
        return self._decide(bench.policy, bench.evidence_for(artifact, (*own, *passed_on)), (), bench.at)

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
        if verdict.reconsider_at is not None:
            self._later(tx, bench, artifact, at=verdict.reconsider_at)
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
        enqueue(tx, JUDGE_LATER, {"manifest_id": artifact.id}, dedupe_key=key, run_at=at, priority=10)


def _narrows(before: Standing, verdict: Verdict) -> bool:
    """Whether readers may hold an answer that this verdict no longer gives: only admissions are ever kept warm."""
    if before.state is not State.ADMITTED:
        return False
    if verdict.state is not State.ADMITTED:
        return True
    return verdict.valid_until is not None and (
        before.valid_until is None or verdict.valid_until < before.valid_until
    )


def _why(verdict: Verdict) -> str:
    failing = [f"{reason.code}: {reason.message}" for reason in verdict.reasons if not reason.admits]
    return failing[0] if failing else "it is not examined yet"
