"""The tables and all the SQL of this room: jobs, the outbox, and how far its readers are."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Executable,
    Index,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from pratique.db import Id, Statement, insert_ignore, metadata, one_of

READY: Final = "ready"
CLAIMED: Final = "claimed"
DEAD: Final = "dead"

job: Final = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("lease_until", BigInteger),
    Column("worker", Text),
    Column("dedupe_key", Text),
    Column("last_error", Text),
    sqlite_autoincrement=True,
)
"""Work to be done. What was done is deleted; what failed too often stays, `dead`, until it is retried."""

_IS_READY: Final = text("state = 'ready'")
_IS_CLAIMED: Final = text("state = 'claimed'")
_IS_DEAD: Final = text("state = 'dead'")
_COLLAPSES: Final = text("state = 'ready' AND dedupe_key IS NOT NULL")

Index(
    "ix_job_ready",
    job.c.priority.desc(),
    job.c.run_at,
    job.c.id,
    sqlite_where=_IS_READY,
    postgresql_where=_IS_READY,
)
Index("ix_job_claimed", job.c.lease_until, sqlite_where=_IS_CLAIMED, postgresql_where=_IS_CLAIMED)
Index(
    "ix_job_dead",
    job.c.kind,
    job.c.dedupe_key,
    sqlite_where=_IS_DEAD,
    postgresql_where=_IS_DEAD,
)
Index(
    "uq_job_dedupe",
    job.c.kind,
    job.c.dedupe_key,
    unique=True,
    sqlite_where=_COLLAPSES,
    postgresql_where=_COLLAPSES,
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Facts in the order of their commits."""

