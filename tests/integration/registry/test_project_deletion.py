"""A project whose repositories show nothing can be deleted: an abandoned upload must not keep it for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.databases import KINDS, Place, until_somebody_waits
from tests.houses import Furnished, furnish

from pratique.bootstrap.adapters import ProjectsOfRegistry
from pratique.db import Tx
from pratique.errors import PreconditionFailed, RepositoryUnknown
from pratique.registry.founding import founded
from pratique.registry.store import repositories


@pytest.fixture(params=KINDS)
def home(
    request: pytest.FixtureRequest, make_place: Callable[[str], Place], tmp_path: Path
) -> Iterator[Furnished]:
    place = make_place(request.param)
    furnished = furnish(place.url, tmp_path / "data")
    yield furnished
    furnished.house.close()


def test_an_abandoned_upload_and_an_unnamed_blob_go_with_their_project(home: Furnished) -> None:
    project = home.project("team")
    home.house.warehouse.uploads.begin("team/begun", home.admin)
    home.blob("team/unnamed", b"nothing names this")
    projects = home.house.departments.projects
    home.house.stores.database.write(lambda tx: projects.delete(tx, home.admin, project))
    with home.house.stores.database.read() as tx:
        assert projects.by_name(tx, "team") is None


def test_a_project_that_holds_an_image_stays(home: Furnished) -> None:
    project = home.project("team")
    home.image("team/app")
    projects = home.house.departments.projects
    with pytest.raises(PreconditionFailed, match="1 repository"):
        home.house.stores.database.write(lambda tx: projects.delete(tx, home.admin, project))


@pytest.fixture
def apart(make_place: Callable[[str], Place], tmp_path: Path) -> Iterator[Furnished]:
    """On PostgreSQL, where two transactions really run at once."""
    furnished = furnish(make_place("postgresql").url, tmp_path / "data")
    yield furnished
    furnished.house.close()


def test_a_deletion_waits_for_whoever_makes_a_repository(apart: Furnished) -> None:
    departments, database = apart.house.departments, apart.house.stores.database
    project, begun = apart.project("team"), threading.Event()
    port = ProjectsOfRegistry(departments.projects, departments.quotas)

    def make(tx: Tx) -> None:
        founded(tx, port, "team/app", apart.admin, apart.clock.now())
        begun.set()
        until_somebody_waits(database)

    with ThreadPoolExecutor(1) as other:
        made = other.submit(database.write, make)
        assert begun.wait(20)
        database.write(lambda tx: departments.projects.delete(tx, apart.admin, project))
        made.result()
    with database.read() as tx:
        assert repositories.by_name(tx, "team/app") is None, "an orphan: its project is gone"


def test_a_repository_is_not_made_in_a_project_that_is_being_deleted(apart: Furnished) -> None:
    departments, database = apart.house.departments, apart.house.stores.database
    project, begun = apart.project("team"), threading.Event()

    def delete(tx: Tx) -> None:
        departments.projects.delete(tx, apart.admin, project)
        begun.set()
        until_somebody_waits(database)

    with ThreadPoolExecutor(1) as other:
        deleted = other.submit(database.write, delete)
        assert begun.wait(20)
        with pytest.raises(RepositoryUnknown):
            apart.house.warehouse.uploads.begin("team/app", apart.admin)
        deleted.result()
    with database.read() as tx:
        assert repositories.by_name(tx, "team/app") is None
