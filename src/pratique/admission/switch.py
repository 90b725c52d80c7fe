"""A project asks for something else than before (gate.md 1: narrowing never lags, widening may)."""

from collections.abc import Collection, Iterable
from typing import Final, Protocol

from pratique.admission import store
from pratique.clock import Moment
from pratique.db import Tx
from pratique.jobs import enqueue
from pratique.projects import Project

REJUDGE: Final = "admission.rejudge"
"""The job that judges what stands under an older generation: payload {"project_id"}."""

REVERIFY: Final = "admission.reverify"
"""The job that verifies a project's evidence against its keys as they are now: payload {"project_id"}."""


AT_ONCE: Final = 200
"""Artifacts judged in the transaction that narrows, most recently pulled first; a job judges the others."""


class Again(Protocol):
    """Judges what is behind (`admission.catching_up`)."""

    def some(self, tx: Tx, project_id: int, most: int) -> bool:
        """Judge the first `most` of a project's artifacts that are behind."""
        ...

    def left(self, tx: Tx, project_id: int) -> int:
        """How many of them wait: to be judged again, or to be examined."""
        ...


class TakingAway(Protocol):
    """Ends admissions by what they rest on (`admission.narrowing`)."""

    def take_away(self, tx: Tx, bases: Iterable[str], *, within: int | None = None) -> int:
        """Take ADMITTED from every verdict of a project that rests on any of `bases`, and judge the first of them."""
        ...


class Switch:
    """Carries out what projects ask of admission; implements `projects.ports.AdmissionSwitch` and `Leaver`.

    Breaks the ring between projects, which know the switch, and judging, which knows projects: bootstrap sets `again`
    and `narrowing`.
    """

    again: Again
    narrowing: TakingAway

    def turn(
        self, tx: Tx, project_id: int, *, narrows: bool, taken_back: Collection[str] = frozenset()
    ) -> int:
        """Judge by what the project asks from now on; how many artifacts wait because of it.

        Where that is more, as towards `signed`, every verdict of an older generation stops admitting with this commit,
        however many there are: one row is written. Where something is accepted no more, those stop that rest on it. A
        part is judged at once, the rest by a job, most recently pulled first.
        """
        store.step_gate(tx, project_id, narrows=narrows)
        tx.touch(f"project:{project_id}")
        rejudge(tx, project_id)
        if narrows:
            self.again.some(tx, project_id, AT_ONCE)
        elif not taken_back or not self.narrowing.take_away(tx, taken_back, within=project_id):
            return 0
        return self.again.left(tx, project_id)

    def forget_project(self, tx: Tx, project: Project) -> None:
        """Drop the counters of a project that goes."""
        store.drop_gate(tx, project.id)


def rejudge(tx: Tx, project_id: int, at: Moment | None = None) -> None:
    """Have a project's artifacts judged again: now, or `at` a date on which verdicts may rest."""
    key = f"{REJUDGE}:{project_id}" + (f":{at}" if at is not None else "")
    enqueue(tx, REJUDGE, {"project_id": project_id}, dedupe_key=key, run_at=at, priority=50)


def reverify(tx: Tx, project_id: int) -> None:
    """Have a project's evidence verified again, and what it speaks of judged."""
    enqueue(tx, REVERIFY, {"project_id": project_id}, dedupe_key=f"{REVERIFY}:{project_id}", priority=60)
