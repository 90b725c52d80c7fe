"""Keeps the security hub's summary: findings are counted once for each share of layers, and summed up by the worker.

What is counted of a share holds until something else is found of a package in it; `retally` takes it away then, in the
same transaction. So a push counts what is new in it, an import what it touches, and a deletion nothing. Whatever moves
the summary has it made again, once for all that moves meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from pratique.admission.known import Known
from pratique.admission.report import findings_on
from pratique.admission.reports.hub import RULES, WORST, Dangerous, Hub, Summary
from pratique.admission.store import due
from pratique.admission.store import hub as artifacts
from pratique.admission.store import tallies as store
from pratique.admission.store.tallies import SEVERITIES, Tally
from pratique.advisories.findings import Findings
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.events import (
    GarbageCollected,
    ManifestDeleted,
    ManifestPushed,
    ProjectDeleted,
    RepositoryDeleted,
)
from pratique.inventory.recording import Recording
from pratique.jobs import Handler, OutboxRow, enqueue

TALLY: Final = "admission.tally"
"""The job that counts what is not counted, and makes the summary: payload {}."""
SOON: Final = 2 * SECOND
"""How long more changes are waited for."""
SHARE: Final = 20
"""Of the time there is, one part in so many goes into summaries at most."""
PRIORITY: Final = -20
AT_ONCE: Final = 50
"""Shares that are counted in one transaction."""
ATTEMPTS: Final = 5
"""How often it is begun anew because an import goes on; then later."""

_MOVING: Final = (GarbageCollected, ManifestDeleted, ManifestPushed, ProjectDeleted, RepositoryDeleted)


class TallyFeed:
    """Reads the outbox and has the summary made again where artifacts have come or gone."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        if any(isinstance(row.event(), _MOVING) for row in rows):
            tally_later(tx)


def tally_later(tx: Tx) -> None:
    """Have the summary made again after this transaction."""
    at = Moment(max(tx.now() + SOON, store.state(tx).rests_until))
    enqueue(tx, TALLY, {}, dedupe_key=TALLY, run_at=at, priority=PRIORITY)


def retally(tx: Tx, components: Collection[int]) -> None:
    """The same, where something else is found of packages than before: they are counted again wherever they are."""
    store.drop(tx, components)
    tally_later(tx)


class Tallying:
    """Handles the job above. May run twice."""

    def __init__(
        self, database: Database, findings: Findings, recording: Recording, hub: Hub, clock: Clock
    ) -> None:
        self._database = database
        self._findings = findings
        self._recording = recording
        self._hub = hub
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {TALLY: self.tally}

    def tally(self, _: Mapping[str, Any], /) -> None:
        """Count what is not counted, and make the summary.

        Not while an import is being followed, whose last step has it made, nor before what it touched is judged.
        """
        begun = self._clock.now()
        with self._database.read() as tx:
            is_followed = self._findings.followed(tx) >= self._findings.answers().revision
            is_ours = store.state(tx).rules == RULES
            is_judging = due.is_any_urgent(tx)
        if not is_ours:
            self._database.write(partial(store.begin_anew, rules=RULES))
        if not is_followed:
            return
        if is_judging:
            # Verdicts first: both would take the same core.
            self._database.write(tally_later)
            return
        if not any(self._attempt(begun) for _ in range(ATTEMPTS)):
            self._database.write(tally_later)

    def _attempt(self, begun: Moment) -> bool:
        """False: tallies were taken away meanwhile."""
        with self._database.read() as tx:
            changes = store.state(tx).changes
        known: dict[int, Tally] = {}
        after: int | None = 0
        while after is not None:
            with self._database.read() as tx:
                shares = store.uncounted(tx, after, AT_ONCE)
                counted = self._count(tx, shares, known)
            if counted and not self._database.write(partial(_keep, changes=changes, counted=counted)):
                return False
            after = shares[-1] if len(shares) == AT_ONCE else None
        at = self._clock.now()
        with self._database.read() as tx:
            if store.state(tx).changes != changes:
                return False
            said = msgspec.msgpack.encode(self._summary(tx, at))
        now = self._clock.now()
        rests_until = Moment(now + (now - begun) * (SHARE - 1))
        self._database.write(partial(store.say, summary=said, rests_until=rests_until))
        return True

    def _count(self, tx: Tx, shares: Sequence[int], known: dict[int, Tally]) -> dict[int, Tally]:
        """The tallies of shares; without those of which a package was not matched yet: their examination goes on."""
        parts = store.parts_of(tx, shares)
        new = {one for its in parts.values() for one in its} - known.keys()
        known |= self._of_components(tx, new)
        return {
            share: _sum([known[one] for one in its])
            for share, its in parts.items()
            if all(one in known for one in its)
        }

    def _of_components(self, tx: Tx, numbers: Collection[int]) -> dict[int, Tally]:
        rows = self._recording.components(tx, numbers)
        keys = {row.key for row in rows.values() if row.key is not None}
        missing = set(self._findings.missing(tx, keys))
        there = {number: row for number, row in rows.items() if row.key not in missing}
        found = Known(self._findings.seen(tx, keys - missing))
        by_row = {id(row): number for number, row in there.items()}
        counts = {number: Counter[object]() for number in there}
        for row, finding in findings_on(there.values(), found):
            if not finding.is_harmless:
                counts[by_row[id(row)]].update((finding.severity, "fixable" if finding.fixed else None))
        return {
            number: Tally(tuple(its[severity] for severity in SEVERITIES), its["fixable"])
            for number, its in counts.items()
        }

    def _summary(self, tx: Tx, at: Moment) -> Summary:
        number, examined = artifacts.artifacts(tx)
        totals = store.totals(tx)
        worst = dict(store.worst_images(tx, WORST))
        places = [
            Dangerous(place, _by_severity(worst[image]))
            for image, place in artifacts.places_of_images(tx, worst, WORST)
        ]
        return Summary(
            at=at,
            artifacts=number,
            examined=examined,
            counts=_by_severity(totals.counts),
            fixable=totals.fixable,
            vulnerabilities=self._hub.worst(tx),
            places=tuple(sorted(places, key=_badness)[:WORST]),
        )


def _keep(tx: Tx, changes: int, counted: Mapping[int, Tally]) -> bool:
    if store.hold(tx).changes != changes:
        return False
    store.put(tx, counted)
    return True


def _sum(tallies: Sequence[Tally]) -> Tally:
    counts = tuple(sum(each) for each in zip(*(tally.counts for tally in tallies), strict=True))
    return Tally(counts or (0,) * len(SEVERITIES), sum(tally.fixable for tally in tallies))


def _by_severity(counts: Sequence[int]) -> dict[Any, int]:
    return dict(zip(SEVERITIES, counts, strict=True))


def _badness(one: Dangerous) -> tuple[tuple[int, ...], int]:
    return tuple(-one.counts[severity] for severity in SEVERITIES), one.place.manifest_id
