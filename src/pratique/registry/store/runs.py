"""Runs of garbage collection, as Harbor's `/system/gc` shows them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx

KEPT: Final = 200
"""Runs whose record is kept."""

LOG_LIMIT: Final = 1_000_000
"""Characters of a run's log; what comes after is counted, not written."""

gc_run: Final = Table(
    "gc_run",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    # Renewed with every batch: a run that is silent for long was killed.
    Column("seen_at", BigInteger, nullable=False),
    Column("status", String(12), nullable=False),
    Column("stop_asked", Boolean, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("log", Text, nullable=False),
    sqlite_autoincrement=True,
)


class Status(StrEnum):
    """How a run stands, in Harbor's words."""

    RUNNING = "Running"
    SUCCESS = "Success"
    STOPPED = "Stopped"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Run:
    """The record of a run. `parameters` and `counts` are plain values."""

    id: int
    started_at: Moment
    ended_at: Moment | None
    seen_at: Moment
    status: Status
    stop_asked: bool
    parameters: Mapping[str, Any]
    counts: Mapping[str, int]


_COLUMNS: Final = (
    gc_run.c.id,
    gc_run.c.started_at,
    gc_run.c.ended_at,
    gc_run.c.seen_at,
    gc_run.c.status,
    gc_run.c.stop_asked,
    gc_run.c.parameters,
    gc_run.c.counts,
)
_START: Final = Statement(
    insert(gc_run)
    .values(
        started_at=bindparam("now"),
        seen_at=bindparam("now"),
        status=Status.RUNNING.value,
        stop_asked=bindparam("stop_asked", type_=Boolean),
        parameters=bindparam("parameters"),
        counts="{}",
        log="",
    )
    .returning(gc_run.c.id)
)
_PROCEED: Final = Statement(
    update(gc_run)
    .where(gc_run.c.id == bindparam("run_id"))
    .values(seen_at=bindparam("now"), counts=bindparam("new_counts"))
    .returning(gc_run.c.stop_asked)
)
_FINISH: Final = Statement(
    update(gc_run)
    .where(gc_run.c.id == bindparam("run_id"))
    .values(
        ended_at=bindparam("now"),
        seen_at=bindparam("now"),
        status=bindparam("new_status"),
        counts=bindparam("new_counts"),
        log=bindparam("new_log"),
    )
)
_ASK_STOP: Final = Statement(
    update(gc_run)
    .where(gc_run.c.id == bindparam("run_id"), gc_run.c.status == Status.RUNNING.value)
    .values(stop_asked=bindparam("asked", type_=Boolean))
)
_GET: Final = Statement(select(*_COLUMNS).where(gc_run.c.id == bindparam("id")))
_LOG: Final = Statement(select(gc_run.c.log).where(gc_run.c.id == bindparam("id")))
_NEWEST: Final = Statement(select(*_COLUMNS).order_by(gc_run.c.id.desc()))
_LOSE: Final = Statement(
    update(gc_run)
    .where(gc_run.c.status == Status.RUNNING.value, gc_run.c.seen_at < bindparam("before"))
    .values(status=Status.ERROR.value, ended_at=gc_run.c.seen_at)
)
_FORGET: Final = Statement(delete(gc_run).where(gc_run.c.id <= bindparam("id")))


def _made(row: tuple[Any, ...]) -> Run:
    run_id, started_at, ended_at, seen_at, status, stop_asked, parameters, counts = row
    return Run(
        run_id,
        started_at,
        ended_at,
        seen_at,
        Status(status),
        bool(stop_asked),
        json.loads(parameters),
        json.loads(counts),
    )


def start(tx: Tx, parameters: Mapping[str, Any], now: Moment) -> int:
    """Record that a run begins; its id. Old records go."""
    row = tx.row(_START, now=now, stop_asked=False, parameters=json.dumps(parameters))
    run_id = int(row[0]) if row else 0
    tx.change(_FORGET, id=run_id - KEPT)
    return run_id


def proceed(tx: Tx, run_id: int, counts: Mapping[str, int], now: Moment) -> bool:
    """Record how far a run is. Whether it was asked to stop."""
    row = tx.row(_PROCEED, run_id=run_id, now=now, new_counts=json.dumps(counts))
    return row is not None and bool(row[0])


def finish(tx: Tx, run_id: int, status: Status, counts: Mapping[str, int], log: str, now: Moment) -> None:
    """Record that a run has ended."""
    tx.change(
        _FINISH,
        run_id=run_id,
        now=now,
        new_status=status.value,
        new_counts=json.dumps(counts),
        new_log=log[:LOG_LIMIT],
    )


def ask_stop(tx: Tx, run_id: int) -> bool:
    """Ask a run to stop after its batch. False: it is not running."""
    return tx.change(_ASK_STOP, run_id=run_id, asked=True) > 0


def get(tx: Tx, run_id: int) -> Run | None:
    """The run of that id."""
    row = tx.row(_GET, id=run_id)
    return None if row is None else _made(row)


def log_of(tx: Tx, run_id: int) -> str | None:
    """What a run has said, None when there is no such run."""
    row = tx.row(_LOG, id=run_id)
    return None if row is None else str(row[0])


def listed(tx: Tx) -> list[Run]:
    """Every run that is kept, the newest first."""
    return [_made(row) for row in tx.rows(_NEWEST)]


def lose(tx: Tx, before: Moment) -> int:
    """Give up runs that were not seen since; how many."""
    return tx.change(_LOSE, before=before)
