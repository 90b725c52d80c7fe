"""What an import of advisories would let out that says less than before: `advisories.Releases` of what is refused.

Nothing is written. Other advisories of the same vulnerability still count, and so does every other rule of the project.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.admission.bench import Benches
from pratique.admission.named import Naming
from pratique.admission.weighing import Weighing
from pratique.advisories import Answer, Answers
from pratique.advisories.findings import Edition, Findings, Seen
from pratique.batches import batched
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.inventory.recording import Recording
from pratique.packages import Component
from pratique.policy import State
from pratique.registry.store import manifests
from pratique.registry.values import Artifact

WEIGHED: Final = 2_000
"""Refused artifacts that are weighed, most recently pulled first: somebody waits for the answer."""
DIGESTS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Without:
    """Findings as they would be without some records of a source."""

    findings: Findings
    source: str
    records: frozenset[str]

    def look(self, tx: Tx, keys: Iterable[Component]) -> Seen:
        """As `Findings`."""
        seen = self.findings.look(tx, keys)
        left = {key: tuple(one for one in said if not self._goes(one)) for key, said in seen.answers.items()}
        return Seen(left, seen.edition)

    def edition(self, tx: Tx) -> Edition:
        """As `Findings`."""
        return self.findings.edition(tx)

    def answers(self) -> Answers:
        """As `Findings`."""
        return self.findings.answers()

    def _goes(self, answer: Answer) -> bool:
        return answer.source == self.source and answer.id in self.records


class Releasing:
    """Weighs what is refused as if records were gone. `weighing` makes who weighs with other findings."""

    def __init__(
        self,
        database: Database,
        benches: Benches,
        recording: Recording,
        findings: Findings,
        named: Naming,
        weighing: Callable[[Without], Weighing],
        clock: Clock,
    ) -> None:
        self._database = database
        self._benches = benches
        self._recording = recording
        self._findings = findings
        self._named = named
        self._weighing = weighing
        self._clock = clock

    def released_by(self, source: str, records: Sequence[str]) -> Sequence[str]:
        """The artifacts that nothing would refuse any more without these records: `repository@digest`.

        Where more are refused than are weighed, the last entry says so.
        """
        weighing = self._weighing(Without(self._findings, source, frozenset(records)))
        found: list[str] = []
        with self._database.read() as tx:
            refused = list(self._refused(tx, self._findings.touched(tx, records, source)))
            for artifact in refused[:WEIGHED]:
                home = manifests.home_of(tx, artifact)
                bench = self._benches.of(tx, home, self._clock.now())
                if bench.tolerance and weighing.one(tx, bench, artifact).state is State.ADMITTED:
                    found.append(f"{home.name}@{artifact.digest}")
        if len(refused) > WEIGHED:
            found.append(f"perhaps some of {len(refused) - WEIGHED} more that were not weighed")
        return found

    def _refused(self, tx: Tx, keys: set[Component]) -> Iterator[Artifact]:
        digests = {*self._recording.images_with(tx, keys), *self._named.images_with(tx, keys)}
        for some in batched(sorted(digests), DIGESTS_AT_ONCE):
            for artifact in manifests.of_digests(tx, some):
                if artifact.standing.state is State.QUARANTINED:
                    yield artifact
