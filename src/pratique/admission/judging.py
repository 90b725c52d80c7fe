"""Judges artifacts with their families, inside the transaction that changed something about them.

An index, its children and theirs get their verdicts together (gate.md 3). What a parent passes on is its signature:
a child satisfies `signed` by its own evidence or by that of any admitted parent in the repository. What a child
contains is judged on the child: an index is admitted when its own rules hold and all its present platform children
pass theirs.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Bench
from pratique.admission.families import DEPTH_LIMIT, Family, gather
from pratique.admission.store import Record
from pratique.admission.switch import rejudge
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

LINEAGE_LIMIT: Final = 100
"""Indexes above an artifact that are looked at: any number of them may name it, and each other."""

JUDGE_LATER: Final = "admission.judge"
"""The job that judges an artifact again: payload {"manifest_id"}."""

Judge = Callable[[Policy, Evidence, Sequence[Exemption], Moment], Verdict]


class Judging:
    """Judges and writes verdicts. `decide` is the pure judge."""

    def __init__(self, decide: Judge = judge, actor: str = "pratique") -> None:
        self._decide = decide
        self._actor = actor

    def family(self, tx: Tx, bench: Bench, artifact: Artifact) -> None:
        """Judge an artifact and everything below it, and write what changed. Evidence has no verdict."""
        if artifact.is_evidence:
            return
        family = gather(tx, bench, artifact)
        for digest, verdict in self._verdicts(tx, bench, family, {}).items():
            self._write(tx, bench, family.members[digest].artifact, verdict)
        for child in family.left_out:
            self._later(tx, bench, child)

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
        family = gather(tx, bench, index)
        gone = Reason("index", Code.SUBJECT_MISSING, Outcome.FAIL, "it is going")
        for digest, verdict in self._verdicts(tx, bench, family, {index.digest: gone}).items():
            if digest != index.digest:
                self._write(tx, bench, family.members[digest].artifact, verdict)
        for child in family.left_out:
            self._later(tx, bench, child)

    def inherited(
        self, tx: Tx, bench: Bench, artifact: Artifact, without: Collection[Digest] = ()
    ) -> tuple[Signature, ...]:
        """The signatures that admitted parents pass on, and theirs; each parent is looked at once."""
        found: list[Signature] = []
        looked_at = {artifact.digest, *without}
        most = len(looked_at) + LINEAGE_LIMIT
        level: list[tuple[Digest, Moment | None]] = [(artifact.digest, None)]
        for _ in range(0 if bench.is_open else DEPTH_LIMIT):
            above = []
            for digest, until in level:
                for parent in self._parents(tx, bench, digest, most - len(looked_at)):
                    if parent.digest in looked_at:
                        continue
                    looked_at.add(parent.digest)
                    ends = _sooner(until, parent.standing.valid_until)
                    found += _passed_on(store.records_about(tx, bench.repository.id, parent.digest), ends)
                    above.append((parent.digest, ends))
            level = above
        return tuple(found)

    def _parents(self, tx: Tx, bench: Bench, digest: Digest, most: int) -> list[Artifact]:
        if most <= 0:
            return []
        floor = bench.gate.floor
        return manifests.admitted_parents(
            tx, bench.repository.id, digest, at=bench.at, floor=floor, most=most
        )

    def _verdicts(
        self, tx: Tx, bench: Bench, family: Family, refused: dict[Digest, Reason]
    ) -> dict[Digest, Verdict]:
        """The verdicts on a family. What is `refused` passes nothing on, whatever its own rules say.

        A platform child that does not pass refuses its index, and then all are weighed again without what that passed
        on: each round refuses more, so there are not many.
        """
        own = {digest: store.records_about(tx, bench.repository.id, digest) for digest in family.members}
        others = {
            digest: self.inherited(tx, bench, member.artifact, family.members)
            for digest, member in family.members.items()
        }
        while True:
            verdicts = self._weighed(bench, family, own, others, refused)
            found = _refused_by_children(family, verdicts)
            if not found:
                return verdicts
            refused = {**found, **refused}

    def _weighed(
        self,
        bench: Bench,
        family: Family,
        own: Mapping[Digest, tuple[Signature, ...]],
        others: Mapping[Digest, tuple[Signature, ...]],
        refused: Mapping[Digest, Reason],
    ) -> dict[Digest, Verdict]:
        """One round, parents first: what an admitted index passes on counts for its children at once."""
        verdicts: dict[Digest, Verdict] = {}
        passing: dict[Digest, tuple[Signature, ...]] = {}
        for digest, member in family.members.items():
            given = [*own[digest], *others[digest]]
            for parent in member.parents:
                given += passing.get(parent, ())
            signatures = tuple(dict.fromkeys(given))
            verdict = self._decide(
                bench.policy, bench.evidence_for(member.artifact, signatures), (), bench.at
            )
            if digest in refused:
                verdict = _refused(verdict, refused[digest])
            elif member.artifact.is_index and verdict.state is State.ADMITTED:
                passing[digest] = _passed_on(signatures, verdict.valid_until)
            verdicts[digest] = verdict
        return verdicts

    def _weigh(self, tx: Tx, bench: Bench, artifact: Artifact, passed_on: tuple[Signature, ...]) -> Verdict:
        own = store.records_about(tx, bench.repository.id, artifact.digest)
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
            if verdict.valid_until is not None:
                # It lapses by itself then; the job tells the world, and looks whether anything else counts.
                rejudge(tx, bench.project.id, at=verdict.valid_until)
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


def _sooner(one: Moment | None, other: Moment | None) -> Moment | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _why(verdict: Verdict) -> str:
    failing = [f"{reason.code}: {reason.message}" for reason in verdict.reasons if not reason.admits]
    return failing[0] if failing else "it is not examined yet"


def _passed_on(signatures: Iterable[Signature], until: Moment | None) -> tuple[Signature, ...]:
    """What an index that is admitted `until` passes on: its own signatures, and those that were passed on to it.

    Attestations count for the digest that they name, and for no other.
    """
    return tuple(
        replace(one, inherited=True, inherited_until=until) for one in signatures if one.is_signature
    )


def _refused(verdict: Verdict, reason: Reason) -> Verdict:
    reasons = (*verdict.reasons, reason)
    return replace(verdict, state=State.QUARANTINED, reasons=reasons, valid_until=None, rests_on=frozenset())


def _refused_by_children(family: Family, verdicts: Mapping[Digest, Verdict]) -> dict[Digest, Reason]:
    """The indexes that pass by themselves and have a platform child that does not."""
    found: dict[Digest, Reason] = {}
    for digest, member in family.members.items():
        if verdicts[digest].state is not State.ADMITTED:
            continue
        failing = [child for child in member.platforms if verdicts[child].state is not State.ADMITTED]
        if failing:
            found[digest] = _child_refused(failing[0], _why(verdicts[failing[0]]))
        elif member.too_deep is not None:
            message = f"indexes lie in each other more than {DEPTH_LIMIT} deep"
            found[digest] = _child_refused(member.too_deep, message)
    return found


def _child_refused(child: Digest, why: str) -> Reason:
    return Reason(
        "children",
        Code.CHILD_REFUSED,
        Outcome.FAIL,
        f"the platform image {child} in it is refused: {why}",
        "see the verdict of that image",
    )
