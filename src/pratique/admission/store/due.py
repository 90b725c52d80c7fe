"""Digests of which something else is known than when they were judged, until they are judged again."""

import secrets
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Boolean, bindparam, delete, exists, func, or_, select, update

from pratique.admission.store.tables import judgement_due, verdict
from pratique.clock import Moment
from pratique.db import Statement, Tx, one_of, upsert
from pratique.policy import Code, State
from pratique.projects.store.tables import project_metadata
from pratique.registry.store.tables import manifest, repository

UNUSED: Final = -1
"""The rank of what can wait until all else was judged."""
FAILED: Final = -2
"""The rank of what could not be judged."""

_UNEXAMINED: Final = f"%{Code.COULD_NOT_BE_EXAMINED.value}%"

_d, _m = judgement_due.c, manifest.c
_asks: Final = (
    exists()
    .where(project_metadata.c.project_id == repository.c.project_id)
    .where(project_metadata.c.name == "prevent_vul", project_metadata.c.value == "true")
)
_rank: Final = func.max(func.coalesce(_m.pulled_at, 0))
_ASKED: Final = Statement(
    select(_m.digest, _rank)
    .join(repository, repository.c.id == _m.repository_id)
    .where(one_of(_m.digest, "digests"), _m.is_evidence.is_(False), _asks)
    .group_by(_m.digest)
)
_ANY_ASKS: Final = Statement(
    select(project_metadata.c.project_id)
    .where(project_metadata.c.name == "prevent_vul", project_metadata.c.value == "true")
    .limit(1)
)
_PUT: Final = Statement(upsert(judgement_due, ("digest",), ("ticket", "rank")))
_PUT_UNHURRIED: Final = Statement(upsert(judgement_due, ("digest",), ("ticket",)))
_NEXT: Final = Statement(
    select(_d.digest, _d.ticket).order_by(_d.rank.desc(), _d.digest).limit(bindparam("most"))
)
_URGENT: Final = Statement(select(_d.digest).where(_d.rank > UNUSED).limit(1))
_DONE: Final = Statement(
    delete(judgement_due).where(_d.digest == bindparam("of"), _d.ticket == bindparam("at"))
)
_POSTPONE: Final = Statement(
    update(judgement_due)
    .where(_d.digest == bindparam("of"), _d.ticket == bindparam("at"))
    .values(rank=bindparam("to"))
)
_STALE: Final = Statement(
    select(_m.id, _m.digest)
    .join(repository, repository.c.id == _m.repository_id)
    .join(verdict, verdict.c.manifest_id == _m.id, isouter=True)
    .where(
        _m.id > bindparam("after"),
        _m.is_evidence.is_(False),
        _m.is_index.is_(False),
        _asks,
        or_(
            bindparam("everything", type_=Boolean),
            (_m.state == State.ADMITTED.value) & (_m.valid_until < bindparam("before")),
            (_m.state != State.ADMITTED.value) & verdict.c.reasons.like(bindparam("unexamined")),
        ),
    )
    .order_by(_m.id)
    .limit(bindparam("most"))
)


def is_any_asking(tx: Tx) -> bool:
    """Whether any project asks for contents."""
    return tx.row(_ANY_ASKS) is not None


def put(tx: Tx, digests: Collection[str]) -> None:
    """Note those of `digests` that lie in projects which ask for contents, by when they were pulled last."""
    found = tx.rows(_ASKED, digests=list(digests))
    _put(tx, _PUT, [(str(digest), int(rank)) for digest, rank in found])


def put_unhurried(tx: Tx, digests: Collection[str]) -> None:
    """Note digests to be judged after all others; what is due already keeps its rank."""
    _put(tx, _PUT_UNHURRIED, [(digest, UNUSED) for digest in digests])


def upcoming(tx: Tx, most: int) -> list[tuple[str, int]]:
    """The digests that are judged next, with their tickets, most recently pulled first."""
    return [(str(digest), int(ticket)) for digest, ticket in tx.rows(_NEXT, most=most)]


def is_any_urgent(tx: Tx) -> bool:
    """Whether anything is due that cannot wait until all else was done."""
    return tx.row(_URGENT) is not None


def done(tx: Tx, judged: Sequence[tuple[str, int]]) -> None:
    """They were judged, unless they have become due again since."""
    if judged:
        tx.change_many(_DONE, [{"of": digest, "at": ticket} for digest, ticket in judged])


def postpone(tx: Tx, failed: Sequence[tuple[str, int]]) -> None:
    """They could not be judged: all others come before them."""
    if failed:
        tx.change_many(_POSTPONE, [{"of": digest, "at": ticket, "to": FAILED} for digest, ticket in failed])


def stale(tx: Tx, after: int, before: Moment, most: int, *, everything: bool) -> list[tuple[int, str]]:
    """Up to `most` images behind a manifest's number, in projects which ask for contents, whose verdicts want renewal.

    They lapse `before` a moment, or could not be examined for want of advisories. `everything`: all images.
    """
    rows = tx.rows(
        _STALE, after=after, before=before, most=most, everything=everything, unexamined=_UNEXAMINED
    )
    return [(int(number), str(digest)) for number, digest in rows]


def _put(tx: Tx, statement: Statement, ranked: Sequence[tuple[str, int]]) -> None:
    rows = [
        {"digest": digest, "ticket": secrets.randbits(62), "rank": rank} for digest, rank in sorted(ranked)
    ]
    if rows:
        tx.change_many(statement, rows)
