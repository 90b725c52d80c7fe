"""The worker of a house: its jobs, its feeds, and what it does again and again."""

from collections.abc import Mapping
from typing import Any, Final

from pratique.audit import AuditRecorder
from pratique.bootstrap.house import House
from pratique.bootstrap.upkeep import build_upkeep
from pratique.clock import DAY, HOUR, SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.jobs import Feed, Handler, Worker, enqueue, forget
from pratique.registry.collect import JOB as COLLECT

EXPIRE_UPLOADS: Final = "registry.expire_uploads"
FORGET_OUTBOX: Final = "jobs.forget_outbox"
REMOVE_REFRESH_TOKENS: Final = "identity.remove_expired_refresh_tokens"

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
        """Note the next time, then do it. What was asked for by hand changes nothing in the timetable."""
        if not payload:
            self.note(self._every)
        self._handler(payload)

    def note(self, after: int) -> None:
        """Have it done `after` microseconds from now, if it is not noted already."""
        at = Moment(self._clock.now() + after)
        self._database.write(lambda tx: enqueue(tx, self.kind, {}, dedupe_key=f"{self.kind}:next", run_at=at))


def build_worker(house: House) -> Worker:
    """The worker, with its timetable noted."""
    periodic = _timetable(house)
    for each in periodic:
        each.note(SECOND)
    handlers = {**house.warehouse.rejudging.handlers(), **{each.kind: each for each in periodic}}
    collect = build_upkeep(house).collect_job
    interval = house.settings.registry.gc_interval * SECOND
    if interval:
        collecting = Periodic(house.stores.database, house.clock, COLLECT, interval, collect)
        collecting.note(interval)
        handlers[COLLECT] = collecting
    else:
        handlers[COLLECT] = collect
    feeds = (Feed(house.stores.database, "audit", AuditRecorder().consume),)
    return Worker(house.stores.database, handlers, house.clock, feeds=feeds)


def _timetable(house: House) -> tuple[Periodic, ...]:
    database, clock = house.stores.database, house.clock

    def expire_uploads(_: Mapping[str, Any], /) -> None:
        house.warehouse.uploads.expire()

    def forget_outbox(_: Mapping[str, Any], /) -> None:
        database.write(lambda tx: forget(tx, Moment(clock.now() - OUTBOX_KEPT)))

    def remove_refresh_tokens(_: Mapping[str, Any], /) -> None:
        def work(tx: Tx) -> None:
            house.identity.refresh_tokens.remove_expired(tx)

        database.write(work)

    return (
        Periodic(database, clock, EXPIRE_UPLOADS, HOUR, expire_uploads),
        Periodic(database, clock, FORGET_OUTBOX, HOUR, forget_outbox),
        Periodic(database, clock, REMOVE_REFRESH_TOKENS, DAY, remove_refresh_tokens),
    )
