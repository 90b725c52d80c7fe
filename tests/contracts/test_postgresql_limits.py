"""What a process may take from a PostgreSQL server: so many connections, so much time for a statement."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from tests.databases import Place

from pratique.db import PostgresqlLimits, open_database
from pratique.errors import Unavailable


def test_a_statement_that_takes_too_long_is_cancelled_and_said(make_place: Callable[[str], Place]) -> None:
    place = make_place("postgresql")
    database = open_database(place.url, place.directory, limits=PostgresqlLimits(statement_seconds=1))
    with pytest.raises(Unavailable, match="statement_timeout"), database.read() as tx:
        tx.execute(text("SELECT pg_sleep(20)"))
    with database.read() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_a_process_takes_no_more_connections_than_it_may(make_place: Callable[[str], Place]) -> None:
    place = make_place("postgresql")
    database = open_database(
        place.url, place.directory, limits=PostgresqlLimits(connections=1, take_seconds=0.05)
    )
    with database.read() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
        with pytest.raises(Unavailable, match="in use"), database.read():
            pass
    database.close()
