"""Scans that somebody asked for: of one image, and the rounds through all of them with their timetable.

What a scan found is not here: it is what examination recorded, and how far it is, its job says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from pratique import db
from pratique.clock import DAY, Moment
from pratique.db import Row, Statement, Tx, insert_ignore, one_of, upsert
from pratique.registry.store.tables import manifest, repository

scan_asked: Final = Table(
    "scan_asked",
    db.metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(135), primary_key=True),
    Column("asked_at", BigInteger, nullable=False, index=True),
    Column("stopped_at", BigInteger),
    Column("done_at", BigInteger),
)
"""The last time that somebody asked to have an image scanned, whether he changed his mind, and when it was done."""

scan_round: Final = Table(
    "scan_round",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("trigger", String(12), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    # Artifacts are gone through by their numbers; NULL: all of them have been.
    Column("position", BigInteger),
    Column("stopped", Boolean, nullable=False),
    # How many images ended how, as JSON, once the round has.
    Column("counts", Text, nullable=False),
    # What could not be examined in how many images, as JSON, once the round has; NULL: nothing.
    Column("problems", Text),
    sqlite_autoincrement=True,
)

scan_target: Final = Table(
    "scan_target",
    db.metadata,
    Column("round_id", BigInteger, primary_key=True, autoincrement=False),
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(135), primary_key=True),
    Column("done_at", BigInteger),
    # What could not be examined of it; NULL: nothing.
    Column("problem", Text),
    sqlite_with_rowid=False,
)
"""The images of a round that goes on, when each was done, and what could not be."""

scan_schedule: Final = Table(
    "scan_schedule",
    db.metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("cron", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
)

ASKED_KEPT: Final = 30 * DAY
"""How long it is known when somebody asked for a scan."""
KEPT: Final = 50
"""Rounds whose record is kept."""
_ROW: Final = 1
_a, _r, _t, _s = scan_asked.c, scan_round.c, scan_target.c, scan_schedule.c


class Target(NamedTuple):
    """An image of a project."""

    project_id: int
    digest: str


class Asked(NamedTuple):
    """When a scan was asked for, stopped, and done."""

    asked_at: Moment
    stopped_at: Moment | None = None
    done_at: Moment | None = None


class Awaited(NamedTuple):
    """Since when a scan that is not over is awaited; `is_stopped`: by nobody who has not said that he does no more."""

    since: Moment
    is_stopped: bool


class Outcome(NamedTuple):
    """When the image of a round was done, and what could not be examined of it."""

    done_at: Moment | None
    problem: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round. `position` None: it has gone through all artifacts.

    `counts` and `problems`, in how many images what could not be examined, are there once it has ended.
    """

    id: int
    trigger: str
    started_at: Moment
    ended_at: Moment | None
    position: int | None
    stopped: bool
    counts: Mapping[str, int]
    problems: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Timetable:
    """When rounds begin by themselves: Harbor's word for it, the cron, and the next time."""

    kind: str
    cron: str
    created_at: Moment
    updated_at: Moment
    due_at: Moment


