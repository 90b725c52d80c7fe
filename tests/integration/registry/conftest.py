"""A warehouse on each database, with a clock that stands."""

from collections.abc import Iterator

import pytest
from tests.clocks import ManualClock
from tests.databases import Place
from tests.warehouse import Warehouse

from pratique.db import open_database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def warehouse(place: Place, clock: ManualClock) -> Iterator[Warehouse]:
    database = open_database(place.url, place.directory, clock)
    database.create_schema()
    yield Warehouse(database, place.directory / "data", clock)
    database.close()
