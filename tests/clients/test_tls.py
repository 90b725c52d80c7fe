"""Over TLS, with a certificate of an authority that only these clients know."""

from collections.abc import Iterator

import pytest
from tests.clients.authority import Authority
from tests.clients.conftest import Gated, MakeImage, Tools, Use, UseDocker
from tests.clients.runners import Buildah, Cosign, Crane, Dockerd, Helm, Oras, Podman, Regctl, Skopeo
from tests.clients.server import Project, Server

KINDS: dict[str, type[Skopeo | Crane | Oras | Regctl | Podman | Buildah]] = {
    "skopeo": Skopeo,
    "skopeo-new": Skopeo,
    "podman": Podman,
    "buildah-new": Buildah,
    "crane": Crane,
    "oras": Oras,
    "regctl": Regctl,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that speaks TLS."""
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, Authority(folder / "authority")) as running:
        yield running


@pytest.fixture(scope="module")
def dockerd(tools: Tools, server: Server) -> Iterator[Dockerd]:
    """Debian's docker daemon, told of the authority."""
    with Dockerd(tools.need("dockerd"), ca=server.ca) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def dockerd_new(tools: Tools, server: Server) -> Iterator[Dockerd]:
    """A newer docker daemon, told of the authority."""
    with Dockerd(tools.need("dockerd-new"), containerd=True, ca=server.ca) as daemon:
        yield daemon


@pytest.mark.parametrize("tool", KINDS)
def test_pushes_is_refused_and_pulls(use: Use, gated: Gated, make_image: MakeImage, tool: str) -> None:
    app, project = gated.project.repository(), gated.project
    use(KINDS[tool], tool, project.pusher).push(make_image("one"), f"{app}:1").succeeded()
    reader = use(KINDS[tool], tool, project.puller)
    assert "SIGNATURE_MISSING" in reader.pull(f"{app}:1").failed().text
    digest = use(Crane, "crane", project.pusher).digest(f"{app}:1").succeeded().out.strip()
    gated.signer.sign(app, digest)
    reader.pull(f"{app}:1").succeeded()
    use(Cosign, "cosign", project.puller).verify(f"{app}:1", gated.signer.keys.public).succeeded()


def test_helm_pushes_and_pulls(use: Use, project: Project) -> None:
    writer = use(Helm, "helm", project.pusher)
    writer.push(writer.package("demo"), project.at).succeeded()
    use(Helm, "helm", project.puller).pull(project.repository("demo")).succeeded()


@pytest.mark.parametrize("tool", ["docker", "docker-new"])
def test_docker_pushes_and_pulls(
    use_docker: UseDocker, project: Project, make_image: MakeImage, tool: str
) -> None:
    app = project.repository()
    use_docker(tool, project.pusher).push(make_image("one"), f"{app}:1").succeeded()
    use_docker(tool, project.puller).pull(f"{app}:1").succeeded()


def test_a_stranger_to_the_authority_turns_away(
    use: Use, project: Project, make_image: MakeImage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    app = project.repository()
    use(Skopeo, "skopeo", project.pusher).push(make_image("one"), f"{app}:1").succeeded()
    stranger = use(Skopeo, "skopeo", project.puller)
    stranger.home.ca = Authority(tmp_path_factory.mktemp("other")).certificate
    assert "certificate" in stranger.inspect(f"{app}:1").failed().text
