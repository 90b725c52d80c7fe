"""Judging what stands under an older generation than its project's, or by a date that has passed."""

from typing import Final

from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.judging import Judging
from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.policy import State
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact

BATCH: Final = 50
"""Artifacts judged in one transaction, so that pushes get their turn in between."""


class CatchingUp:
    """Judges a project's artifacts again, most recently pulled first."""

    def __init__(self, benches: Benches, judging: Judging, clock: Clock) -> None:
        self._benches = benches
        self._judging = judging
        self._clock = clock

    def some(self, tx: Tx, project_id: int, most: int = BATCH) -> bool:
        """Judge the first `most` that are behind; whether there were any."""
        generation, at = store.hold_gate(tx, project_id).generation, self._clock.now()
        behind = manifests.behind(tx, project_id, generation, at, most)
        # In one order, so that two workers don't wait for each other.
        for repository_id in sorted({artifact.repository_id for artifact in behind}):
            repositories.hold(tx, repository_id)
        session = self._benches.session(tx, at)
        for artifact in behind:
            fresh = manifests.by_id(tx, artifact.id)
            # An index has judged its children with it.
            if fresh is not None and _is_behind(fresh, generation, at):
                self._judging.family(tx, session.bench(manifests.home_of(tx, fresh)), fresh)
        return bool(behind)

    def left(self, tx: Tx, project_id: int) -> int:
        """How many of the project's artifacts wait: to be judged again, or to be examined."""
        return manifests.count_waiting(tx, project_id, store.gate_of(tx, project_id).floor)


def _is_behind(artifact: Artifact, generation: int, at: Moment) -> bool:
    standing = artifact.standing
    lapsed = standing.valid_until is not None and standing.valid_until <= at
    return standing.generation < generation or (standing.state is State.ADMITTED and lapsed)
