"""Judging by digest: the same bytes may lie in any number of repositories, and what is found of them counts in all."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.examined import Examined
from pratique.admission.judging import Judging
from pratique.batches import batched
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact, Repository

DIGESTS_AT_ONCE: Final = 500
"""Digests whose artifacts are looked up at a time."""
JUDGED_AT_ONCE: Final = 25
"""Artifacts judged in one transaction, so that pushes get their turn in between: some milliseconds each time."""


class DigestJudging:
    """Judges artifacts by their digests, each with the indexes that it is in, most recently pulled first."""

    def __init__(
        self, database: Database, benches: Benches, examined: Examined, judging: Judging, clock: Clock
    ) -> None:
        self._database = database
        self._benches = benches
        self._examined = examined
        self._judging = judging
        self._clock = clock

    def judge(self, digests: Collection[str]) -> int:
        """Judge them where their projects ask for something of contents; how many artifacts that were."""
        judged = 0
        for some in batched(digests, DIGESTS_AT_ONCE):
            with self._database.read() as tx:
                found = self._asking(tx, manifests.of_digests(tx, some))
            for few in batched(found, JUDGED_AT_ONCE):
                with self._database.read() as tx:
                    # What takes long is the same for many; nobody has to wait meanwhile.
                    self._examined.prepare(tx, [one.digest for one in few])
                self._database.write(partial(self._judge, few))
            judged += len(found)
        return judged

    def _asking(self, tx: Tx, artifacts: Sequence[Artifact]) -> list[Artifact]:
        homes = _homes(tx, artifacts)
        asking = {number for number, home in homes.items() if self._benches.tolerance(tx, home) is not None}
        return [one for one in artifacts if one.repository_id in asking]

    def _judge(self, artifacts: Sequence[Artifact], tx: Tx) -> None:
        homes = _homes(tx, artifacts)
        # In one order, so that two workers don't wait for each other, nor pushes and narrowings for them.
        for project_id in sorted({home.project_id for home in homes.values()}):
            store.hold_gate(tx, project_id)
        for repository_id in sorted(homes):
            repositories.hold(tx, repository_id)
        session = self._benches.session(tx, self._clock.now())
        for artifact in artifacts:
            fresh = manifests.by_id(tx, artifact.id)
            if fresh is not None and fresh.digest == artifact.digest:
                self._judging.lineage(tx, session.bench(homes[artifact.repository_id]), fresh)


def _homes(tx: Tx, artifacts: Sequence[Artifact]) -> dict[int, Repository]:
    """The repositories in which artifacts lie."""
    one_of_each = {artifact.repository_id: artifact for artifact in artifacts}
    return {number: manifests.home_of(tx, artifact) for number, artifact in one_of_each.items()}
