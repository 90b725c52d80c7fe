"""Fixtures for tests with real clients: the tools, accounts' homes, images, a docker daemon.

A tool that is not there skips the test and says why; with `PRATIQUE_TEST_REQUIRE=all` (CI) it
fails it.
"""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import pytest
from tests.clients import layout
from tests.clients.consumer import Consumer
from tests.clients.images import ImageLibrary
from tests.clients.layout import Image
from tests.clients.runners import Cosign, Docker, Dockerd, Home, KeyPair, Notation, Ran, SecondOpinion
from tests.clients.server import Account, Office, Project, Server
from tests.toolbox import Cache, Tool, Toolbox, ToolboxError
from tests.waiting import eventually

MAKING_TIMEOUT = 300
"""Seconds for a test that may be the first to ask for an image or a daemon."""

CLEARING_SECONDS = 10

_SLOW_FIXTURES = {"debian_image", "app_image", "dockerd", "dockerd_new", "use_docker"}

MakeHome = Callable[..., Home]
MakeImage = Callable[..., Image]
UseNotation = Callable[[Account], Notation]


class LogsIn(Protocol):
    """What is asked of a kind of client here."""

    def __init__(self, tool: Tool, home: Home) -> None: ...

    def login(self, registry: str, user: str, password: str) -> Ran:
        """Log in to a registry."""
        ...


Kind = TypeVar("Kind", bound=LogsIn)


class Use(Protocol):
    """Gives a client of a kind, at home and logged in as an account."""

    def __call__(self, kind: type[Kind], tool: str, account: Account | None) -> Kind:
        """`tool` is its name in the toolbox. Without account nobody is logged in."""
        ...


class UseDocker(Protocol):
    """Gives a docker client, logged in as an account, at the daemon of its own version."""

    def __call__(self, tool: str, account: Account | None) -> Docker:
        """`tool` is `docker` or `docker-new`."""
        ...


class Tools:
    """The tools of the table, each located once in a session."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.toolbox = toolbox
        self._found: dict[str, Tool | None] = {}

    def need(self, name: str) -> Tool:
        """The tool, or the end of the test: skipped, or failed where everything is required."""
        if name not in self._found:
            self._found[name] = self.toolbox.locate(name)
        if self.toolbox.rows[name].as_root and os.geteuid() != 0:
            missing(f"{name} is of use to root only")
        return self._found[name] or missing(self.toolbox.why_not(name))


def missing(reason: str) -> NoReturn:
    """End the test for want of something: a skip, or a failure where everything is required."""
    if os.environ.get("PRATIQUE_TEST_REQUIRE") == "all":
        pytest.fail(f"required, and missing: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give more time to tests that may have to make an image or start a daemon first."""
    for item in items:
        if _SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.timeout(MAKING_TIMEOUT))


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The tools of this machine: `tools.need("skopeo")`."""
    return Tools(Toolbox(Cache.default()))


@pytest.fixture
def make_home(tmp_path: Path, tools: Tools) -> Iterator[MakeHome]:
    """Makes the home of one account: `make_home("alice")`, over TLS with `ca=PATH`.

    Not below `tmp_path`: podman 4 takes no runroot whose path is longer than 50 characters.
    """
    folder = Path(tempfile.mkdtemp(prefix="home-", dir="/tmp"))

    def make(name: str, *, ca: Path | None = None) -> Home:
        return Home(folder / name, ca=ca, seen=(tmp_path, tools.toolbox.cache.root))

    yield make
    _remove(folder)


@pytest.fixture
def make_image(tmp_path: Path) -> MakeImage:
    """Makes a tiny image of its own digest: `make_image("a")`, or `make_image("a", index=True)`."""

    def make(name: str, *, index: bool = False) -> Image:
        write = layout.write_index if index else layout.write_image
        return write(tmp_path / "images" / name, {"hello": f"{name}\n".encode()})

    return make


@pytest.fixture(scope="session")
def debian_image(tools: Tools) -> Image:
    """Debian in one layer of some 60 MB."""
    return _made(tools, ImageLibrary(tools.toolbox).debian)


@pytest.fixture(scope="session")
def app_image(tools: Tools) -> Image:
    """Debian and a program, in two layers."""
    return _made(tools, ImageLibrary(tools.toolbox).app)


@pytest.fixture(scope="session")
def dockerd(tools: Tools) -> Iterator[Dockerd]:
    """Debian's docker daemon, with an image store of its own."""
    with Dockerd(tools.need("dockerd")) as daemon:
        yield daemon


