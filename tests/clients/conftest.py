"""Fixtures for tests with real clients: the tools, accounts' homes, images, a docker daemon.

A tool that is not there skips the test and says why; with `PRATIQUE_TEST_REQUIRE=all` (CI) it
fails it.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from tests.clients import layout
from tests.clients.images import ImageLibrary
from tests.clients.layout import Image
from tests.clients.runners import Dockerd, Home
from tests.toolbox import Cache, Tool, Toolbox, ToolboxError

MAKING_TIMEOUT = 300
"""Seconds for a test that may be the first to ask for an image or a daemon."""

_SLOW_FIXTURES = {"debian_image", "app_image", "dockerd", "dockerd_new"}

MakeHome = Callable[..., Home]
MakeImage = Callable[..., Image]


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
    with tempfile.TemporaryDirectory(prefix="home-", dir="/tmp") as folder:

        def make(name: str, *, ca: Path | None = None) -> Home:
            return Home(Path(folder) / name, ca=ca, seen=(tmp_path, tools.toolbox.cache.root))

        yield make


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


def _made(tools: Tools, make: Callable[[], Image]) -> Image:
    for name in ("mmdebstrap", "buildah", "umoci"):
        tools.need(name)
    try:
        return make()
    except ToolboxError as error:
        pytest.fail(str(error), pytrace=False)
