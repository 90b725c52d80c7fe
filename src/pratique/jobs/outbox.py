"""Facts, written in the transaction that makes them true, and read in the order of their commits."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from pratique import events
from pratique.clock import Moment
from pratique.db import Database, Tx
from pratique.jobs import store

SCOPE: Final = "outbox"
"""Touched by whoever publishes, so that readers on this machine look at once."""

BATCH: Final = 100
"""Rows that a feed consumes in one transaction."""

FORGOTTEN_AT_ONCE: Final = 10_000


class OutboxRow(NamedTuple):
    """A published fact. `payload` is its JSON."""

    id: int
    at: Moment
    kind: str
    payload: str

    def event(self) -> events.AnyEvent:
        """The fact itself. Raises `msgspec.ValidationError` when a newer version has written it."""
        return events.decode(self.payload)


Consume: TypeAlias = Callable[[Tx, Sequence[OutboxRow]], None]


def publish(tx: Tx, event: events.Event) -> None:
    """Tell `event` when this transaction commits. Rows are numbered in the order of commits."""
    kind, payload = events.kind_of(event), events.encode(event)

    def insert(last: Tx) -> None:
        last.change(store.PUBLISH, at=last.now(), kind=kind, payload=payload)
        last.touch(SCOPE)

    tx.before_commit(insert)


def last_published(tx: Tx) -> int:
    """The number of the last fact; 0: there is none."""
    return int(tx.rows(store.LAST_PUBLISHED)[0][0])


def last_published_at(tx: Tx) -> Moment:
    """When the last fact was published; 0: there is none."""
    row = tx.row(store.LAST_PUBLISHED_AT)
    return Moment(int(row[0])) if row else Moment(0)


def published_after(tx: Tx, position: int, most: int = BATCH) -> list[OutboxRow]:
    """Facts above a number, in the order of their commits."""
    return [OutboxRow(*row) for row in tx.rows(store.PUBLISHED_AFTER, position=position, most=most)]


def forget(tx: Tx, before: Moment) -> int:
    """Delete rows older than `before` that every feed has consumed, at most `FORGOTTEN_AT_ONCE`; how many."""
    return tx.change(store.FORGET, before=before, most=FORGOTTEN_AT_ONCE)


class Advancing(Protocol):
    """What a worker moves forward whenever it looks: at once after a commit on this machine, else once a second."""

    @property
    def name(self) -> str:
        """As the log names it."""
        ...

    def advance(self) -> int:
        """Go on; how far. `BATCH` or more: there may be more."""
        ...


class Feed:
    """A reader of the outbox, exactly once: its position moves in the transaction in which `consume` writes.

    `consume` may run again (see `Database.write`), and gets rows it does not care for too. A new feed begins
    with the oldest row that is kept.
    """

    def __init__(self, database: Database, name: str, consume: Consume) -> None:
        self.name = name
        self._database = database
        self._consume = consume

    def advance(self) -> int:
        """Consume the next rows, at most `BATCH`; how many. Looks before it takes the write lock."""
        with self._database.read() as tx:
            position = tx.row(store.POSITION, name=self.name)
            last = last_published(tx)
        if last <= (position[0] if position else 0):
            return 0
        return self._database.write(self._advance)

    def _advance(self, tx: Tx) -> int:
        tx.change(store.BEGIN_CURSOR, name=self.name, position=0)
        position = tx.rows(store.POSITION_LOCKED, name=self.name)[0][0]
        rows = published_after(tx, position)
        if rows:
            self._consume(tx, rows)
            tx.change(store.MOVE_CURSOR, reader=self.name, position=rows[-1].id)
        return len(rows)
