"""Fixtures: a furnished house on each kind of database, built once; each test plays in a project of its own."""

import contextlib
from collections.abc import Iterator

import pytest
from tests.databases import KINDS, PostgresqlServer
from tests.houses import Furnished, furnish
from tests.scenes import Scene, new_scene


@pytest.fixture(scope="session", params=KINDS)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A registry with its administrator; the clock stands until a test moves it."""
    directory = tmp_path_factory.mktemp("house")
    with contextlib.ExitStack() as places:
        url = f"sqlite:///{directory}/pratique.db"
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("running_postgresql")
            url = places.enter_context(server.new_database())
        furnished = furnish(url, directory / "data")
        places.callback(furnished.house.close)
        yield furnished


@pytest.fixture
def scene(home: Furnished) -> Scene:
    """A project with `admission: signed` and a trusted key."""
    return new_scene(home)


@pytest.fixture
def open_scene(home: Furnished) -> Scene:
    """A project with `admission: open`."""
    return new_scene(home, "open")
