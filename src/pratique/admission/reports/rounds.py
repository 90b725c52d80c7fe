"""Scanning all images: rounds, begun by hand or by a timetable, that can be watched and stopped.

A round goes through the artifacts in small transactions, has each image examined once with the lowest urgency, and then
looks from time to time whether all of them have been. Nothing is pulled again: layers that were read stay read.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pratique.access.principal import SYSTEM, Principal
from pratique.admission.reports.foreign import Beside
from pratique.admission.reports.scans import OF_JOBS, Examining, Status
from pratique.admission.store import scans as store
from pratique.admission.store.scans import Outcome, Round, Target, Timetable
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import BadRequest, Conflict, PreconditionFailed
from pratique.events import ScanRoundBegun, ScanRoundStopped, ScanTimetableChanged
from pratique.inventory.recording import Examination, Recording
from pratique.jobs import Handler, JobStanding, enqueue, publish, standings, withdraw
from pratique.jobs.cron import parse_cron

GO_ON: Final = "admission.scan_all"
"""The job that goes on with a round: payload {"round"}."""
DUE: Final = "admission.scan_all_due"
"""The job that begins a round by the timetable: payload {"since"}, which timetable it was."""
LEAST_URGENT: Final = -10
"""Behind everything that was pushed."""
BATCH: Final = 500
"""Artifacts that are gone through in one transaction."""
LOOKS_AGAIN: Final = 2 * SECOND
"""How soon a round looks whether all its images have been examined; later by its size."""
LONGEST_LOOK: Final = 60 * SECOND
PROBLEMS_TOLD: Final = 20
"""Reasons why images could not be examined that are told, the most frequent."""

_CRONS: Final = {"Hourly": "0 0 * * * *", "Daily": "0 0 0 * * *", "Weekly": "0 0 0 * * 0"}
_GIVEN: Final = frozenset({"Custom", "Schedule"})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is: how many images it has, and how many stand how. `trigger` is `Manual` or `Schedule`.

    `problems`: in how many images what could not be examined, the most frequent.
    """

    trigger: str
    counts: Mapping[str, int]
    problems: Mapping[str, int]
    is_going_on: bool

    @property
    def total(self) -> int:
        """All images."""
        return sum(self.counts.values())

    @property
    def completed(self) -> int:
        """Those that are over, however they ended."""
        return self.total - self.counts.get(Status.PENDING, 0) - self.counts.get(Status.RUNNING, 0)


