"""Drivers' errors in our words."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import Column, Index, Integer, Table, func

from pratique.db import ConstraintViolation, ForeignKeyViolation, UniqueViolation, metadata
from pratique.db.failures import Again, Lost, translate
from pratique.errors import Unavailable

odd = Table("test_odd", metadata, Column("a", Integer), Column("b", Integer))
Index("ix_odd_pair", odd.c.a, odd.c.b, unique=True)
Index("ix_odd_sum", func.abs(odd.c.a), unique=True)


def of_sqlite(*statements: str) -> Exception:
    """The translation of the error of the last of `statements`."""
    connection = sqlite3.connect(":memory:")
    try:
        for statement in statements:
            connection.execute(statement)
    except sqlite3.Error as error:
        return translate(error)
    finally:
        connection.close()
    raise AssertionError(f"{statements[-1]} did not fail")


@pytest.mark.parametrize(
    ("index", "name"),
    [
        ("CREATE UNIQUE INDEX ix_odd_pair ON test_odd (a, b)", "ix_odd_pair"),
        ("CREATE UNIQUE INDEX ix_odd_sum ON test_odd (abs(a))", "ix_odd_sum"),
        ("CREATE UNIQUE INDEX unknown ON test_odd (b)", ""),
    ],
)
def test_a_unique_index_of_sqlite_is_found_by_its_columns(index: str, name: str) -> None:
    add = "INSERT INTO test_odd VALUES (1, 2)"
    failure = of_sqlite("CREATE TABLE test_odd (a, b)", index, add, add)
    assert isinstance(failure, UniqueViolation)
    assert (failure.table, failure.constraint) == ("test_odd", name)


def test_a_table_that_is_not_ours_has_no_constraints() -> None:
    add = "INSERT INTO other VALUES (1)"
    failure = of_sqlite("CREATE TABLE other (a UNIQUE)", add, add)
    assert isinstance(failure, UniqueViolation)
    assert (failure.table, failure.constraint) == ("other", "")


def test_other_constraints_of_sqlite() -> None:
    failure = of_sqlite("CREATE TABLE t (a CHECK (a > 1))", "INSERT INTO t VALUES (1)")
    assert type(failure) is ConstraintViolation


def test_mistakes_stay_what_they_are() -> None:
    assert isinstance(of_sqlite("SELECT no_such_function()"), sqlite3.OperationalError)
    assert isinstance(translate(psycopg.errors.SyntaxError("x")), psycopg.errors.SyntaxError)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.UniqueViolation, UniqueViolation),
        (psycopg.errors.ForeignKeyViolation, ForeignKeyViolation),
        (psycopg.errors.NotNullViolation, ConstraintViolation),
        (psycopg.errors.SerializationFailure, Again),
        (psycopg.errors.DeadlockDetected, Again),
        (psycopg.errors.DiskFull, Unavailable),
        (psycopg.errors.TooManyConnections, Unavailable),
        (psycopg.errors.ReadOnlySqlTransaction, Unavailable),
        (psycopg.errors.IoError, Unavailable),
        (psycopg.errors.AdminShutdown, Lost),
        (psycopg.OperationalError, Lost),
    ],
)
def test_postgresql_by_sqlstate(error: type[psycopg.Error], kind: type[Exception]) -> None:
    assert type(translate(error("said the server"))) is kind
