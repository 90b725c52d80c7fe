"""What both databases promise to one caller at a time."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import func, insert, select
from tests.conftest import MakeDatabase
from tests.contracts.things import (
    ADD,
    ADD_MANY,
    ADD_ONCE,
    ADD_PART,
    ALL,
    DROP,
    GROW,
    NAMED,
    NUMBERED,
    PUT,
    UNNAMED,
    names_in,
    sizes_in,
    thing,
)

from pratique import db
from pratique.errors import Unavailable


def add(database: db.Database, *names: str) -> None:
    database.write(lambda tx: tx.change_many(ADD_MANY, [{"name": name, "size": 0} for name in names]))


def test_what_was_written_is_read(database: db.Database) -> None:
    assert database.write(lambda tx: tx.row(ADD, name="a", size=1)) == (1,)
    with database.read() as tx:
        assert tx.rows(ALL) == [("a", 1)]
        assert tx.row(NAMED, names=["nobody"]) is None


def test_change_counts_rows(database: db.Database) -> None:
    add(database, "a", "b")
    assert database.write(lambda tx: tx.change(GROW, called="a")) == 1
    assert database.write(lambda tx: tx.change(GROW, called="x")) == 0
    assert sizes_in(database) == {"a": 1, "b": 0}


def test_lists_are_one_parameter(database: db.Database) -> None:
    add(database, "a", "b", 'it\'s "c" \\ %s :x')
    with database.read() as tx:
        assert tx.rows(NAMED, names=["a", "x", 'it\'s "c" \\ %s :x']) == [("a",), ('it\'s "c" \\ %s :x',)]
        assert tx.rows(NAMED, names=[]) == []
        assert tx.rows(UNNAMED, names=["a"]) == [("b",), ('it\'s "c" \\ %s :x',)]
        assert tx.rows(NUMBERED, ids=[2, 99]) == [("b",)]
        assert tx.rows(NAMED, names=[f"{n}" for n in range(40_000)] + ["b"]) == [("b",)]


def test_lists_work_in_composed_statements_too(database: db.Database) -> None:
    add(database, "a", "b")
    with database.read() as tx:
        found = tx.execute(select(thing.c.name).where(db.one_of(thing.c.name, "names")), {"names": ["b"]})
        assert found.scalars().all() == ["b"]


def test_insert_ignore_leaves_the_row_that_is_there(database: db.Database) -> None:
    assert database.write(lambda tx: tx.row(ADD_ONCE, name="a", size=1)) == (1,)
    assert database.write(lambda tx: tx.row(ADD_ONCE, name="a", size=2)) is None
    assert sizes_in(database) == {"a": 1}


def test_upsert_changes_the_row_that_is_there(database: db.Database) -> None:
    first = database.write(lambda tx: tx.row(PUT, name="a", size=1))
    assert first == (1, 1)
    assert database.write(lambda tx: tx.row(PUT, name="a", size=2)) == (1, 2)


def test_a_unique_violation_names_its_constraint(database: db.Database) -> None:
    add(database, "a")
    with pytest.raises(db.UniqueViolation) as caught:
        database.write(lambda tx: tx.row(ADD, name="a", size=1))
    assert (caught.value.table, caught.value.constraint) == ("test_thing", "uq_test_thing_name")


def test_a_primary_key_violation_names_its_constraint(database: db.Database) -> None:
    add(database, "a")
    database.write(lambda tx: tx.change(ADD_PART, thing_id=1, name="lid"))
    with pytest.raises(db.UniqueViolation) as caught:
        database.write(lambda tx: tx.change(ADD_PART, thing_id=1, name="lid"))
    assert (caught.value.table, caught.value.constraint) == ("test_part", "pk_test_part")


def test_a_composed_statement_raises_the_same(database: db.Database) -> None:
    add(database, "a")
    with pytest.raises(db.UniqueViolation):
        database.write(lambda tx: tx.execute(insert(thing), {"name": "a", "size": 1}).close())


def test_foreign_keys_hold(database: db.Database) -> None:
    with pytest.raises(db.ForeignKeyViolation):
        database.write(lambda tx: tx.change(ADD_PART, thing_id=7, name="lid"))


def test_nulls_are_refused_where_the_schema_says_so(database: db.Database) -> None:
    with pytest.raises(db.ConstraintViolation):
        database.write(lambda tx: tx.row(ADD, name=None, size=1))


def test_a_work_that_raises_changes_nothing(database: db.Database) -> None:
    def work(tx: db.Tx) -> None:
        tx.row(ADD, name="a", size=1)
        tx.touch("never")
        raise LookupError("no")

    with pytest.raises(LookupError):
        database.write(work)
    assert names_in(database) == []
    assert database.changed() == 0


def test_a_wrong_statement_is_the_drivers_error(database: db.Database) -> None:
    missing = db.Statement(select(func.no_such_function()))
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedFunction)), database.read() as tx:
        tx.rows(missing)
    assert names_in(database) == []


def test_reading_sees_one_snapshot(database: db.Database) -> None:
    add(database, "a")
    with database.read() as tx:
        assert tx.rows(ALL) == [("a", 0)]
        add(database, "b")
        assert tx.rows(ALL) == [("a", 0)]
    assert names_in(database) == ["a", "b"]


def test_an_unread_result_does_not_hold_the_snapshot(database: db.Database) -> None:
    add(database, "a", "b")
    results = []
    for _ in range(3):
        with database.read() as tx:
            results.append(tx.execute(select(thing.c.name)))
    add(database, "c")
    assert names_in(database) == ["a", "b", "c"]
    assert [len(result.all()) for result in results] == [2, 2, 2]


def test_reading_can_not_write(database: db.Database) -> None:
    add(database, "a")
    with pytest.raises(Unavailable, match="read-only"), database.read() as tx:
        tx.change(DROP, called="a")
    assert names_in(database) == ["a"]


def test_a_read_that_raises_gives_its_connection_back(database: db.Database) -> None:
    def fail() -> None:
        with database.read() as tx:
            raise LookupError(tx.rows(ALL))

    for _ in range(100):
        with pytest.raises(LookupError):
            fail()
    assert names_in(database) == []


def test_a_closed_database_refuses_writes(database: db.Database) -> None:
    add(database, "a")
    database.close()
    with pytest.raises(Unavailable, match="closed"):
        add(database, "b")


def test_a_write_inside_a_work_is_refused(make_database: MakeDatabase) -> None:
    database = make_database("sqlite")
    with pytest.raises(RuntimeError, match="would wait for itself"):
        database.write(lambda _: add(database, "a"))
