"""A furnished house on each kind of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.databases import KINDS, Place
from tests.houses import Furnished, furnish


@pytest.fixture(params=KINDS)
def home(
    request: pytest.FixtureRequest, make_place: Callable[[str], Place], tmp_path: Path
) -> Iterator[Furnished]:
    """An empty registry with its administrator."""
    place = make_place(request.param)
    furnished = furnish(place.url, tmp_path / "data")
    yield furnished
    furnished.house.close()
