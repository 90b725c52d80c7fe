"""Images that wait to be examined though no job does it: nobody waits for ever.

A job that has failed too often is dead. Where the store or the database was out of reach for that long, images are
examined when it is back; one that took the worker with it each time is not tried any more, and said to be so.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from pratique import jobs
from pratique.admission.digests import DigestJudging
from pratique.admission.examination import EXAMINE, examination_key, examine_later
from pratique.admission.store import waiting
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.inventory.recording import Recording

EXAMINE_WAITING: Final = "admission.examine_waiting"
"""The job that looks for them, some at a time: payload {"after"}."""
PRIORITY: Final = -5
PAGE: Final = 200
DEADLY: Final = "the registry's worker died each time it looked into it"


class Waiting:
    """Handles the job above; may run twice."""

    def __init__(
        self, database: Database, recording: Recording, judging: DigestJudging, clock: Clock
    ) -> None:
        self._database = database
        self._recording = recording
        self._judging = judging
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """See to the next that wait."""
        deadly = self._database.write(partial(self._page, int(payload.get("after", 0))))
        self._judging.judge(deadly)

    def _page(self, after: int, tx: Tx) -> list[str]:
        """Have those examined that no job waits for; the digests of those that are not to be."""
        page = waiting.pending(tx, after, PAGE)
        keys = {number: examination_key(project_id, digest) for number, project_id, digest in page}
        known = jobs.standings(tx, EXAMINE, keys.values())
        deadly = []
        for number, project_id, digest in page:
            standing = known.get(keys[number])
            if standing is None or (standing.state == "dead" and standing.last_error != jobs.DIED):
                examine_later(tx, project_id, digest)
            elif standing.state == "dead" and self._recording.noted(tx, digest) is None:
                self._recording.put_problem(tx, digest, DEADLY, self._clock.now())
                deadly.append(digest)
        if len(page) == PAGE:
            further = {"after": page[-1][0]}
            jobs.enqueue(tx, EXAMINE_WAITING, further, dedupe_key=EXAMINE_WAITING, priority=PRIORITY)
        return deadly
