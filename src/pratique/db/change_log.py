"""The SQL of the table `changes`: what commits touched, in their order."""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select

from pratique.clock import MINUTE, SECOND, Moment
from pratique.db.schema import changes
from pratique.db.statement import Statement, each_of
from pratique.db.tx import Tx

KEPT: Final = 5 * MINUTE
"""How long rows stay. A reader that has not looked for longer drops everything it holds."""

PRUNE_EVERY: Final = 5 * SECOND
PRUNED_AT_ONCE: Final = 10_000
READ_AT_ONCE: Final = 10_000
"""A reader that is further behind drops everything: cheaper than to look at each."""

OWN_KEPT: Final = 4_096
"""Commits of this process that are remembered, for readers who follow them without asking the database."""

EVERYTHING: Final = "*"
"""The scope of a change that readers can't name."""

_ADD: Final = Statement(
    insert(changes)
    .from_select(
        ["scope", "at"], select(each_of("scopes").c.value, bindparam("now", type_=changes.c.at.type))
    )
    .returning(changes.c.id)
)
_LAST: Final = Statement(select(func.coalesce(func.max(changes.c.id), 0)))
_FIRST: Final = Statement(select(func.min(changes.c.id)))
_SINCE: Final = Statement(
    select(changes.c.id, changes.c.scope)
    .where(changes.c.id > bindparam("number"))
    .order_by(changes.c.id)
    .limit(READ_AT_ONCE + 1)
)
_RESUME: Final = Statement(
    insert(changes).values(id=bindparam("number"), scope=bindparam("scope"), at=bindparam("now"))
)
_RESUME_SEQUENCE: Final = Statement(
    select(
        func.setval(
            func.pg_get_serial_sequence("changes", "id"), bindparam("number", type_=changes.c.id.type)
        )
    )
)
_young: Final = changes.alias("young")
_old: Final = changes.alias("old")
_PRUNE: Final = Statement(
    delete(changes).where(
        changes.c.id
        < select(_young.c.id)
        .where(_young.c.at >= bindparam("before"))
        .order_by(_young.c.id)
        .limit(1)
        .scalar_subquery(),
        changes.c.id < select(func.min(_old.c.id)).scalar_subquery() + PRUNED_AT_ONCE,
    )
)


@dataclass(frozen=True, slots=True)
class Added:
    """The rows of one commit: the numbers from `first` to `last`, and what they say."""

    first: int
    last: int
    scopes: frozenset[str]


class ChangeLog:
    """Adds, reads and prunes. One a process."""

    def __init__(self) -> None:
        self._pruned_at = Moment(0)
        self._own: dict[int, Added] = {}
        self._lock = threading.Lock()

    def add(self, tx: Tx, scopes: Collection[str]) -> Added:
        """Add a row for each of `scopes`, which are not empty. Under the ordering lock."""
        now = tx.now()
        numbers = [int(row[0]) for row in tx.rows(_ADD, scopes=scopes, now=now)]
        added = Added(min(numbers), max(numbers), frozenset(scopes))
        if now - self._pruned_at > PRUNE_EVERY:
            self._pruned_at = now
            # Only the oldest rows in one piece, and never the last: `since` knows a gap by its lowest number.
            tx.change(_PRUNE, before=now - KEPT)
        return added

    def committed(self, added: Added) -> None:
        """Remember what this process has committed; to be called before its number is published."""
        if added.last - added.first + 1 != len(added.scopes):
            return
        with self._lock:
            self._own[added.first - 1] = added
            while len(self._own) > OWN_KEPT:
                del self._own[next(iter(self._own))]

    def own_since(self, number: int) -> tuple[int, frozenset[str]]:
        """As `since`, as far as the commits after `number` are this process's own. No I/O.

        Numbers are given in the order of commits and without gaps between them, so a commit of somebody else ends it.
        """
        scopes: set[str] = set()
        while (added := self._own.get(number)) is not None:
            scopes |= added.scopes
            number = added.last
        return number, frozenset(scopes)

    def last(self, tx: Tx) -> int:
        """The last number given; 0 when there is none."""
        return int(tx.rows(_LAST)[0][0])

    def resume(self, tx: Tx, *, after: int) -> int:
        """Number on above `after`, where the table ends below it: the database was replaced by an older copy.

        Numbers that readers have seen would come again with other meanings; this one tells them to drop
        everything.
        """
        number = after + 1
        if self.last(tx) < number:
            tx.change(_RESUME, number=number, scope=EVERYTHING, now=tx.now())
            if tx.dialect == "postgresql":
                tx.rows(_RESUME_SEQUENCE, number=number)
        return self.last(tx)

    def since(self, tx: Tx, number: int) -> tuple[int, frozenset[str] | None]:
        """The last number, and the scopes touched after `number`; None where nobody can tell any more."""
        rows = tx.rows(_SINCE, number=number)
        lowest = tx.rows(_FIRST)[0][0]
        last = self.last(tx)
        is_complete = number == 0 if lowest is None else lowest - 1 <= number <= last
        scopes = frozenset(scope for _, scope in rows)
        return last, scopes if is_complete and len(
            rows
        ) <= READ_AT_ONCE and EVERYTHING not in scopes else None