class Rounds:
    """Begins rounds, stops them, says how far they are; and their timetable."""

    def __init__(
        self, database: Database, recording: Recording, examining: Examining, beside: Beside, clock: Clock
    ) -> None:
        self._database = database
        self._recording = recording
        self._examining = examining
        self._beside = beside
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """What is done later, by kind of job."""
        return {GO_ON: self.go_on, DUE: self.begin_when_due}

    # --- rounds ---------------------------------------------------------------------------------------------------

    def begin(self, tx: Tx, by: Principal, trigger: str = "Manual") -> int:
        """Begin a round; its number. Raises Conflict while another goes on."""
        last = store.last_round(tx)
        if last is not None and last.ended_at is None:
            raise Conflict("all images are being scanned already: wait for that round, or stop it")
        number = store.begin_round(tx, trigger, self._clock.now())
        self._again(tx, number)
        publish(tx, ScanRoundBegun(actor=by.name, round_id=number, trigger=trigger))
        return number

    def stop(self, tx: Tx, by: Principal) -> None:
        """Have the round go no further; what runs already runs to its end. Raises BadRequest where none goes on."""
        last = store.last_round(tx)
        if last is None or not store.halt_round(tx, last.id):
            raise BadRequest("no scan of all images goes on")
        keys = [self._examining.key(*one) for one in store.targets_of(tx, last.id)]
        withdraw(tx, self._examining.kind, keys, priority=LEAST_URGENT)
        self._again(tx, last.id)
        publish(tx, ScanRoundStopped(actor=by.name, round_id=last.id))

    def progress(self, tx: Tx, trigger: str = "") -> Progress | None:
        """How far the newest round is, or the newest by this trigger; None: there was none."""
        last = store.last_round(tx, trigger)
        if last is None:
            return None
        if last.ended_at is not None:
            return Progress(last.trigger, last.counts, last.problems, is_going_on=False)
        return Progress(last.trigger, *self._counts(tx, last), is_going_on=True)

    def go_on(self, payload: Mapping[str, Any]) -> None:
        """Go through all artifacts, then look whether their images have been examined."""
        number = int(payload["round"])
        while self._database.write(lambda tx: self._step(tx, number)):
            pass

    def _step(self, tx: Tx, number: int) -> bool:
        """A batch of artifacts. False: there are no more, and the round is over or looked at again later."""
        found = store.round_of(tx, number)
        if found is None or found.ended_at is not None:
            return False
        if found.position is not None:
            targets, last = store.images_after(tx, found.position, BATCH)
            self._take(tx, number, targets)
            store.move_round(tx, number, last)
            return True
        counts, problems = self._counts(tx, found)
        left = counts.get(Status.PENDING, 0) + counts.get(Status.RUNNING, 0)
        if left:
            self._again(tx, number, after=min(max(LOOKS_AGAIN, left * SECOND // 100), LONGEST_LOOK))
        else:
            store.end_round(tx, number, counts, problems, self._clock.now())
        return False

    def _take(self, tx: Tx, number: int, targets: list[Target]) -> None:
        if not targets:
            return
        store.add_targets(tx, number, targets)
        for one in targets:
            self._examining.later(tx, one.project_id, one.digest, priority=LEAST_URGENT)
            self._beside.ask_everywhere(tx, one.project_id, one.digest, LEAST_URGENT)

    def _counts(self, tx: Tx, one: Round) -> tuple[dict[str, int], dict[str, int]]:
        """How many images stand how, and what could not be examined in how many."""
        targets = store.targets_of(tx, one.id)
        keys = {self._examining.key(*target): target for target in targets}
        jobs = standings(tx, self._examining.kind, list(keys))
        examined = self._recording.examinations(tx, [target.digest for target in targets])
        theirs = self._beside.unsettled(tx, one.started_at)
        counts: Counter[str] = Counter()
        problems: Counter[str] = Counter()
        for key, target in keys.items():
            status, problem = _standing(jobs.get(key), examined.get(target.digest), targets[target])
            if status is Status.SUCCESS and target in theirs:
                other = theirs[target]
                status, problem = Status(other.state.value), f"the other scanner has failed: {other.problem}"
            counts[status.value] += 1
            if status is Status.ERROR:
                problems[problem or "could not be examined"] += 1
        return dict(counts), dict(problems.most_common(PROBLEMS_TOLD))

    def _again(self, tx: Tx, number: int, after: int = 0) -> None:
        at = Moment(tx.now() + after)
        enqueue(tx, GO_ON, {"round": number}, dedupe_key=str(number), run_at=at, priority=LEAST_URGENT)

    # --- the timetable --------------------------------------------------------------------------------------------

    def timetable(self, tx: Tx) -> Timetable | None:
        """When rounds begin by themselves; None: they don't."""
        return store.timetable(tx)

    def set_timetable(self, tx: Tx, by: Principal, kind: str, cron: str, *, is_new: bool = False) -> None:
        """Have rounds begin by themselves. `kind` is Hourly, Daily, Weekly, or Custom by the cron.

        Raises BadRequest for what is no schedule, PreconditionFailed where one `is_new` and another is there.
        """
        if kind not in _CRONS and kind not in _GIVEN:
            raise BadRequest(f"a schedule is Hourly, Daily, Weekly, Custom or None, not {kind[:40]!r}")
        before, now = store.timetable(tx), self._clock.now()
        if is_new and before is not None:
            raise PreconditionFailed("there is a schedule already: change that one")
        said = _CRONS.get(kind, cron)
        due = parse_cron(said).after(now)
        created = now if before is None else before.created_at
        store.put_timetable(tx, Timetable(kind, said, created, now, due))
        self._note(tx, due, now)
        publish(tx, ScanTimetableChanged(actor=by.name, schedule=kind, cron=said))

    def drop_timetable(self, tx: Tx, by: Principal) -> None:
        """Have rounds not begin by themselves any more."""
        store.drop_timetable(tx)
        publish(tx, ScanTimetableChanged(actor=by.name, schedule="None", cron=""))

    def begin_when_due(self, payload: Mapping[str, Any]) -> None:
        """Begin a round unless one goes on, and note the next time; nothing where the timetable is another by now."""

        def work(tx: Tx) -> None:
            table, now = store.timetable(tx), self._clock.now()
            if table is None or table.updated_at != int(payload["since"]) or now < table.due_at:
                return
            due = parse_cron(table.cron).after(now)
            store.put_timetable(
                tx, Timetable(table.kind, table.cron, table.created_at, table.updated_at, due)
            )
            self._note(tx, due, table.updated_at)
            last = store.last_round(tx)
            if last is None or last.ended_at is not None:
                self.begin(tx, SYSTEM, "Schedule")

        self._database.write(work)

    def _note(self, tx: Tx, due: Moment, since: Moment) -> None:
        key = f"{since}:{due}"
        enqueue(tx, DUE, {"since": since}, dedupe_key=key, run_at=due, priority=LEAST_URGENT)


def _standing(job: JobStanding | None, was: Examination | None, outcome: Outcome) -> tuple[Status, str]:
    """How our own examination of an image stands; where it has failed, why."""
    if job is not None:
        return OF_JOBS.get(job.state, Status.ERROR), f"could not be examined: {job.last_error}"
    if was is None or outcome.done_at is None:
        # Withdrawn, or gone with its artifact.
        return Status.STOPPED, ""
    failed = was.has_failed or bool(outcome.problem)
    return (Status.ERROR if failed else Status.SUCCESS), outcome.problem
