"""The management API of a whole house in process, over both databases, and a client for it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.clocks import ManualClock
from tests.databases import Place
from tests.doors import Client, furnish_door, in_process
from tests.houses import PASSWORD, Furnished
from tests.integration.http.api import documented

from pratique.access import Principal
from pratique.audit import AuditRecorder
from pratique.jobs import Feed
from pratique.jobs.outbox import Consume

ADMIN = ("admin", PASSWORD)
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "server": {"external_url": "https://registry.example.test"},
    # How passwords are hashed is identity's to test; here it would be most of the time.
    "passwords": {"memory": 8, "passes": 1, "lanes": 1},
}


@dataclass
class Api:
    """The API, with the house behind it."""

    rooms: Furnished
    client: Client
    secrets: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, *, by: Principal | str | None = "admin", **more: Any
    ) -> httpx.Response:
        """A request, whose answer must be as the document says.

        `by` None is nobody, a principal gives his name and what `secrets` hold for it.
        """
        auth: tuple[str, str] | None
        if by is None:
            auth = None
        else:
            name = by if isinstance(by, str) else by.name
            auth = (name, self.secrets.get(name, PASSWORD))
        if body is not None:
            more["json"] = body
        answer = self.client.ask(method, f"/api/v2.0{path}", auth, **more)
        answer.elapsed = timedelta()  # schemathesis looks at it
        documented.check(method, path, answer)
        return answer

    def get(self, path: str, *, by: Principal | str | None = "admin", **more: Any) -> Any:
        """What a GET answers, which must be 200."""
        answer = self.ask("GET", path, by=by, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(
        self, method: str, path: str, body: Any = None, *, by: Principal | str | None = "admin", **more: Any
    ) -> httpx.Response:
        """A request that must succeed."""
        answer = self.ask(method, path, body, by=by, **more)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer

    def refused(
        self, method: str, path: str, body: Any = None, *, by: Principal | str | None = "admin", **more: Any
    ) -> tuple[int, str]:
        """The status and code of a request that must be refused."""
        answer = self.ask(method, path, body, by=by, **more)
        assert answer.status_code >= 400, answer.text
        if method == "HEAD":
            return answer.status_code, ""
        return answer.status_code, answer.json()["errors"][0]["code"]

    def robot(self, project: str, *access: str, name: str = "bot") -> str:
        """A robot of a project that has these permissions (`repository:pull`); its name."""
        rows = [dict(zip(("resource", "action"), each.split(":"), strict=True)) for each in access]
        permissions = [{"kind": "project", "namespace": project, "access": rows}]
        asked = {"name": name, "level": "project", "duration": -1, "permissions": permissions}
        made = self.do("POST", "/robots", asked).json()
        self.secrets[made["name"]] = made["secret"]
        return str(made["name"])

    def advance_audit(self) -> None:
        """What the worker does: events become rows of the audit log."""
        self.advance_feed("audit", AuditRecorder().consume)

    def advance_feed(self, name: str, consume: Consume) -> None:
        """Have a reader of the outbox read all there is."""
        feed = Feed(self.rooms.house.stores.database, name, consume)
        while feed.advance():
            pass


def artifact_path(repository: str, reference: str = "", suffix: str = "") -> str:
    """The path of artifacts; slashes of the repository's path are encoded twice."""
    project, _, path = repository.partition("/")
    where = quote(quote(path, safe=""), safe="")
    return (
        f"/projects/{project}/repositories/{where}/artifacts"
        + (f"/{reference}" if reference else "")
        + suffix
    )


MakeApi = Callable[[Place], Api]


@pytest.fixture
def make_api() -> Iterator[MakeApi]:
    """Opens the API over a place."""
    with ExitStack() as opened:

        def make(place: Place) -> Api:
            rooms = furnish_door(place.url, place.directory / "data", ManualClock(), SETTINGS)
            opened.callback(rooms.house.close)
            return Api(rooms, opened.enter_context(in_process(rooms)))

        yield make


@pytest.fixture
def api(place: Place, make_api: MakeApi) -> Api:
    """The API over each kind of database."""
    return make_api(place)


@pytest.fixture
def sqlite_api(make_place: Callable[[str], Place], make_api: MakeApi) -> Api:
    """The API over SQLite, where the database makes no difference."""
    return make_api(make_place("sqlite"))
