"""A warehouse on each database, with a clock that stands."""

import pytest

from pratique.db import open_database
from tests.clocks import ManualClock
from tests.databases import Place
from tests.warehouse import Warehouse


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def warehouse(place: Place, clock: ManualClock, request: pytest.FixtureRequest) -> Warehouse:
    database = open_database(place.url, place.directory, clock)
    request.addfinalizer(database.close)
    database.create_schema()
    return Warehouse(database, place.directory / "data", clock)
