"""What was examined is kept as long as somebody has it: forgotten when its last manifest or its layers' bytes are gone.

A deletion costs what was deleted: its own digests are looked at. Projects and repositories go without a word about each
of their manifests, and so do bytes; what they leave is looked for in one statement, some time after the first of them.
What other versions of the readers examined is examined anew, from the start of a worker on and after all else that
waits, while what they said still stands.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pratique.admission.examination import examine_later
from pratique.admission.named import Naming
from pratique.admission.store import unneeded
from pratique.advisories.findings import Findings
from pratique.batches import batched
from pratique.clock import MINUTE, Moment
from pratique.db import Database, Tx
from pratique.events import GarbageCollected, ManifestDeleted, ProjectDeleted, RepositoryDeleted
from pratique.inventory.catalogued import forget_layer
from pratique.inventory.recording import Recording
from pratique.jobs import Handler, OutboxRow, enqueue
from pratique.packages import Component
from pratique.registry.store import manifests
from pratique.scanners import ForeignFindings

FORGET: Final = "admission.forget_contents"
"""The job that forgets those of some images which nobody has any more: payload {"digests"}, those that were deleted."""
FORGET_ALL: Final = "admission.forget_unneeded"
"""The job that looks for whatever nobody has any more, and forgets it: payload {}."""
ANEW: Final = "admission.examine_anew"
"""The job that examines anew what other readers examined, some at a time: payload {"after"}."""

PAGE: Final = 200
"""Images or layers that are looked at in one transaction."""
PRIORITY: Final = -30
SOON: Final = MINUTE
"""From the first of many deletions to the look at what they left."""
AFTERWARDS: Final = PRIORITY - 1
"""The next page of images that are examined anew comes when nothing of the last one waits."""


class ForgetFeed:
    """Reads the outbox and has forgotten what may have gone."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        digests: set[str] = set()
        leaves_more = False
        for row in rows:
            match row.event():
                case ManifestDeleted(digest=digest):
                    digests.add(digest)
                case RepositoryDeleted() | ProjectDeleted() | GarbageCollected(is_dry_run=False):
                    leaves_more = True
        if digests:
            enqueue(tx, FORGET, {"digests": sorted(digests)}, priority=PRIORITY)
        if leaves_more:
            at = Moment(tx.now() + SOON)
            enqueue(tx, FORGET_ALL, {}, dedupe_key=FORGET_ALL, run_at=at, priority=PRIORITY)


class Keeping:
    """Handlers of the jobs above. All may run twice."""

    def __init__(
        self,
        database: Database,
        recording: Recording,
        findings: Findings,
        named: Naming,
        foreign: ForeignFindings,
        told: Callable[[int], None] | None = None,
    ) -> None:
        """`told` hears how many images are still to be examined anew, whenever some of them are asked for."""
        self._database = database
        self._recording = recording
        self._findings = findings
        self._named = named
        self._foreign = foreign
        self._told = told

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {FORGET: self.forget, FORGET_ALL: self.forget_all, ANEW: self.examine_anew}

    def forget(self, payload: Mapping[str, Any], /) -> None:
        """Forget images that were deleted, as far as nobody else has them."""
        # An older release said of none in particular.
        for some in batched(payload.get("digests", ()), PAGE):
            self._database.write(partial(self._forget, list(some)))

    def forget_all(self, _: Mapping[str, Any], /) -> None:
        """Forget images without a manifest, and layers without bytes."""
        self._until_none(self._images)
        self._until_none(self._layers)

    def examine_anew(self, payload: Mapping[str, Any], /) -> None:
        """Have the next images of other readers examined, and come again."""
        with self._database.read() as tx:
            left = self._recording.count_of_other_readers(tx)
        if left:
            if self._told is not None:
                self._told(left)
            self._database.write(partial(self._anew, str(payload.get("after", ""))))

    def _until_none(self, page: Callable[[Tx], int]) -> None:
        while self._database.write(page) == PAGE:
            pass

    def _images(self, tx: Tx) -> int:
        digests = unneeded.images(tx, PAGE)
        self._forget(digests, tx)
        return len(digests)

    def _layers(self, tx: Tx) -> int:
        digests = unneeded.layers(tx, PAGE)
        for digest in digests:
            forget_layer(tx, digest)
        return len(digests)

    def _forget(self, digests: Sequence[str], tx: Tx) -> None:
        """Those that nobody has, and nobody is about to: who pushes one waits, and finds it unexamined."""
        gone = _unowned(tx, digests)
        if not gone:
            return
        self._recording.claim(tx, gone)
        gone = _unowned(tx, gone)
        said = {key for digest in gone for key in self._named.components_of(tx, digest)}
        # First: what was said of these keeps nothing.
        self._foreign.forget(tx, gone)
        unused = said - self._shown(tx, said)
        for digest in gone:
            unused |= self._recording.forget(tx, digest)
        # Somebody may say of another image that it has one of them.
        self._findings.forget(tx, unused - self._named.held(tx, unused))

    def _shown(self, tx: Tx, keys: Collection[Component]) -> set[Component]:
        """Those that layers of any image show."""
        numbers = self._recording.components_with(tx, keys)
        rows = self._recording.components(tx, numbers).values()
        return {row.key for row in rows if row.key is not None}

    def _anew(self, after: str, tx: Tx) -> None:
        digests = self._recording.of_other_readers(tx, after, PAGE)
        found = {artifact.digest: artifact for artifact in manifests.of_digests(tx, digests)}
        for artifact in found.values():
            project_id = manifests.home_of(tx, artifact).project_id
            examine_later(tx, project_id, artifact.digest, priority=PRIORITY)
        if len(digests) == PAGE:
            enqueue(tx, ANEW, {"after": digests[-1]}, dedupe_key=ANEW, priority=AFTERWARDS)


def _unowned(tx: Tx, digests: Sequence[str]) -> list[str]:
    """Those that no repository has as an artifact."""
    kept = {artifact.digest for artifact in manifests.of_digests(tx, digests)}
    return [digest for digest in digests if digest not in kept]
