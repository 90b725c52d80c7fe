"""What was examined is kept as long as somebody has it: forgotten when its last manifest or its layers' bytes are gone.

Every image is looked at, not only what events tell of: projects and repositories go without a word about each of their
manifests. And what other versions of the readers examined is examined anew, slowly, while what they said still stands.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pratique.admission.attested import Attested
from pratique.admission.examination import examine_later
from pratique.advisories.findings import Findings
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.events import GarbageCollected, ManifestDeleted, ProjectDeleted, RepositoryDeleted
from pratique.inventory.catalogued import forget_layer, layers
from pratique.inventory.recording import Recording
from pratique.jobs import Handler, OutboxRow, enqueue
from pratique.oci.digest import Digest
from pratique.registry.store import garbage, manifests
from pratique.scanners import ForeignFindings

FORGET: Final = "admission.forget_contents"
"""The job that forgets what nobody has any more: payload {}."""
ANEW: Final = "admission.examine_anew"
"""The job that examines anew what other readers examined, some at a time: payload {"after"}."""

PAGE: Final = 200
"""Images or layers that are looked at in one transaction."""
PRIORITY: Final = -30
PAUSE: Final = 60 * SECOND
"""Between two pages of images that are examined anew."""

_GOING: Final = (GarbageCollected, ManifestDeleted, ProjectDeleted, RepositoryDeleted)


class ForgetFeed:
    """Reads the outbox and has forgotten what may have gone."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        if any(isinstance(row.event(), _GOING) for row in rows):
            enqueue(tx, FORGET, {}, dedupe_key=FORGET, priority=PRIORITY)


class Keeping:
    """Handlers of the jobs above. All may run twice."""

    def __init__(
        self,
        database: Database,
        recording: Recording,
        findings: Findings,
        attested: Attested,
        foreign: ForeignFindings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._recording = recording
        self._findings = findings
        self._attested = attested
        self._foreign = foreign
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {FORGET: self.forget, ANEW: self.examine_anew}

    def forget(self, _: Mapping[str, Any], /) -> None:
        """Forget images without a manifest, and layers without bytes."""
        self._through(self._images)
        self._through(self._layers)

    def examine_anew(self, payload: Mapping[str, Any], /) -> None:
        """Have the next images of other readers examined, and come again."""
        self._database.write(partial(self._anew, str(payload.get("after", ""))))

    def _through(self, page: Callable[[str, Tx], str | None]) -> None:
        after: str | None = ""
        while after is not None:
            after = self._database.write(partial(page, after))

    def _images(self, after: str, tx: Tx) -> str | None:
        digests = self._recording.of_other_readers(tx, after, PAGE, readers="")
        kept = {artifact.digest for artifact in manifests.of_digests(tx, digests)}
        gone = [digest for digest in digests if digest not in kept]
        for digest in gone:
            unused = self._recording.forget(tx, digest)
            # Somebody may say of another image that it has one of them.
            self._findings.forget(tx, unused - self._attested.held(tx, unused))
        self._foreign.forget(tx, gone)
        return digests[-1] if len(digests) == PAGE else None

    def _layers(self, after: str, tx: Tx) -> str | None:
        digests = layers(tx, after, PAGE)
        kept = garbage.recorded(tx, [Digest(digest) for digest in digests])
        for digest in digests:
            if Digest(digest) not in kept:
                forget_layer(tx, digest)
        return digests[-1] if len(digests) == PAGE else None

    def _anew(self, after: str, tx: Tx) -> None:
        digests = self._recording.of_other_readers(tx, after, PAGE)
        found = {artifact.digest: artifact for artifact in manifests.of_digests(tx, digests)}
        for artifact in found.values():
            project_id = manifests.home_of(tx, artifact).project_id
            examine_later(tx, project_id, artifact.digest, priority=PRIORITY)
        if len(digests) == PAGE:
            at = Moment(self._clock.now() + PAUSE)
            enqueue(tx, ANEW, {"after": digests[-1]}, dedupe_key=ANEW, run_at=at, priority=PRIORITY)
