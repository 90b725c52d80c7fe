"""A project whose repositories show nothing can be deleted: an abandoned upload must not keep it for ever."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.databases import KINDS, Place
from tests.houses import Furnished, furnish

from pratique.errors import PreconditionFailed


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
