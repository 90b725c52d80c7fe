"""Here a registry is built once for each kind of database, and swept after every test: building costs seconds."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from tests.clocks import ManualClock
from tests.databases import KINDS, PostgresqlServer
from tests.doors import furnish_door, in_process
from tests.integration.conftest import Registry

from pratique.access import SYSTEM
from pratique.clock import DAY, SECOND
from pratique.identity import Listing
from pratique.projects import ProjectFilter
from pratique.registry.store import tables


@pytest.fixture(scope="session", params=KINDS)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The registry of the session."""
    directory, clock = tmp_path_factory.mktemp("registry"), ManualClock()
    with contextlib.ExitStack() as places:
        url = f"sqlite:///{directory}/pratique.db"
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("running_postgresql")
            url = places.enter_context(server.new_database())
        home = furnish_door(url, directory / "data", clock)
        places.callback(home.house.close)
        yield Registry(home, places.enter_context(in_process(home)), clock)


@pytest.fixture
def registry(standing: Registry) -> Iterator[Registry]:
    """An empty registry with its administrator."""
    yield standing
    sweep(standing)


def sweep(registry: Registry) -> None:
    """Leave nothing but the administrator; time passes, so that no upload is open and nobody throttled."""
    house = registry.home.house
    registry.clock.advance(9 * DAY / SECOND)
    house.warehouse.uploads.expire()
    with house.stores.database.read() as tx:
        names = [row[0] for row in tx.execute(select(tables.repository.c.name))]
    for name in names:
        house.warehouse.deleter.repository(name, SYSTEM)

    def remove(tx: Any) -> None:
        for project in house.departments.projects.list(tx, ProjectFilter())[0]:
            house.departments.projects.delete(tx, registry.home.admin, project)
        for robot in house.identity.robots.list(tx, Listing())[0]:
            house.identity.robots.delete(tx, robot.id, by=SYSTEM)
        for user in house.identity.users.list(tx, Listing())[0]:
            if user.id != registry.home.admin.id:
                house.identity.users.delete(tx, user.id, by=SYSTEM)

    house.stores.database.write(remove)
