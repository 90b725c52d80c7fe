"""How a change becomes known: to this process, to others, and when its writer was killed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.conftest import MakeDatabase
from tests.contracts.things import ADD, names_in
from tests.databases import KINDS, Place, another_process, outcome_of
from tests.waiting import eventually

from pratique import db
from pratique.db import change_log
from pratique.db.watch import LEASE_SECONDS


def touching(*scopes: str) -> Callable[[db.Tx], None]:
    return lambda tx: tx.touch(*scopes)


@pytest.fixture
def opened(place: Place) -> Iterator[db.Database]:
    database = db.open_database(place.url, place.directory)
    database.create_schema()
    yield database
    database.close()


def test_a_touch_is_published_before_write_returns(database: db.Database) -> None:
    before = database.changed()
    database.write(touching("tag:a:1", "tag:a:1", "manifest:a@x"))
    assert database.changed() > before
    assert database.changes_since(before) == (database.changed(), frozenset({"tag:a:1", "manifest:a@x"}))


def test_a_write_that_touches_nothing_moves_nothing(database: db.Database) -> None:
    database.write(lambda tx: tx.row(ADD, name="a", size=0))
    assert database.changed() == 0
    assert database.changes_since(0) == (0, frozenset())


def test_changes_since_tells_only_what_came_after(database: db.Database) -> None:
    database.write(touching("a"))
    middle = database.changed()
    database.write(touching("b"))
    database.write(touching("c"))
    assert database.changes_since(middle) == (database.changed(), frozenset({"b", "c"}))
    assert database.changes_since(database.changed()) == (database.changed(), frozenset())


@pytest.mark.parametrize("kind", KINDS)
def test_old_rows_are_pruned_and_who_slept_drops_everything(make_database: MakeDatabase, kind: str) -> None:
    clock = ManualClock()
    database = make_database(kind, clock)
    database.write(touching("old"))
    clock.advance(change_log.KEPT / 1_000_000 + 1)
    database.write(touching("young"))
    young = database.changed()
    assert database.changes_since(0) == (young, None)
    clock.advance(10)
    database.write(touching("youngest"))
    assert database.changes_since(young) == (database.changed(), frozenset({"youngest"}))


def test_who_is_too_far_behind_drops_everything(database: db.Database) -> None:
    database.write(touching(*(f"scope:{n}" for n in range(change_log.READ_AT_ONCE + 1))))
    assert database.changes_since(0) == (database.changed(), None)
    assert database.changes_since(1)[1] is not None


def test_a_number_of_another_database_drops_everything(database: db.Database) -> None:
    database.write(touching("a"))
    assert database.changes_since(99) == (1, None)


def test_last_acts_run_in_order_before_the_commit(database: db.Database) -> None:
    order: list[str] = []

    def first(last: db.Tx) -> None:
        order.append("first")
        last.touch("from a last act")

    def work(tx: db.Tx) -> str:
        tx.before_commit(first)
        tx.before_commit(lambda last: last.before_commit(lambda _: order.append("third")))
        tx.before_commit(lambda _: order.append("second"))
        order.append("work")
        return "answer"

    assert database.write(work) == "answer"
    assert order == ["work", "first", "second", "third"]
    assert database.changes_since(0)[1] == frozenset({"from a last act"})


def test_a_last_act_that_raises_undoes_its_work(database: db.Database) -> None:
    def fail(_: db.Tx) -> None:
        raise ZeroDivisionError

    def work(tx: db.Tx) -> None:
        tx.row(ADD, name="a", size=0)
        tx.before_commit(fail)

    with pytest.raises(ZeroDivisionError):
        database.write(work)
    assert names_in(database) == []


def test_another_process_is_heard_through_the_map(place: Place, opened: db.Database) -> None:
    opened.write(lambda tx: tx.row(ADD, name="shared", size=0))
    other = another_process(place, "grow", 20)
    opened.write(touching("mine"))
    assert other.wait(50) == 0
    number, scopes = opened.changes_since(0)
    assert scopes == frozenset({"mine", "thing:shared"})
    assert opened.changed() == number
    assert number >= 21


def test_a_writer_killed_before_publishing_is_caught(place: Place, opened: db.Database) -> None:
    watch = opened.watch()
    assert watch.poll()
    code, number = outcome_of(place, "die-before-publishing")
    committed = int(number)
    assert code == -9
    assert opened.changed() < committed
    assert watch.poll()
    assert opened.changed() == committed
    assert opened.changes_since(0) == (committed, frozenset({"thing:orphan"}))
    watch.close()


def test_the_watch_looks_by_itself(place: Place, opened: db.Database) -> None:
    watch = opened.watch()
    watch.start()
    assert watch.lease_is_alive()
    assert outcome_of(place, "die-before-publishing") == (-9, "1")
    assert eventually(opened.changed) == 1
    watch.close()
    assert not watch.lease_is_alive()


@pytest.mark.parametrize("kind", KINDS)
def test_the_lease_lives_for_a_second_from_before_the_look(make_database: MakeDatabase, kind: str) -> None:
    clock = ManualClock()
    watch = make_database(kind, clock).watch()
    assert not watch.lease_is_alive()
    watch.poll()
    clock.advance(LEASE_SECONDS - 0.01)
    assert watch.lease_is_alive()
    clock.advance(0.01)
    assert not watch.lease_is_alive()
    watch.close()


def test_a_number_seen_never_comes_again_after_an_older_copy_came_back(
    place: Place, opened: db.Database
) -> None:
    """The map outlives a restore: numbers go on above it, and readers drop everything."""
    opened.write(touching("before the backup"))
    opened.close()
    (place.directory / "changes.map").write_bytes((500).to_bytes(8, "little"))
    database = db.open_database(place.url, place.directory)
    watch = database.watch()
    assert database.changed() == 500
    assert watch.poll()
    assert database.changes_since(500) == (501, None)
    database.write(touching("after"))
    assert database.changes_since(501) == (502, frozenset({"after"}))
    assert database.changed() == 502
    watch.close()
    database.close()


def test_a_backup_is_a_database_of_its_own(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = make_database("sqlite")
    database.write(lambda tx: tx.row(ADD, name="kept", size=0))
    target = tmp_path / "copy.db"
    database.backup(target)
    database.write(lambda tx: tx.row(ADD, name="later", size=0))
    assert target.stat().st_mode & 0o077 == 0
    copy = db.open_database(f"sqlite:///{target}", tmp_path / "elsewhere")
    assert names_in(copy) == ["kept"]
    copy.close()
    with pytest.raises(FileExistsError):
        database.backup(target)
