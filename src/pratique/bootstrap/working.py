"""The worker of a house: its jobs, its feeds, and what it does again and again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pratique.admission.attesting.renewal import RENEW_ATTESTATIONS
from pratique.admission.countersign_sweep import RENEW
from pratique.admission.following import RevisionWatch, judge_later
from pratique.admission.keeping import AFTERWARDS, ANEW, FORGET_ALL, ForgetFeed
from pratique.admission.late_hearing import HEAR
from pratique.admission.late_hearing import PRIORITY as HEARD
from pratique.admission.reports import DeadScanFeed
from pratique.admission.reports.tallying import TallyFeed, tally_later
from pratique.admission.revocation_round import JOB as FETCH_REVOCATIONS
from pratique.admission.root_refresh import JOB as REFRESH_ROOT
from pratique.admission.store import due
from pratique.admission.waiting import EXAMINE_WAITING
from pratique.admission.waiting import PRIORITY as LOOKED
from pratique.audit import AuditRecorder
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.commanding import enlist_commands, programs_of
from pratique.bootstrap.examining import build_examine_feed, build_guest_scanning
from pratique.bootstrap.following import following_of, keeping_of, waiting_of
from pratique.bootstrap.house import House, public_url
from pratique.bootstrap.narrating import UpkeepNarrator
from pratique.bootstrap.refreshing import build_revocation_round, build_root_refresh
from pratique.bootstrap.reporting import build_examination, build_tallying
from pratique.bootstrap.scanning import build_scan_feed, build_scan_handlers
from pratique.bootstrap.upkeep import Upkeep, build_upkeep
from pratique.clock import DAY, HOUR, SECOND, Clock, Moment
from pratique.confinement import gaps
from pratique.db import Database, Tx
from pratique.jobs import Feed, Handler, Worker, enqueue, forget
from pratique.projects import LabelClearing
from pratique.registry.collect import JOB as COLLECT
from pratique.registry.scrub import JOB as SCRUB
from pratique.scanners import END_ABANDONED
from pratique.scanners.guests import SCAN_FOR_OTHERS
from pratique.telemetry import Log
from pratique.telemetry.lines import CLOCK_WENT_BACK, UNCONFINED

EXPIRE_UPLOADS: Final = "registry.expire_uploads"
FORGET_OUTBOX: Final = "jobs.forget_outbox"
REMOVE_REFRESH_TOKENS: Final = "identity.remove_expired_refresh_tokens"

THREADS: Final = 2
"""In which a worker runs jobs."""
OUTBOX_KEPT: Final = 7 * DAY
"""How long facts stay in the outbox after every feed has read them."""


class Periodic:
    """Does something and has it done again after `every` microseconds; the next time is noted before this one runs."""

    def __init__(self, database: Database, clock: Clock, kind: str, every: int, handler: Handler) -> None:
        self._database = database
        self._clock = clock
        self.kind = kind
        self._every = every
        self._handler = handler

    def __call__(self, payload: Mapping[str, Any]) -> None:
        """Note the next time, then do it."""
        self.note()
        self._handler(payload)

    def note(self) -> None:
        """Have it done one interval from now, if it is not noted already."""
        at = Moment(self._clock.now() + self._every)
        self._database.write(lambda tx: enqueue(tx, self.kind, {}, dedupe_key=f"{self.kind}:next", run_at=at))


def build_worker(house: House, log: Log) -> Worker:
    """The worker, with its timetable noted."""
    house.clock.watch(lambda behind: log.write(CLOCK_WENT_BACK, seconds=behind // SECOND))
    for missing in gaps():
        log.write(UNCONFINED, missing=missing)
    enlist_commands(house.settings, house.stores.database, house.scanners.registrations)
    upkeep, keeping = build_upkeep(house), keeping_of(house, log)
    handlers: dict[str, Handler] = {
        **house.warehouse.rejudging.handlers(),
        **house.signing.handlers(),
        **build_examination(house),
        **build_tallying(house).handlers(),
        **_scan_handlers(house),
        **following_of(house).handlers(),
        **keeping.handlers(),
        EXAMINE_WAITING: waiting_of(house),
        SCAN_FOR_OTHERS: build_guest_scanning(house),
        COLLECT: upkeep.collect_job,
        SCRUB: lambda _: _scrub(upkeep),
        REFRESH_ROOT: build_root_refresh(house),
        FETCH_REVOCATIONS: build_revocation_round(house, log),
    }
    for each in (*_clearing(house), *_caught_up(house, handlers), *_asked_for(house, handlers)):
        each.note()
        handlers[each.kind] = each
    database = house.stores.database
    database.write(_catch_up)
    court = house.court
    revisions = revisions_of(house.settings)
    feeds = (
        RevisionWatch(database, revisions, court.findings),
        Feed(database, "audit", AuditRecorder().consume),
        Feed(database, "attest", house.signing.attesting.feed.consume),
        Feed(database, "countersign", house.signing.feed.consume),
        Feed(database, "examine", build_examine_feed(house).consume),
        Feed(database, "forget", ForgetFeed().consume),
        Feed(database, "labels", LabelClearing(house.departments.labels).consume),
        Feed(database, "log", UpkeepNarrator(log).consume),
        Feed(database, "dead_scans", DeadScanFeed().consume),
        Feed(database, "tally", TallyFeed().consume),
        Feed(database, "scan", build_scan_feed(house.scanners, house.departments.projects).consume),
    )
    # A program that scans holds a thread for minutes; the others go on all the same.
    threads = THREADS + bool(programs_of(house.settings))
    # Imports are made by other programs, which commit nothing here.
    signs = (lambda: revisions.stamp,)
    return Worker(database, handlers, house.clock, feeds=feeds, signs=signs, threads=threads, log=log)


def _scan_handlers(house: House) -> Mapping[str, Handler]:
    return build_scan_handlers(
        house.settings,
        house.clock,
        house.stores,
        house.scanners,
        house.identity.tokens,
        house.court,
        public_url(house.settings),
    )


def _catch_up(tx: Tx) -> None:
    """What an older release, or a worker before this one, has left is seen to from the start."""
    # It may have counted by other rules.
    tally_later(tx)
    enqueue(tx, HEAR, {}, dedupe_key=HEAR, priority=HEARD)
    if due.upcoming(tx, 1):
        judge_later(tx)
    enqueue(tx, END_ABANDONED, {}, dedupe_key=END_ABANDONED)
    enqueue(tx, EXAMINE_WAITING, {}, dedupe_key=EXAMINE_WAITING, priority=LOOKED)
    enqueue(tx, ANEW, {}, dedupe_key=ANEW, priority=AFTERWARDS)


def _caught_up(house: House, handlers: Mapping[str, Handler]) -> Iterator[Periodic]:
    """The same again and again: processes of an older release may have gone on beside this one."""
    for kind, every in (
        (ANEW, HOUR),
        (EXAMINE_WAITING, HOUR),
        (END_ABANDONED, HOUR),
        (HEAR, DAY),
        (FORGET_ALL, DAY),
    ):
        yield Periodic(house.stores.database, house.clock, kind, every, handlers[kind])


def _asked_for(house: House, handlers: Mapping[str, Handler]) -> Iterator[Periodic]:
    """What reads the whole store or asks others, where the settings ask for it."""
    registry, trust = house.settings.registry, house.settings.trust
    for kind, seconds in (
        (COLLECT, registry.gc_interval),
        (SCRUB, registry.scrub_interval),
        (REFRESH_ROOT, trust.refresh_interval),
        (FETCH_REVOCATIONS, trust.revocation_interval),
    ):
        if seconds:
            yield Periodic(house.stores.database, house.clock, kind, seconds * SECOND, handlers[kind])


def _clearing(house: House) -> Iterator[Periodic]:
    """What takes away rows that have had their time."""
    database, clock = house.stores.database, house.clock

    def expire_uploads(_: Mapping[str, Any], /) -> None:
        house.warehouse.uploads.expire()

    def forget_outbox(_: Mapping[str, Any], /) -> None:
        database.write(lambda tx: forget(tx, Moment(clock.now() - OUTBOX_KEPT)))

    def remove_refresh_tokens(_: Mapping[str, Any], /) -> None:
        def work(tx: Tx) -> None:
            house.identity.refresh_tokens.remove_expired(tx)

        database.write(work)

    yield Periodic(database, clock, EXPIRE_UPLOADS, HOUR, expire_uploads)
    yield Periodic(database, clock, FORGET_OUTBOX, HOUR, forget_outbox)
    yield Periodic(database, clock, RENEW, DAY, house.signing.sweeping.renew)
    yield Periodic(database, clock, RENEW_ATTESTATIONS, DAY, house.signing.attesting.renewal)
    yield Periodic(database, clock, REMOVE_REFRESH_TOKENS, DAY, remove_refresh_tokens)


def _scrub(upkeep: Upkeep) -> None:
    upkeep.scrubber.run()