@pytest.fixture(scope="session")
def dockerd_new(tools: Tools) -> Iterator[Dockerd]:
    """A newer docker daemon, its images in containerd's store: it stops at a refused HEAD."""
    with Dockerd(tools.need("dockerd-new"), containerd=True) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, of a module's tests together; each has projects of its own."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    """The management API of the module's server."""
    with contextlib.closing(Office(server)) as opened:
        yield opened


@pytest.fixture
def project(office: Office) -> Project:
    """A new project that asks for nothing."""
    return office.project()


@pytest.fixture
def new_home(make_home: MakeHome, server: Server) -> Callable[[str], Home]:
    """Makes a home for each client of the server, called after its tool."""
    numbers = itertools.count(1)
    return lambda tool: make_home(f"{tool}-{next(numbers)}", ca=server.ca)


@pytest.fixture
def use(tools: Tools, new_home: Callable[[str], Home], server: Server) -> Use:
    """See `Use`: `use(Skopeo, "skopeo-new", project.pusher)`."""

    def make(kind: type[Kind], tool: str, account: Account | None) -> Kind:
        client = kind(tools.need(tool), new_home(tool))
        if account is not None:
            client.login(server.host, account.name, account.secret).succeeded()
        return client

    return make


@pytest.fixture
def use_docker(
    tools: Tools, new_home: Callable[[str], Home], server: Server, request: pytest.FixtureRequest
) -> UseDocker:
    """See `UseDocker`."""

    def make(tool: str, account: Account | None) -> Docker:
        daemon: Dockerd = request.getfixturevalue({"docker": "dockerd", "docker-new": "dockerd_new"}[tool])
        client = Docker(tools.need(tool), new_home(tool), daemon.host)
        if account is not None:
            client.login(server.host, account.name, account.secret).succeeded()
        return client

    return make


@pytest.fixture
def use_notation(tools: Tools, new_home: Callable[[str], Home], server: Server) -> UseNotation:
    """Makes a notation that is logged in."""

    def make(account: Account) -> Notation:
        notation = Notation(tools.need("notation"), new_home("notation"))
        notation.use_login(server.host, account.name, account.secret)
        return notation

    return make


@pytest.fixture
def opinion(tools: Tools, make_home: MakeHome) -> SecondOpinion:
    """sigstore-go, to be asked of bundles."""
    return SecondOpinion(tools.need("second-opinion"), make_home("opinion"))


@dataclass
class Signer:
    """cosign as the pusher of a project that asks for signatures, and the key pair that the project trusts."""

    cosign: Cosign
    keys: KeyPair

    def sign(self, repository: str, digest: str) -> None:
        """Sign, in cosign's default format."""
        self.cosign.sign(f"{repository}@{digest}", self.keys.private).succeeded()


@dataclass
class Gated:
    """A project that asks for signatures, and who can give them."""

    project: Project
    signer: Signer


@pytest.fixture
def gated(office: Office, use: Use) -> Gated:
    """A new project that lets out only what is signed, by a key that exists already."""
    project = office.project("signed")
    cosign = use(Cosign, "cosign", project.pusher)
    keys = cosign.make_keys("release")
    project.trust(keys.pem)
    return Gated(project, Signer(cosign, keys))


@pytest.fixture
def consumer(server: Server, gated: Gated, tmp_path: Path) -> Consumer:
    """Somebody who pulls from that project."""
    return Consumer(server, gated.project, tmp_path)


def _remove(folder: Path) -> None:
    """Remove what clients have left; podman may still be clearing up after a container that ended."""

    def is_gone() -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    eventually(is_gone, CLEARING_SECONDS, otherwise=lambda: [*folder.rglob("*")][:10])


def _made(tools: Tools, make: Callable[[], Image]) -> Image:
    for name in ("mmdebstrap", "buildah", "umoci"):
        tools.need(name)
    try:
        return make()
    except ToolboxError as error:
        pytest.fail(str(error), pytrace=False)
