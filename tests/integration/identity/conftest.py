"""The room over both databases."""

import pytest
from tests.integration.identity.house import House, StillClock

from pratique.db import Database


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def house(database: Database, clock: StillClock) -> House:
    """With `admin` as its first user, who has privileges that no other has."""
    house = House(database, clock)
    house.user("admin", is_admin=True)
    return house