_NEWEST: Final = select(func.max(_r.id)).scalar_subquery()
_ASK: Final = Statement(upsert(scan_asked, ["project_id", "digest"], ("asked_at", "stopped_at", "done_at")))
_FORGET_ASKED: Final = Statement(delete(scan_asked).where(_a.asked_at < bindparam("before")))
_STOP: Final = Statement(
    update(scan_asked)
    .where(_a.project_id == bindparam("home"), one_of(_a.digest, "digests"))
    .where(_a.done_at.is_(None), _a.stopped_at.is_(None))
    .values(stopped_at=bindparam("at"))
)
_ASKED: Final = Statement(
    select(_a.digest, _a.asked_at, _a.stopped_at, _a.done_at).where(
        _a.project_id == bindparam("home"), one_of(_a.digest, "digests")
    )
)
_AWAITED: Final = Statement(
    select(_a.asked_at, _a.stopped_at.is_not(None)).where(
        _a.project_id == bindparam("home"), _a.digest == bindparam("image"), _a.done_at.is_(None)
    )
)
_AWAITED_IN_ROUND: Final = Statement(
    select(_r.started_at)
    .join(scan_target, _t.round_id == _r.id)
    .where(_r.id == _NEWEST, _t.project_id == bindparam("home"), _t.digest == bindparam("image"))
    .where(_t.done_at.is_(None))
)
_DONE: Final = Statement(
    update(scan_asked)
    .where(_a.project_id == bindparam("home"), _a.digest == bindparam("image"))
    .values(done_at=bindparam("at"))
)
_DONE_IN_ROUND: Final = Statement(
    update(scan_target)
    .where(_t.round_id == _NEWEST, _t.project_id == bindparam("home"), _t.digest == bindparam("image"))
    .values(done_at=bindparam("at"), problem=bindparam("why"))
)
_BEGIN: Final = Statement(
    insert(scan_round)
    .values(
        trigger=bindparam("trigger"),
        started_at=bindparam("at"),
        position=0,
        stopped=bindparam("stopped", type_=Boolean),
        counts="{}",
    )
    .returning(_r.id)
)
_FORGET: Final = Statement(delete(scan_round).where(_r.id <= bindparam("last")))
_ROUND: Final = (
    _r.id,
    _r.trigger,
    _r.started_at,
    _r.ended_at,
    _r.position,
    _r.stopped,
    _r.counts,
    _r.problems,
)
_LAST: Final = Statement(select(*_ROUND).order_by(_r.id.desc()).limit(1))
_LAST_OF: Final = Statement(
    select(*_ROUND).where(_r.trigger == bindparam("trigger")).order_by(_r.id.desc()).limit(1)
)
_GET: Final = Statement(select(*_ROUND).where(_r.id == bindparam("number")))
_MOVE: Final = Statement(
    update(scan_round).where(_r.id == bindparam("number")).values(position=bindparam("to"))
)
_HALT: Final = Statement(
    update(scan_round)
    .where(_r.id == bindparam("number"), _r.ended_at.is_(None))
    .values(stopped=bindparam("yes", type_=Boolean), position=None)
)
_END: Final = Statement(
    update(scan_round)
    .where(_r.id == bindparam("number"))
    .values(ended_at=bindparam("at"), counts=bindparam("said"), problems=bindparam("why"))
)
_ADD: Final = Statement(insert_ignore(scan_target))
_TARGETS: Final = Statement(
    select(_t.project_id, _t.digest, _t.done_at, _t.problem)
    .where(_t.round_id == bindparam("number"))
    .order_by(_t.project_id, _t.digest)
)
_DROP: Final = Statement(delete(scan_target).where(_t.round_id == bindparam("number")))
_IMAGES: Final = Statement(
    select(manifest.c.id, repository.c.project_id, manifest.c.digest)
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(
        manifest.c.id > bindparam("after"),
        manifest.c.is_index.is_(False),
        manifest.c.is_evidence.is_(False),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
_PUT_TIMETABLE: Final = Statement(upsert(scan_schedule, ["id"], ("kind", "cron", "updated_at", "due_at")))
_TIMETABLE: Final = Statement(select(_s.kind, _s.cron, _s.created_at, _s.updated_at, _s.due_at))
_NO_TIMETABLE: Final = Statement(delete(scan_schedule))


def ask(tx: Tx, targets: Sequence[Target], at: Moment) -> None:
    """Record that scans were asked for. What was asked long ago is forgotten."""
    if not targets:
        return
    tx.change(_FORGET_ASKED, before=at - ASKED_KEPT)
    tx.change_many(
        _ASK, [{**one._asdict(), "asked_at": at, "stopped_at": None, "done_at": None} for one in targets]
    )


def stop(tx: Tx, project_id: int, digests: Sequence[str], at: Moment) -> int:
    """Record that scans which were asked for and are not over are not wanted any more; how many these are."""
    return tx.change(_STOP, home=project_id, digests=list(digests), at=at)


def asked(tx: Tx, project_id: int, digests: Sequence[str]) -> dict[str, Asked]:
    """When each was asked for; what never was is not named."""
    rows = tx.rows(_ASKED, home=project_id, digests=list(digests))
    return {digest: Asked(*times) for digest, *times in rows}


def awaited(tx: Tx, target: Target) -> Awaited | None:
    """Whether somebody asked for the scan of an image that was not done since, or the newest round waits for it."""
    which = {"home": target.project_id, "image": target.digest}
    by_hand, in_round = tx.row(_AWAITED, **which), tx.row(_AWAITED_IN_ROUND, **which)
    if in_round is not None:
        return Awaited(Moment(in_round[0]), is_stopped=False)
    return None if by_hand is None else Awaited(Moment(by_hand[0]), bool(by_hand[1]))


def done(tx: Tx, target: Target, at: Moment, problem: str = "") -> None:
    """Record that the image was scanned, and what could not be examined of it."""
    which = {"home": target.project_id, "image": target.digest, "at": at}
    tx.change(_DONE, **which)
    tx.change(_DONE_IN_ROUND, **which, why=problem or None)


def begin_round(tx: Tx, trigger: str, at: Moment) -> int:
    """Record that a round begins; its number. Old records go."""
    row = tx.row(_BEGIN, trigger=trigger, at=at, stopped=False)
    number = int(row[0]) if row else 0
    tx.change(_FORGET, last=number - KEPT)
    return number


def last_round(tx: Tx, trigger: str = "") -> Round | None:
    """The newest round; with `trigger` the newest of that kind."""
    row = tx.row(_LAST_OF, trigger=trigger) if trigger else tx.row(_LAST)
    return None if row is None else _round(row)


def round_of(tx: Tx, number: int) -> Round | None:
    """The round of that number."""
    row = tx.row(_GET, number=number)
    return None if row is None else _round(row)


def images_after(tx: Tx, after: int, most: int) -> tuple[list[Target], int | None]:
    """The images of up to `most` manifests behind one, and the last of these; None: there are no more."""
    rows = tx.rows(_IMAGES, after=after, most=most)
    targets = [Target(project_id, digest) for _, project_id, digest in rows]
    return list(dict.fromkeys(targets)), int(rows[-1][0]) if rows else None


def move_round(tx: Tx, number: int, position: int | None) -> None:
    """Record how far a round has gone."""
    tx.change(_MOVE, number=number, to=position)


def halt_round(tx: Tx, number: int) -> bool:
    """Have a round go no further. False: it has ended."""
    return tx.change(_HALT, number=number, yes=True) > 0


def end_round(
    tx: Tx, number: int, counts: Mapping[str, int], problems: Mapping[str, int], at: Moment
) -> None:
    """Record how a round has ended; its images are forgotten."""
    why = json.dumps(problems) if problems else None
    tx.change(_END, number=number, at=at, said=json.dumps(counts), why=why)
    tx.change(_DROP, number=number)


def add_targets(tx: Tx, number: int, targets: Sequence[Target]) -> None:
    """Count images to a round."""
    tx.change_many(
        _ADD, [{"round_id": number, **one._asdict(), "done_at": None, "problem": None} for one in targets]
    )


def targets_of(tx: Tx, number: int) -> dict[Target, Outcome]:
    """The images of a round that goes on, and how each ended."""
    rows = tx.rows(_TARGETS, number=number)
    return {
        Target(project_id, digest): Outcome(at, problem or "") for project_id, digest, at, problem in rows
    }


def put_timetable(tx: Tx, table: Timetable) -> None:
    """Set when rounds begin by themselves."""
    tx.change(
        _PUT_TIMETABLE,
        id=_ROW,
        kind=table.kind,
        cron=table.cron,
        created_at=table.created_at,
        updated_at=table.updated_at,
        due_at=table.due_at,
    )


def timetable(tx: Tx) -> Timetable | None:
    """When they do; None: they don't."""
    row = tx.row(_TIMETABLE)
    return None if row is None else Timetable(*row)


def drop_timetable(tx: Tx) -> None:
    """They don't any more."""
    tx.change(_NO_TIMETABLE)


def _round(row: Row) -> Round:
    number, trigger, started_at, ended_at, position, stopped, counts, problems = row
    why = json.loads(problems) if problems else {}
    return Round(number, trigger, started_at, ended_at, position, bool(stopped), json.loads(counts), why)
