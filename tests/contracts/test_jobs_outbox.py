"""Facts in the order of their commits, to every feed exactly once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.clocks import ManualClock
from tests.conftest import MakeDatabase
from tests.contracts.things import ADD, names_in
from tests.databases import KINDS

from pratique import db, jobs
from pratique.clock import Moment
from pratique.events import Event, UserDeleted
from pratique.jobs import outbox


def fact(number: int) -> UserDeleted:
    return UserDeleted(actor="admin", user_id=number, username=f"u{number}")


def publish(database: db.Database, *numbers: int) -> None:
    def work(tx: db.Tx) -> None:
        for number in numbers:
            jobs.publish(tx, fact(number))

    database.write(work)


class Ear:
    """A feed and what it heard."""

    def __init__(self, database: db.Database, name: str = "ear") -> None:
        self.rows: list[jobs.OutboxRow] = []
        self.feed = jobs.Feed(database, name, lambda _, rows: self.rows.extend(rows))

    @property
    def heard(self) -> list[Event]:
        return [row.event() for row in self.rows]


def test_what_was_published_is_heard_once(database: db.Database) -> None:
    ear = Ear(database)
    assert ear.feed.advance() == 0
    publish(database, 1, 2)
    publish(database, 3)
    assert ear.feed.advance() == 3
    assert ear.feed.advance() == 0
    assert ear.heard == [fact(1), fact(2), fact(3)]
    assert [row.kind for row in ear.rows] == ["user_deleted"] * 3


def test_a_work_that_failed_told_nothing(database: db.Database) -> None:
    def work(tx: db.Tx) -> None:
        jobs.publish(tx, fact(1))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    assert Ear(database).feed.advance() == 0


def test_publishing_moves_the_number(database: db.Database) -> None:
    before = database.changed()
    publish(database, 1)
    assert database.changes_since(before)[1] == frozenset({outbox.SCOPE})


def test_each_feed_has_its_own_position(database: db.Database) -> None:
    first, second = Ear(database, "first"), Ear(database, "second")
    publish(database, 1)
    first.feed.advance()
    publish(database, 2)
    first.feed.advance()
    second.feed.advance()
    assert first.heard == second.heard == [fact(1), fact(2)]


def test_rows_come_in_batches(database: db.Database) -> None:
    publish(database, *range(outbox.BATCH + 1))
    ear = Ear(database)
    assert [ear.feed.advance() for _ in range(3)] == [outbox.BATCH, 1, 0]
    assert ear.heard == [fact(n) for n in range(outbox.BATCH + 1)]


def test_position_and_what_was_written_move_together(database: db.Database) -> None:
    is_failing = True

    def consume(tx: db.Tx, rows: Sequence[jobs.OutboxRow]) -> None:
        for row in rows:
            tx.row(ADD, name=f"fact {row.id}", size=0)
        if is_failing:
            raise LookupError

    feed = jobs.Feed(database, "writer", consume)
    publish(database, 1)
    with pytest.raises(LookupError):
        feed.advance()
    assert names_in(database) == []
    is_failing = False
    assert feed.advance() == 1
    assert feed.advance() == 0
    assert names_in(database) == ["fact 1"]


def test_two_readers_of_one_feed_share_it(database: db.Database) -> None:
    def consume(tx: db.Tx, rows: Sequence[jobs.OutboxRow]) -> None:
        tx.change_many(ADD, [{"name": f"fact {row.id:03}", "size": 0} for row in rows])

    publish(database, *range(250))
    with ThreadPoolExecutor(4) as pool:
        feeds = [jobs.Feed(database, "shared", consume) for _ in range(4)]
        moved = list(pool.map(lambda feed: sum(feed.advance() for _ in range(4)), feeds))
    assert sum(moved) == 250
    assert len(names_in(database)) == 250


def test_no_fact_is_overtaken(database: db.Database) -> None:
    """Numbers are given in one order and may become visible in another: a reader would pass over the slow one."""
    ear = Ear(database)
    is_over = threading.Event()

    def listen() -> None:
        while not is_over.is_set() or ear.feed.advance():
            ear.feed.advance()

    with ThreadPoolExecutor(9) as pool:
        listening = pool.submit(listen)
        speaking = [pool.submit(publish, database, n, n + 1000) for n in range(200)]
        for each in speaking:
            each.result()
        is_over.set()
        listening.result()
    numbers = [event.user_id for event in ear.heard if isinstance(event, UserDeleted)]
    assert sorted(numbers) == sorted([*range(200), *range(1000, 1200)])
    assert [row.id for row in ear.rows] == sorted(row.id for row in ear.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_everybody_has_heard_is_forgotten(make_database: MakeDatabase, kind: str) -> None:
    clock = ManualClock()
    database = make_database(kind, clock)
    publish(database, 1)
    clock.advance(100)
    now = clock.now()
    assert database.write(lambda tx: jobs.forget(tx, now)) == 0
    first, second = Ear(database, "first"), Ear(database, "second")
    first.feed.advance()
    second.feed.advance()
    publish(database, 2)
    first.feed.advance()
    later = Moment(now + 1)
    assert database.write(lambda tx: jobs.forget(tx, now)) == 1
    assert database.write(lambda tx: jobs.forget(tx, later)) == 0
    assert second.feed.advance() == 1
    assert database.write(lambda tx: jobs.forget(tx, later)) == 1
    publish(database, 3)
    assert second.feed.advance() == 1
    assert second.heard == [fact(1), fact(2), fact(3)]
