"""Judging by digest: the same bytes may lie in any number of repositories, and what is found of them counts in all."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.judging import Judging
from pratique.batches import batched
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.registry.store import manifests, repositories
from pratique.registry.values import Artifact

DIGESTS_AT_ONCE: Final = 500
"""Digests whose artifacts are looked up at a time."""
JUDGED_AT_ONCE: Final = 50
"""Artifacts judged in one transaction, so that pushes get their turn in between."""


class DigestJudging:
    """Judges artifacts by their digests, each with the indexes that it is in, most recently pulled first."""

    def __init__(self, database: Database, benches: Benches, judging: Judging, clock: Clock) -> None:
        self._database = database
        self._benches = benches
        self._judging = judging
        self._clock = clock

    def judge(self, digests: Collection[str]) -> int:
        """Judge them where their projects ask for something of contents; how many artifacts that were."""
        judged = 0
        for some in batched(digests, DIGESTS_AT_ONCE):
            with self._database.read() as tx:
                found = self._asking(tx, manifests.of_digests(tx, some))
            for few in batched(found, JUDGED_AT_ONCE):
                self._database.write(partial(self._judge, few))
            judged += len(found)
        return judged

    def _asking(self, tx: Tx, artifacts: Sequence[Artifact]) -> list[Artifact]:
        homes = {one.repository_id: manifests.home_of(tx, one) for one in artifacts}
        asking = {number for number, home in homes.items() if self._benches.tolerance(tx, home) is not None}
        return [one for one in artifacts if one.repository_id in asking]

    def _judge(self, artifacts: Sequence[Artifact], tx: Tx) -> None:
        homes = [manifests.home_of(tx, artifact) for artifact in artifacts]
        # In one order, so that two workers don't wait for each other, nor pushes and narrowings for them.
        for project_id in sorted({home.project_id for home in homes}):
            store.hold_gate(tx, project_id)
        for repository_id in sorted({home.id for home in homes}):
            repositories.hold(tx, repository_id)
        for artifact, home in zip(artifacts, homes, strict=True):
            fresh = manifests.by_id(tx, artifact.id)
            if fresh is not None and fresh.digest == artifact.digest:
                bench = self._benches.of(tx, home, self._clock.now(), hold=True)
                self._judging.lineage(tx, bench, fresh)
