"""Fixtures for every suite: databases of both kinds.

`database` runs a test once on each kind; `make_database(kind)` and `make_place(kind)` are for tests that need
several databases, several processes or a clock of their own.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings
from tests.databases import KINDS, Place, PostgresqlServer, postgresql_server

from pratique.clock import Clock
from pratique.db import Database, open_database

# How long one example takes says how busy the machine is; a test's own timeout is what bounds it.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not walk through it each time."""
    gc.collect()
    gc.freeze()


class MakeDatabase(Protocol):
    """Opens a database with the schema of the code in it; closed after the test."""

    def __call__(self, kind: str, clock: Clock | None = None) -> Database:
        """`kind` is `sqlite` or `postgresql`."""
        ...


@pytest.fixture(scope="session")
def running_postgresql() -> Iterator[PostgresqlServer]:
    """The session's PostgreSQL server, started when the first test asks."""
    with postgresql_server() as server:
        yield server


@pytest.fixture
def make_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """A new place for a database of a kind, without tables."""
    with contextlib.ExitStack() as places:
        count = 0

        def make(kind: str) -> Place:
            nonlocal count
            count += 1
            directory = tmp_path / f"{kind}-{count}"
            directory.mkdir()
            if kind == "sqlite":
                return Place(kind, f"sqlite:///{directory}/pratique.db", directory)
            server: PostgresqlServer = request.getfixturevalue("running_postgresql")
            return Place(kind, places.enter_context(server.new_database()), directory)

        yield make


@pytest.fixture
def make_database(make_place: Callable[[str], Place]) -> Iterator[MakeDatabase]:
    """See `MakeDatabase`."""
    with contextlib.ExitStack() as opened:

        def make(kind: str, clock: Clock | None = None) -> Database:
            place = make_place(kind)
            database = open_database(place.url, place.directory, clock)
            opened.callback(database.close)
            database.create_schema()
            return database

        yield make


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, make_database: MakeDatabase) -> Database:
    """A database with every table that was imported, once of each kind."""
    return make_database(request.param)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, make_place: Callable[[str], Place]) -> Place:
    """A place for a database, without tables, once of each kind."""
    return make_place(request.param)
