"""The job that examines: an image is looked into once, what is inside is kept, and whoever waits for it is judged.

What the image's layers hold belongs to no project; so what was found for one is known to all. Looking takes place
outside of any transaction, matching in small ones; the verdicts follow in others, a few artifacts each.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pratique.admission.attesting import attest_digests
from pratique.admission.digests import DigestJudging
from pratique.admission.examination import examine_later
from pratique.admission.looking import Looking
from pratique.admission.matching import Matching
from pratique.admission.named import Naming
from pratique.admission.reports.tallying import tally_later
from pratique.admission.turns import Turn, TurnIsOver
from pratique.advisories.findings import Findings
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.inventory import READERS_VERSION, Contents, CouldNotBeExamined
from pratique.inventory.recording import Image, Problem, Recording
from pratique.oci.manifest import Manifest, parse_manifest
from pratique.registry.store import manifests


class Examining:
    """Handles `admission.examine`. May run twice: what is known is not looked into again."""

    def __init__(
        self,
        database: Database,
        looking: Looking,
        recording: Recording,
        findings: Findings,
        named: Naming,
        judging: DigestJudging,
        clock: Clock,
    ) -> None:
        self._database = database
        self._looking = looking
        self._recording = recording
        self._findings = findings
        self._match = Matching(database, findings)
        self._named = named
        self._judging = judging
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Examine an image, unless it was by these readers, and judge the artifacts that have its digest."""
        digest = str(payload["digest"])
        with self._database.read() as tx:
            manifest = _manifest_of(tx, digest)
            known = self._recording.image_of(tx, digest)
        if manifest is None:
            return
        if not isinstance(known, Image) or known.readers != READERS_VERSION:
            # What could not be examined is tried again by whoever asks again: a missing layer may have come.
            turn = int(payload.get("turn", 0))
            try:
                self._examine(digest, manifest, Turn(self._clock, turn))
            except TurnIsOver:
                again = partial(examine_later, digest=digest, is_awaited=True, turn=turn + 1)
                self._database.write(lambda tx: again(tx, int(payload["project_id"])))
                return
        else:
            self._match([row.key for row in known.rows if row.key is not None])
        with self._database.read() as tx:
            said = list(self._named.components_of(tx, digest))
        self._match(said)
        self._judging.judge([digest])
        self._database.write(partial(_told_on, digest))

    def _examine(self, digest: str, manifest: Manifest, turn: Turn) -> None:
        try:
            found: Contents | Problem = self._looking(manifest, turn.told)
        except CouldNotBeExamined as error:
            found = Problem(str(error), READERS_VERSION, self._clock.now())
        self._database.write(partial(self._keep, digest, found))
        with self._database.read() as tx:
            keys = [row.key for row in self._recording.components_of(tx, digest) if row.key is not None]
        self._match(keys)

    def _keep(self, digest: str, found: Contents | Problem, tx: Tx) -> None:
        if _manifest_of(tx, digest) is None:
            return
        at = self._clock.now()
        if isinstance(found, Problem):
            unused = self._recording.put_problem(tx, digest, found.reason, at)
        else:
            unused = self._recording.put(tx, digest, found, at)
        # Here and now: in a later transaction another image might have one of them.
        if unused:
            self._findings.forget(tx, unused - self._named.held(tx, unused))


def _told_on(digest: str, tx: Tx) -> None:
    """Whoever tells of contents has something new to tell."""
    attest_digests(tx, [digest])
    tally_later(tx)


def _manifest_of(tx: Tx, digest: str) -> Manifest | None:
    """The image manifest of that digest, whoever has it; None: nobody, or it is an index or evidence."""
    found = [artifact for artifact in manifests.of_digests(tx, [digest]) if not artifact.is_index]
    if not found:
        return None
    content = manifests.body_of(tx, found[0].id)
    return parse_manifest(content, found[0].media_type, limit=len(content))
