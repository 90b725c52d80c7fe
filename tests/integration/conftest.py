"""The registry in process, once on each kind of database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.databases import KINDS, Place
from tests.doors import Client, furnish_door, in_process
from tests.houses import Furnished


@dataclass(frozen=True)
class Registry:
    """A furnished house behind its doors, with a clock that stands."""

    home: Furnished
    client: Client
    clock: ManualClock


@pytest.fixture(params=KINDS)
def registry(
    request: pytest.FixtureRequest, make_place: Callable[[str], Place], tmp_path: Path
) -> Iterator[Registry]:
    """An empty registry with its administrator."""
    place, clock = make_place(request.param), ManualClock()
    home = furnish_door(place.url, tmp_path / "registry", clock)
    with in_process(home) as client:
        yield Registry(home, client, clock)
    home.house.close()
