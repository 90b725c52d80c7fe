"""The doors of a furnished house, asked as a client asks: in process, or over real HTTP."""

import asyncio
import contextlib
import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.types import Message
from tests.clocks import ManualClock
from tests.houses import PASSWORD, Furnished

from pratique.access import SYSTEM, Permission
from pratique.bootstrap.house import build
from pratique.bootstrap.serving import build_application
from pratique.clock import Clock
from pratique.http.app import Application
from pratique.http.server import ServerLimits, build_server, serve
from pratique.identity import Grant, Level, RobotRequest
from pratique.oci.digest import digest_of
from pratique.settings import load
from pratique.telemetry import Metrics, open_log

ADMIN = ("admin", PASSWORD)
IMAGE = "application/vnd.oci.image.manifest.v1+json"
Pair = tuple[str, str]


def furnish_door(
    url: str,
    directory: Path,
    clock: Clock | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Furnished:
    """A house whose `Location`s are relative, so that it can be reached anywhere."""
    tree: dict[str, Mapping[str, Any]] = {
        "database": {"url": url},
        "storage": {"directory": str(directory), "keep_free": 0},
    }
    told = clock or ManualClock()
    house = build(load(None, {}, {**tree, **(settings or {})}), told)
    return Furnished(house, told)  # type: ignore[arg-type] # real clocks can't be moved, and nobody does


def robot(home: Furnished, name: str, project: str, *actions: str) -> Pair:
    """A robot with these actions on `repository` in a project; its name and secret."""
    permissions = frozenset(Permission("repository", action) for action in actions)
    asked = RobotRequest(name, Level.SYSTEM, (Grant(Level.PROJECT, project, permissions),), duration=-1)
    database, robots = home.house.stores.database, home.house.identity.robots
    made, secret = database.write(lambda tx: robots.create(tx, asked, by=SYSTEM))
    return made.name, secret


@dataclass
class Client:
    """Asks a registry: `send` is the way it takes."""

    http: httpx.Client

    def ask(self, method: str, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        """A request by Basic (a pair), by a token (a string) or by nobody."""
        headers = dict(more.pop("headers", {}))
        auth = who if isinstance(who, tuple) else None
        if isinstance(who, str):
            headers["authorization"] = f"Bearer {who}"
        return self.http.request(method, path, headers=headers, auth=auth, **more)

    def get(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("GET", path, who, **more)

    def head(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("HEAD", path, who, **more)

    def put(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("PUT", path, who, **more)

    def post(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("POST", path, who, **more)

    def patch(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("PATCH", path, who, **more)

    def delete(self, path: str, who: Pair | str | None = ADMIN, **more: Any) -> httpx.Response:
        return self.ask("DELETE", path, who, **more)

    def token(self, who: Pair | None, *scopes: str) -> str:
        """A token for scopes, as docker and podman ask for one."""
        answer = self.get(
            "/service/token", who, params=[("service", "pratique"), *(("scope", s) for s in scopes)]
        )
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["token"]
        return found

    def begin(self, repository: str, who: Pair | str | None = ADMIN, query: str = "") -> str:
        """Open an upload; where it goes on."""
        answer = self.post(f"/v2/{repository}/blobs/uploads/{query}", who)
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def blob(
        self, repository: str, content: bytes, who: Pair | str | None = ADMIN, algorithm: str = "sha256"
    ) -> str:
        """Push a blob in one request; its digest."""
        digest = digest_of(content, algorithm)
        answer = self.post(
            f"/v2/{repository}/blobs/uploads/", who, params={"digest": digest}, content=content
        )
        assert answer.status_code == 201, answer.text
        return digest

    def manifest(
        self,
        repository: str,
        reference: str | None,
        content: bytes,
        who: Pair | str | None = ADMIN,
        kind: str = IMAGE,
    ) -> httpx.Response:
        """Push a manifest; `reference` None: by its digest."""
        path = f"/v2/{repository}/manifests/{reference or digest_of(content)}"
        return self.put(path, who, content=content, headers={"content-type": kind})


def errors_of(answer: httpx.Response) -> list[str]:
    """The codes in an error body."""
    document = answer.json()
    assert set(document) == {"errors"}
    return [error["code"] for error in document["errors"]]


class _InProcess(httpx.BaseTransport):
    """Runs the ASGI application, from its start to its end, on an event loop of its own."""

    def __init__(self, app: Application) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._runner = asyncio.Runner()
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._life = self._runner.run(self._started(app))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answered(request))

    def close(self) -> None:
        self._runner.run(self._ended())
        self._runner.close()

    async def _started(self, app: Application) -> "asyncio.Task[None]":
        answers: asyncio.Queue[Message] = asyncio.Queue()
        life = asyncio.ensure_future(app({"type": "lifespan"}, self._events.get, answers.put))
        await self._events.put({"type": "lifespan.startup"})
        assert (await answers.get())["type"] == "lifespan.startup.complete"
        return life

    async def _ended(self) -> None:
        await self._events.put({"type": "lifespan.shutdown"})
        await self._life

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await self._transport.handle_async_request(asked)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@contextlib.contextmanager
def in_process(home: Furnished) -> Iterator[Client]:
    """The doors without a socket."""
    app = build_application(home.house, open_log(io.StringIO()), Metrics())
    with httpx.Client(transport=_InProcess(app), base_url="http://registry.test") as http:
        yield Client(http)


@contextlib.contextmanager
def over_http(home: Furnished) -> Iterator[Client]:
    """The doors on a free port of loopback, served as `pratique serve` does."""
    where: list[str] = []
    ready = threading.Event()

    def started(host: str, port: int) -> None:
        where.append(f"http://{host}:{port}")
        ready.set()

    app = build_application(home.house, open_log(io.StringIO()), Metrics())
    server = build_server(app, "127.0.0.1", 0, ServerLimits(drain=2), wire=app.wire, on_started=started)
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    try:
        assert ready.wait(20)
        with httpx.Client(base_url=where[0]) as http:
            yield Client(http)
    finally:
        server.stop()
        thread.join(20)