outbox_cursor: Final = Table(
    "outbox_cursor",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""The last row of the outbox that each reader has dealt with."""


# --- jobs: written by those who want work done
# ----------------------------------------------------------------------


def _enqueue(dialect: str) -> Executable:
    """A job, or a change of the waiting one with the same key.

    The waiting one is updated, not left alone: the row lock keeps it from being claimed and run before this
    transaction, whose rows it is to see, has committed.
    """
    values = {name: bindparam(name) for name in ("kind", "payload", "priority", "run_at", "dedupe_key")} | {
        "attempts": 0,
        "state": READY,
    }
    least, greatest = ("least", "greatest") if dialect == "postgresql" else ("min", "max")
    adding = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(job).values(values)
    return adding.on_conflict_do_update(
        index_elements=["kind", "dedupe_key"],
        index_where=_COLLAPSES,
        set_={
            "payload": adding.excluded.payload,
            "priority": getattr(func, greatest)(job.c.priority, adding.excluded.priority),
            "run_at": getattr(func, least)(job.c.run_at, adding.excluded.run_at),
        },
    )


ENQUEUE: Final = Statement(_enqueue)

_beginning: Final = (
    select(job.c.id)
    .where(
        job.c.kind == bindparam("kind"),
        job.c.dedupe_key >= bindparam("first"),
        job.c.dedupe_key < bindparam("beyond"),
        _COLLAPSES,
    )
    .limit(bindparam("most"))
)
WAITING: Final = Statement(select(func.count()).select_from(_beginning.subquery()))


# --- jobs: claimed and finished by workers
# --------------------------------------------------------------------------

CLAIMED_FIELDS: Final = (job.c.id, job.c.kind, job.c.payload, job.c.attempts, job.c.priority, job.c.run_at)
_due: Final = (
    job.c.state == text("'ready'"),
    job.c.run_at <= bindparam("now"),
    one_of(job.c.kind, "kinds"),
)
_overdue: Final = (
    job.c.state == text("'claimed'"),
    job.c.lease_until < bindparam("now"),
    one_of(job.c.kind, "kinds"),
)

IS_ANY_DUE: Final = Statement(
    select(select(job.c.id).where(*_due).exists() | select(job.c.id).where(*_overdue).exists())
)
NEXT_RUN: Final = Statement(select(func.min(job.c.run_at)).where(job.c.state == text("'ready'"), _due[2]))


def _claim(*which: ColumnElement[bool]) -> Statement:
    """Claim up to `most` jobs by one statement; two workers never get the same one."""

    def clause(dialect: str) -> Executable:
        candidates: Select[int] = (
            select(job.c.id)
            .where(*which)
            .order_by(job.c.priority.desc(), job.c.run_at, job.c.id)
            .limit(bindparam("most", type_=Integer))
        )
        if dialect == "postgresql":
            candidates = candidates.with_for_update(skip_locked=True)
        return (
            update(job)
            .where(job.c.id.in_(candidates))
            .values(
                state=text("'claimed'"),
                attempts=job.c.attempts + 1,
                lease_until=bindparam("until"),
                worker=bindparam("by"),
            )
            .returning(*CLAIMED_FIELDS)
        )

    return Statement(clause)


CLAIM_DUE: Final = _claim(*_due)
CLAIM_OVERDUE: Final = _claim(*_overdue)
LAZY_COMMIT: Final = Statement(text("SET LOCAL synchronous_commit TO OFF"))
"""PostgreSQL only: a claim or heartbeat that a crash forgets does no harm."""

_mine: Final = (
    job.c.id == bindparam("job_id"),
    job.c.worker == bindparam("by"),
    job.c.state == text("'claimed'"),
)
_twin: Final = job.alias("twin")
_HAS_TWIN: Final = (
    select(_twin.c.id)
    .where(
        _twin.c.kind == job.c.kind, _twin.c.dedupe_key == job.c.dedupe_key, _twin.c.state == text("'ready'")
    )
    .exists()
)

HEARTBEAT: Final = Statement(
    update(job)
    .where(one_of(job.c.id, "job_ids"), job.c.worker == bindparam("by"), job.c.state == text("'claimed'"))
    .values(lease_until=bindparam("until"))
)
FINISH: Final = Statement(delete(job).where(*_mine))
YIELD_TO_TWIN: Final = Statement(delete(job).where(*_mine, _HAS_TWIN))
"""A job with the same key waits already: it does the work of this one."""
PUT_BACK: Final = Statement(
    update(job)
    .where(*_mine)
    .values(
        state=text("'ready'"),
        worker=None,
        lease_until=None,
        run_at=bindparam("at"),
        attempts=job.c.attempts - bindparam("untried", type_=Integer),
        last_error=func.coalesce(bindparam("error", type_=Text), job.c.last_error),
    )
)
BURY: Final = Statement(
    update(job)
    .where(*_mine)
    .values(state=text("'dead'"), worker=None, lease_until=None, last_error=bindparam("error"))
)


# --- jobs: looked up by those who wait for them
# ---------------------------------------------------------------------

_NAMED: Final = (job.c.kind == bindparam("kind"), one_of(job.c.dedupe_key, "keys"))
_KEYED: Final = select(job.c.dedupe_key, func.coalesce(job.c.last_error, text("''"))).where(*_NAMED)
OF_STATE: Final = {
    DEAD: Statement(_KEYED.where(_IS_DEAD)),
    READY: Statement(_KEYED.where(_COLLAPSES)),
    CLAIMED: Statement(_KEYED.where(_IS_CLAIMED)),
}
"""By state, so that each has its own index; a later one says more of the same key."""
WITHDRAW: Final = Statement(
    delete(job).where(*_NAMED, _COLLAPSES, job.c.priority <= bindparam("most", type_=Integer))
)


# --- jobs: dead letters
# ---------------------------------------------------------------------------------------------

DEAD_JOBS: Final = Statement(
    select(job.c.id, job.c.kind, job.c.payload, job.c.attempts, job.c.run_at, job.c.last_error)
    .where(job.c.state == text("'dead'"))
    .order_by(job.c.id.desc())
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skipped", type_=Integer))
)
DEAD_PAYLOAD: Final = Statement(
    select(job.c.payload).where(job.c.id == bindparam("job_id"), job.c.state == text("'dead'"))
)
DROP_DEAD_WITH_TWIN: Final = Statement(
    delete(job).where(job.c.id == bindparam("job_id"), job.c.state == text("'dead'"), _HAS_TWIN)
)
REVIVE: Final = Statement(
    update(job)
    .where(job.c.id == bindparam("job_id"), job.c.state == text("'dead'"))
    .values(state=text("'ready'"), attempts=0, run_at=bindparam("at"))
)
COUNTS: Final = Statement(select(job.c.state, func.count()).group_by(job.c.state))


# --- the outbox
# -----------------------------------------------------------------------------------------------------

PUBLISH: Final = Statement(
    insert(outbox).values(at=bindparam("at"), kind=bindparam("kind"), payload=bindparam("payload"))
)
LAST_PUBLISHED: Final = Statement(select(func.coalesce(func.max(outbox.c.id), 0)))
LAST_PUBLISHED_AT: Final = Statement(select(outbox.c.at).order_by(outbox.c.id.desc()).limit(1))
PUBLISHED_AFTER: Final = Statement(
    select(outbox.c.id, outbox.c.at, outbox.c.kind, outbox.c.payload)
    .where(outbox.c.id > bindparam("position"))
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
BEGIN_CURSOR: Final = Statement(insert_ignore(outbox_cursor, "name"))
_cursor: Final = select(outbox_cursor.c.position).where(outbox_cursor.c.name == bindparam("name"))
POSITION: Final = Statement(_cursor)
POSITION_LOCKED: Final = Statement(
    lambda dialect: _cursor.with_for_update() if dialect == "postgresql" else _cursor
)
MOVE_CURSOR: Final = Statement(
    update(outbox_cursor)
    .where(outbox_cursor.c.name == bindparam("reader"))
    .values(position=bindparam("position"))
)
_oldest: Final = outbox.alias("oldest")
FORGET: Final = Statement(
    delete(outbox).where(
        outbox.c.at < bindparam("before"),
        outbox.c.id <= select(func.min(outbox_cursor.c.position)).scalar_subquery(),
        outbox.c.id < select(func.min(_oldest.c.id)).scalar_subquery() + bindparam("most", type_=Integer),
    )
)
"""Rows that every reader has dealt with; a reader that stands still keeps them."""
