"""New advisories: what is known of packages is matched again, and the artifacts that have them are judged again.

Nothing is lost when the worker dies. What is different is written down with the digests that are due to be judged, in
the same transaction; the followed revision moves with the last of them; and a digest stays due until it was judged.
"""

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from pratique.admission.attesting import attest_digests
from pratique.admission.digests import DIGESTS_AT_ONCE, DigestJudging
from pratique.admission.named import Naming
from pratique.admission.reports.tallying import retally, tally_later
from pratique.admission.store import due
from pratique.advisories import Revisions, Touch
from pratique.advisories.findings import Ahead, Findings, Place
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import Unavailable
from pratique.inventory.recording import Recording
from pratique.jobs import Handler, enqueue

FOLLOW: Final = "admission.follow_advisories"
"""The job that matches again what an import touched: payload {"revision"}."""
JUDGE_DUE: Final = "admission.judge_due"
"""The job that judges what is due, until nothing is: payload {}."""
RENEW_CONTENTS: Final = "admission.renew_contents"
"""The job that finds verdicts which an import renews: payload {"everything"}."""

FOLLOW_PRIORITY: Final = 30
"""After what somebody waits for, before what nobody does."""
RENEW_PRIORITY: Final = -20


class RevisionWatch:
    """Notices a new revision, whoever made it. Its stamp is a sign by which an idle worker looks up (`jobs.Worker`)."""

    name = "advisories"

    def __init__(self, database: Database, revisions: Revisions, findings: Findings) -> None:
        self._database = database
        self._revisions = revisions
        self._findings = findings
        self._seen: tuple[int, int] | None = None

    def advance(self) -> int:
        """Have a new revision followed; 0: there is never more of it."""
        stamp = self._revisions.stamp
        if stamp != self._seen:
            number = self._revisions.number
            with self._database.read() as tx:
                is_new = self._findings.followed(tx) < number
            if is_new:
                self._database.write(partial(follow_later, revision=number))
            self._seen = stamp
        return 0


def follow_later(tx: Tx, revision: int) -> None:
    """Have a revision followed."""
    enqueue(tx, FOLLOW, {"revision": revision}, dedupe_key=FOLLOW, priority=FOLLOW_PRIORITY)


def judge_later(tx: Tx, at: Moment | None = None, priority: int = FOLLOW_PRIORITY) -> None:
    """Have judged what is due."""
    enqueue(tx, JUDGE_DUE, {}, dedupe_key=JUDGE_DUE, run_at=at, priority=priority)


class Following:
    """Handlers of the jobs above. All may run twice."""

    def __init__(
        self,
        database: Database,
        findings: Findings,
        recording: Recording,
        judging: DigestJudging,
        clock: Clock,
        *,
        named: Naming,
        max_age: int,
    ) -> None:
        self._database = database
        self._named = named
        self._findings = findings
        self._recording = recording
        self._judging = judging
        self._clock = clock
        self._max_age = max_age
        self._turn = threading.Lock()

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {FOLLOW: self.follow, JUDGE_DUE: self.judge_due, RENEW_CONTENTS: self.renew}

    def follow(self, payload: Mapping[str, Any], /) -> None:
        """Match again what imports up to a revision touched. Raises Conflict where that is not on this machine yet."""
        revision = int(payload["revision"])
        with self._database.read() as tx:
            since = self._findings.followed(tx)
        touch = self._findings.touched_between(since, revision)
        place = self._database.write(
            lambda tx: self._findings.begin(tx, touch.packages, revision, since=since)
        )
        while place is not None:
            with self._database.read() as tx:
                # Matching may take seconds: nobody has to wait for it.
                ahead = self._findings.ahead(tx, place)
            place = self._database.write(partial(self._step, place, revision, touch, ahead))
        # Nobody counts findings while an import is followed.
        self._database.write(tally_later)

    def judge_due(self, _: Mapping[str, Any], /) -> None:
        """Judge what is due, most recently pulled first."""
        if not self._turn.acquire(blocking=False):
            # Whoever judges sees ours too, unless it was about to end.
            at = Moment(self._clock.now() + SECOND)
            self._database.write(partial(judge_later, at=at))
            return
        try:
            self._judge_all()
        finally:
            self._turn.release()

    def _judge_all(self) -> None:
        """What can't be judged waits until all else was, and the job fails by it: it holds up nobody."""
        while True:
            with self._database.read() as tx:
                some = due.upcoming(tx, DIGESTS_AT_ONCE)
            if not some:
                return
            failed = self._judge(some)
            judged = [one for one in some if one not in failed]
            self._database.write(partial(_done, judged, list(failed)))
            if failed and not judged:
                raise next(iter(failed.values()))

    def _judge(self, some: list[tuple[str, int]]) -> dict[tuple[str, int], Exception]:
        """Judge digests; those that could not be, with why. Raises Unavailable: then it is none of theirs."""
        try:
            self._judging.judge([digest for digest, _ in some])
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever one of them is, the others are judged
            if len(some) == 1:
                return {some[0]: failure}
            return {one: why for each in some for one, why in self._judge([each]).items()}
        return {}

    def renew(self, payload: Mapping[str, Any], /) -> None:
        """Have judged again what would lapse before half of the time for which advisories count has passed.

        So nothing lapses that is imported regularly; and what could not be examined for want of advisories is judged by
        those that came.
        """
        after: int | None = 0
        everything = bool(payload["everything"])
        while after is not None:
            after = self._database.write(partial(self._renew, after, everything))

    def _step(self, place: Place, revision: int, touch: Touch, ahead: Ahead, tx: Tx) -> Place | None:
        different, following = self._findings.step(tx, place, revision, ahead)
        if different:
            # Bills of ours tell what layers hold.
            attest_digests(tx, self._recording.images_with(tx, different.keys()))
            retally(tx, self._recording.components_with(tx, different.keys()))
            weighty = [key for key, change in different.items() if change.matters]
            if weighty and due.is_any_asking(tx):
                said = self._named.images_with(tx, weighty)
                due.put(tx, {*self._recording.images_with(tx, weighty), *said})
        if following is None:
            judge_later(tx)
            everything = touch.packages is None or bool(touch.families)
            enqueue(
                tx,
                RENEW_CONTENTS,
                {"everything": everything},
                dedupe_key=f"{RENEW_CONTENTS}:{everything}",
                priority=RENEW_PRIORITY,
            )
        return following

    def _renew(self, after: int, everything: bool, tx: Tx) -> int | None:
        before = Moment(self._clock.now() + self._max_age // 2)
        page = due.stale(tx, after, before, DIGESTS_AT_ONCE, everything=everything)
        if page:
            due.put_unhurried(tx, {digest for _, digest in page})
            judge_later(tx, priority=RENEW_PRIORITY)
        return page[-1][0] if len(page) == DIGESTS_AT_ONCE else None


def _done(judged: list[tuple[str, int]], failed: list[tuple[str, int]], tx: Tx) -> None:
    due.done(tx, judged)
    due.postpone(tx, failed)
