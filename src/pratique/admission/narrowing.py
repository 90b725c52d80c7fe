"""Taking ADMITTED away in the transaction that narrows (gate.md 1): found by what verdicts rest on."""

from collections.abc import Iterable
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.families import DEPTH_LIMIT
from pratique.admission.judging import Judging
from pratique.admission.switch import rejudge
from pratique.clock import Clock
from pratique.db import Tx
from pratique.registry.store import manifests

PARENTS_LIMIT: Final = 1_000
"""Admitted indexes of one artifact that lose their admission with it at once."""


class Narrowing:
    """Ends admissions. `at_once` bounds how many artifacts are judged again in the same transaction."""

    def __init__(self, benches: Benches, judging: Judging, clock: Clock, *, at_once: int = 200) -> None:
        self._benches = benches
        self._judging = judging
        self._clock = clock
        self._at_once = at_once

    def take_away(
        self, tx: Tx, bases: Iterable[str], *, upwards: bool = False, within: int | None = None
    ) -> int:
        """Take ADMITTED from every verdict that rests on any of `bases`; how many there were.

        The first of them are judged again at once, all of them by a job. `upwards`: what is denied is an artifact
        itself, so the indexes that contain it go too. `within`: in this project only. The caller holds the lock that
        keeps pushes waiting.
        """
        named = tuple(bases)
        resting = store.resting_on(tx, named)
        if within is not None:
            resting = store.of_project(tx, resting, within)
        if upwards:
            resting = self._with_parents(tx, resting)
        for project_id in store.projects_of(tx, resting):
            tx.touch(f"project:{project_id}")
            rejudge(tx, project_id)
        manifests.suspend(tx, resting)
        session = self._benches.session(tx, self._clock.now())
        for manifest_id in resting[: self._at_once]:
            artifact = manifests.by_id(tx, manifest_id)
            if artifact is not None:
                self._judging.lineage(tx, session.bench(manifests.home_of(tx, artifact)), artifact)
        return len(resting)

    def _with_parents(self, tx: Tx, resting: list[int]) -> list[int]:
        """These, with the admitted indexes above them."""
        found = dict.fromkeys(resting)
        level = resting
        for _ in range(DEPTH_LIMIT):
            above = [parent for manifest_id in level for parent in self._parents(tx, manifest_id)]
            level = [parent for parent in dict.fromkeys(above) if parent not in found]
            found.update(dict.fromkeys(level))
        # Indexes first: they judge their children with them.
        return list(reversed(found))

    def _parents(self, tx: Tx, manifest_id: int) -> list[int]:
        artifact = manifests.by_id(tx, manifest_id)
        if artifact is None:
            return []
        parents = manifests.admitted_parents(
            tx,
            artifact.repository_id,
            artifact.digest,
            at=self._clock.now(),
            floor=0,
            most=PARENTS_LIMIT,
        )
        return [parent.id for parent in parents]
