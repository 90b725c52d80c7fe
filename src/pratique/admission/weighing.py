"""What the verdicts on a family are: each of its members weighed, parents and children depending on each other.

An index is admitted when its own rules hold and all its present platform children pass theirs; what an admitted index
passes on is its signature (gate.md 3). So a refused child refuses its index, which then passes nothing on; and where a
child still waits to be examined, its index waits for it, and with that every child that needs the index's signature.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from pratique.admission import store
from pratique.admission.attested import Attested
from pratique.admission.bench import Bench
from pratique.admission.families import DEPTH_LIMIT, Family
from pratique.clock import Moment
from pratique.db import Tx
from pratique.inventory.store.values import ComponentRow
from pratique.oci.digest import Digest
from pratique.policy import (
    Code,
    Contents,
    Evidence,
    Exemption,
    Outcome,
    Policy,
    Reason,
    Signature,
    State,
    Verdict,
    VexDocument,
    judge,
)
from pratique.registry.store import manifests
from pratique.registry.values import Artifact

LINEAGE_LIMIT: Final = 100
"""Indexes above an artifact that are looked at: any number of them may name it, and each other."""

Judge = Callable[[Policy, Evidence, Sequence[Exemption], Moment], Verdict]


class ContentsSource(Protocol):
    """What is known of contents (`admission.examined`)."""

    def contents(
        self, tx: Tx, project_id: int, artifact: Artifact, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Contents | None:
        """What examination found of an artifact; None: it was not examined yet.

        `also` are packages that it has by the word of others.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known of one member, whatever becomes of the others."""

    own: tuple[Signature, ...]
    others: tuple[Signature, ...]
    contents: Contents | None
    vex: tuple[VexDocument, ...]


class Weighing:
    """Weighs artifacts; writes nothing. `decide` is the pure judge."""

    def __init__(self, examined: ContentsSource, attested: Attested, decide: Judge = judge) -> None:
        self._examined = examined
        self._attested = attested
        self._decide = decide

    def one(self, tx: Tx, bench: Bench, artifact: Artifact) -> Verdict:
        """The verdict on an artifact by itself, with what admitted parents pass on to it."""
        given = self._given(tx, bench, artifact)
        return self._weigh(bench, artifact, given, ())

    def family(
        self, tx: Tx, bench: Bench, family: Family, refused: Mapping[Digest, Reason]
    ) -> dict[Digest, Verdict]:
        """The verdicts on a family. What is `refused` passes nothing on, whatever its own rules say."""
        given = {
            digest: self._given(tx, bench, member.artifact, family.members)
            for digest, member in family.members.items()
        }
        verdicts, refused = self._settled(bench, family, given, refused, _refused_by_children)
        if all(verdict.state is not State.PENDING for verdict in verdicts.values()):
            return _resting(family, verdicts)
        strict, held = self._settled(bench, family, given, refused, _kept_waiting)
        found = {digest: _held(verdicts[digest], strict[digest], held.get(digest)) for digest in verdicts}
        return _resting(family, found)

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

    def _given(self, tx: Tx, bench: Bench, artifact: Artifact, without: Collection[Digest] = ()) -> _Given:
        own = store.records_about(tx, bench.repository.id, artifact.digest)
        others = self.inherited(tx, bench, artifact, without)
        if bench.tolerance is None:
            return _Given(own, others, None, ())
        said = self._attested.about(tx, bench, artifact)
        contents = self._examined.contents(tx, bench.repository.project_id, artifact, bench.at, said.packages)
        if contents is not None and said.problem:
            told = "; ".join(filter(None, (contents.problem, said.problem)))
            contents = replace(contents, problem=told)
        return _Given(own, others, contents, said.statements)

    def _settled(
        self,
        bench: Bench,
        family: Family,
        given: Mapping[Digest, _Given],
        refused: Mapping[Digest, Reason],
        unfit: "Unfit",
    ) -> tuple[dict[Digest, Verdict], dict[Digest, Reason]]:
        """Weighed until no index passes that is `unfit` to; each round holds more back, so there are not many."""
        refused = dict(refused)
        while True:
            verdicts = self._round(bench, family, given, refused)
            found = unfit(family, verdicts)
            if not found:
                return verdicts, refused
            refused = {**found, **refused}

    def _round(
        self,
        bench: Bench,
        family: Family,
        given: Mapping[Digest, _Given],
        refused: Mapping[Digest, Reason],
    ) -> dict[Digest, Verdict]:
        """Parents first: what an admitted index passes on counts for its children at once."""
        verdicts: dict[Digest, Verdict] = {}
        passing: dict[Digest, tuple[Signature, ...]] = {}
        for digest, member in family.members.items():
            passed_on = [one for parent in member.parents for one in passing.get(parent, ())]
            verdict = self._weigh(bench, member.artifact, given[digest], passed_on)
            if digest in refused:
                verdict = _with(verdict, refused[digest])
            elif member.artifact.is_index and verdict.state is State.ADMITTED:
                known = (*given[digest].own, *given[digest].others, *passed_on)
                passing[digest] = _passed_on(tuple(dict.fromkeys(known)), verdict.valid_until)
            verdicts[digest] = verdict
        return verdicts

    def _weigh(
        self, bench: Bench, artifact: Artifact, given: _Given, passed_on: Iterable[Signature]
    ) -> Verdict:
        signatures = tuple(dict.fromkeys((*given.own, *given.others, *passed_on)))
        evidence = bench.evidence_for(artifact, signatures, given.contents, given.vex)
        return self._decide(bench.policy, evidence, (), bench.at)


Unfit = Callable[[Family, Mapping[Digest, Verdict]], dict[Digest, Reason]]
"""The indexes that pass by themselves and may not, with why."""


def _refused_by_children(family: Family, verdicts: Mapping[Digest, Verdict]) -> dict[Digest, Reason]:
    """Those with a platform child that is refused."""
    found: dict[Digest, Reason] = {}
    for digest, member in family.members.items():
        if verdicts[digest].state is not State.ADMITTED:
            continue
        failing = [child for child in member.platforms if verdicts[child].state is State.QUARANTINED]
        if failing:
            found[digest] = _child_refused(failing[0], _why(verdicts[failing[0]]))
        elif member.too_deep is not None:
            message = f"indexes lie in each other more than {DEPTH_LIMIT} deep"
            found[digest] = _child_refused(member.too_deep, message)
    return found


def _kept_waiting(family: Family, verdicts: Mapping[Digest, Verdict]) -> dict[Digest, Reason]:
    """Those with a platform child that does not pass yet."""
    found: dict[Digest, Reason] = {}
    for digest, member in family.members.items():
        waiting = [child for child in member.platforms if verdicts[child].state is not State.ADMITTED]
        if waiting and verdicts[digest].state is State.ADMITTED:
            text = f"the platform image {waiting[0]} in it has not been examined yet"
            found[digest] = Reason(
                "children", Code.CHILD_PENDING, Outcome.WAIT, text, "try again in a moment"
            )
    return found


def _held(lenient: Verdict, strict: Verdict, why: Reason | None) -> Verdict:
    """What stands while some wait: `lenient` would if they passed, `strict` does though they may not."""
    if strict.state is State.ADMITTED:
        return strict
    if lenient.state is not State.ADMITTED:
        return lenient
    text = "the index whose signature it needs waits for another image in it"
    parent = Reason("signed", Code.PARENT_PENDING, Outcome.WAIT, text, "try again in a moment")
    return _with(lenient, why or parent)


def _resting(family: Family, verdicts: dict[Digest, Verdict]) -> dict[Digest, Verdict]:
    """An admitted index ends when the first of its platform children does, and rests on what they rest on."""
    # Children first: what they rest on themselves is known by then.
    for digest, member in reversed(family.members.items()):
        verdict = verdicts[digest]
        below = [verdicts[child] for child in member.platforms if child != digest]
        if verdict.state is not State.ADMITTED or not below:
            continue
        ends = [one.valid_until for one in (verdict, *below) if one.valid_until is not None]
        rests_on = frozenset().union(verdict.rests_on, *(child.rests_on for child in below))
        verdicts[digest] = replace(verdict, valid_until=min(ends, default=None), rests_on=rests_on)
    return verdicts


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


def _with(verdict: Verdict, reason: Reason) -> Verdict:
    """The verdict with a further reason, which does not admit."""
    waits = reason.outcome is Outcome.WAIT and verdict.state is not State.QUARANTINED
    return replace(
        verdict,
        state=State.PENDING if waits else State.QUARANTINED,
        reasons=(*verdict.reasons, reason),
        valid_until=None,
        rests_on=frozenset(),
    )


def _child_refused(child: Digest, why: str) -> Reason:
    return Reason(
        "children",
        Code.CHILD_REFUSED,
        Outcome.FAIL,
        f"the platform image {child} in it is refused: {why}",
        "see the verdict of that image",
    )
