"""A house whose settings let it ask scanners on loopback, with the management API and a scanner."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from tests.adapters import Adapter, adapting
from tests.clocks import ManualClock
from tests.contained import informed
from tests.databases import Place
from tests.doors import furnish_door, in_process
from tests.integration.http.api.conftest import SETTINGS, Api, artifact_path

from pratique.bootstrap.working import build_worker
from pratique.oci.digest import digest_of
from pratique.telemetry import open_log

REPOSITORY = "shop/team/app"
CREDENTIAL = "a-very-secret-credential"


@dataclass
class Harbour:
    """The API of a house, and a scanner beside it."""

    api: Api
    adapter: Adapter

    def register(self, **more: Any) -> str:
        """Register the scanner; its id."""
        asked = {"name": "fake", "url": self.adapter.url, **more}
        made = self.api.do("POST", "/scanners", asked)
        return str(made.headers["location"].rpartition("/")[2])

    def choose(self, scanner: str, project: str = "shop") -> None:
        """Have a project use it."""
        self.api.do("PUT", f"/projects/{project}/scanner", {"uuid": scanner})

    def shop(self, *, auto_scan: bool = False, **metadata: str) -> None:
        """A project with advisories for PyPI imported."""
        informed(self.api.rooms)
        self.api.rooms.project("shop")
        told = {**metadata, **({"auto_scan": "true"} if auto_scan else {})}
        if told:
            self.api.do("PUT", "/projects/shop", {"metadata": told})

    def scan(self, content: bytes) -> None:
        """Ask by hand."""
        self.api.do("POST", artifact_path(REPOSITORY, digest_of(content), "/scan"))

    def overview(self, content: bytes) -> dict[str, Any]:
        """Harbor's scan record."""
        path = artifact_path(REPOSITORY, digest_of(content), "?with_scan_overview=true")
        found: dict[str, Any] = self.api.get(path)["scan_overview"]
        return next(iter(found.values()))

    def work(self, seconds: int = 0) -> None:
        """Let time pass, and the worker do what is due."""
        self.api.rooms.clock.advance(seconds)
        build_worker(self.api.rooms.house, open_log()).run_pending()


@pytest.fixture
def make_harbour() -> Iterator[Callable[..., Harbour]]:
    """Opens a house over a place."""
    with ExitStack() as opened:

        def make(place: Place, **settings: Any) -> Harbour:
            sections = {**SETTINGS, "net": {"allow": ["127.0.0.1"]}, **settings}
            rooms = furnish_door(place.url, place.directory / "data", ManualClock(), sections)
            opened.callback(rooms.house.close)
            api = Api(rooms, opened.enter_context(in_process(rooms)))
            return Harbour(api, opened.enter_context(adapting()))

        yield make


@pytest.fixture
def harbour(place: Place, make_harbour: Callable[..., Harbour]) -> Harbour:
    """Over each kind of database."""
    return make_harbour(place)


@pytest.fixture
def sqlite_harbour(make_place: Callable[[str], Place], make_harbour: Callable[..., Harbour]) -> Harbour:
    """Over SQLite, where the database makes no difference."""
    return make_harbour(make_place("sqlite"))
