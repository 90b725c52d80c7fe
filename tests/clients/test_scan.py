"""`pratique scan` of what real tools save, and of what they pushed: the same packages, whoever wrote the archive."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.clients import layout
from tests.clients.conftest import Use, UseDocker
from tests.clients.layout import Image
from tests.clients.runners import Podman, Skopeo
from tests.clients.server import Project, Server
from tests.osv import import_records
from tests.roots import ALPAQUITA

from pratique.cli import main
from pratique.clock import SystemClock

NAME = "example.org/scanned:1"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return import_records(tmp_path_factory.mktemp("data"), SystemClock().now())


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return layout.write_image(tmp_path / "image", dict(ALPAQUITA))


def scan(artifact: object, data: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["scan", str(artifact), "--data", str(data), "--format", "json", *more])


def found(result: Result) -> tuple[int, list[str], list[str]]:
    document: Any = json.loads(result.stdout)
    packages = [each["purl"].rpartition("/")[2].partition("@")[0] for each in document["packages"]]
    return result.exit_code, packages, [each["id"] for each in document["findings"]]


EXPECTED = (1, ["busybox", "libssl3"], ["BELL-CVE-2026-0003"])


@pytest.mark.parametrize("tool", ["docker", "docker-new"])
def test_what_docker_saves(use_docker: UseDocker, image: Image, data: Path, tool: str) -> None:
    client = use_docker(tool, None)
    client.load(image, NAME)
    path = client.home.root / "saved.tar"
    client.run("save", "--output", str(path), NAME).succeeded()
    assert found(scan(path, data)) == EXPECTED


@pytest.mark.parametrize("tool", ["podman", "podman-new"])
@pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
def test_what_podman_saves(use: Use, image: Image, data: Path, tool: str, form: str) -> None:
    client = use(Podman, tool, None)
    path = client.home.root / "saved.tar"
    client.run("pull", "--quiet", f"oci:{image.path}:{image.tag}").succeeded()
    (name,) = client.run("images", "--quiet").out.split()
    client.run("save", "--quiet", "--format", form, "--output", str(path), name).succeeded()
    assert found(scan(path, data)) == EXPECTED


def test_what_was_pushed(
    use: Use, server: Server, project: Project, image: Image, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked with the credentials that a real client left for docker."""
    app = project.repository()
    client = use(Skopeo, "skopeo", project.pusher)
    client.push(image, f"{app}:1").succeeded()
    folder = client.home.place("docker")
    pair = base64.b64encode(f"{project.puller.name}:{project.puller.secret}".encode()).decode()
    login = {"auths": {server.host: {"auth": pair}}}
    (folder / "config.json").write_text(json.dumps(login))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    assert found(scan(f"{app}:1", data, "--insecure-http")) == EXPECTED


def test_a_real_distribution(debian_image: Image, data: Path) -> None:
    """Debian 12, of which no source here knows anything: that is not the same as clean."""
    result = scan(debian_image.path, data)
    document: Any = json.loads(result.stdout)
    assert len(document["packages"]) > 80
    assert result.exit_code == 2
    assert document["errors"] == ["could not be examined: no current advisories for debian:12"]
