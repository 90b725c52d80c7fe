"""podman, buildah and docker: clients with an image store of their own, and a build or a container on top.

docker 28 stops at a refused HEAD and prints the reason phrase; the others read the body of a GET.
"""

import json

import httpx
import pytest
from tests.clients.conftest import Gated, MakeImage, Use, UseDocker
from tests.clients.layout import Image
from tests.clients.runners import Buildah, Crane, Docker, Podman, Ran, Skopeo
from tests.clients.server import Account, Office, Project, Server

Engine = Podman | Buildah | Docker

STORING: dict[str, type[Podman] | type[Buildah]] = {
    "podman": Podman,
    "podman-new": Podman,
    "buildah": Buildah,
    "buildah-new": Buildah,
}
DOCKERS = ("docker", "docker-new")
SEES_HEAD_ONLY = ("docker-new",)
EVERY = pytest.mark.parametrize("tool", [*STORING, *DOCKERS])


class Engines:
    """Gives a client of any of these kinds, logged in as an account."""

    def __init__(self, use: Use, use_docker: UseDocker) -> None:
        self._use = use
        self._use_docker = use_docker

    def __call__(self, tool: str, account: Account | None) -> Engine:
        return self._use_docker(tool, account) if tool in DOCKERS else self._use(STORING[tool], tool, account)


@pytest.fixture
def engine(use: Use, use_docker: UseDocker) -> Engines:
    return Engines(use, use_docker)


def digest_of(server: Server, project: Project, reference: str) -> str:
    """The digest that `repository:tag` has in a project, as its puller sees it."""
    repository, _, tag = reference.partition(":")
    with server.client(project.puller) as http:
        answer = http.head(f"/v2/{project.name}/{repository}/manifests/{tag}")
    assert answer.status_code == httpx.codes.OK
    return answer.headers["docker-content-digest"]


def said_why(ran: Ran, tool: str, digest: str) -> None:
    """A refusal names the reason, and what to do about it where there is room to say so."""
    ran.failed()
    assert "SIGNATURE_MISSING" in ran.text, ran
    assert tool in SEES_HEAD_ONLY or f"@{digest}" in ran.text, ran


@EVERY
def test_logs_in_with_the_right_secret_only(
    engine: Engines, server: Server, project: Project, tool: str
) -> None:
    client, robot = engine(tool, None), project.puller
    client.login(server.host, robot.name, "Wrong-secret-1").failed()
    client.login(server.host, robot.name, robot.secret).succeeded()


@EVERY
def test_pushes_and_pulls_by_tag_and_by_digest(
    engine: Engines, server: Server, project: Project, make_image: MakeImage, tool: str
) -> None:
    app = project.repository()
    engine(tool, project.pusher).push(make_image("one"), f"{app}:1").succeeded()
    reader = engine(tool, project.puller)
    reader.pull(f"{app}:1").succeeded()
    reader.pull(f"{app}@{digest_of(server, project, 'app:1')}").succeeded()
    reader.pull(f"{app}:2").failed()


@EVERY
def test_pulls_its_platform_of_an_index(
    engine: Engines, use: Use, project: Project, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("multi", index=True), project.repository()
    use(Skopeo, "skopeo", project.pusher).push(image, f"{app}:1").succeeded()
    reader = engine(tool, project.puller)
    reader.pull(f"{app}:1").succeeded()
    reader.pull(f"{app}@{image.digest}").succeeded()
    reader.pull(f"{app}@{image.children[0]}").succeeded()


@EVERY
def test_copies_between_projects(
    engine: Engines, office: Office, server: Server, make_image: MakeImage, tool: str
) -> None:
    source, target = office.project(), office.project()
    origin, copy = f"{source.repository()}:1", f"{target.repository('copy')}:2"
    engine(tool, source.pusher).push(make_image("one"), origin).succeeded()
    both = engine(tool, office.user("carol", {source: "guest", target: "developer"}))
    both.pull(origin).succeeded()
    both.run("tag", origin, copy).succeeded()
    both.run("push", *_tls(tool), copy).succeeded()
    engine(tool, target.puller).pull(copy).succeeded()
    assert digest_of(server, target, "copy:2").startswith("sha256:")


@EVERY
def test_may_not_push_with_pull_alone(
    engine: Engines, project: Project, make_image: MakeImage, tool: str
) -> None:
    reader = engine(tool, project.puller)
    reader.push(make_image("one"), f"{project.repository()}:1").failed()


@EVERY
def test_is_told_why_until_it_is_signed(
    engine: Engines, use: Use, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("one", index=True), gated.project.repository()
    use(Skopeo, "skopeo", gated.project.pusher).push(image, f"{app}:1").succeeded()
    reader = engine(tool, gated.project.puller)
    said_why(reader.pull(f"{app}:1"), tool, image.digest)
    said_why(reader.pull(f"{app}@{image.digest}"), tool, image.digest)
    gated.signer.sign(app, image.digest)
    reader.pull(f"{app}:1").succeeded()
    reader.pull(f"{app}@{image.digest}").succeeded()


@EVERY
def test_pushes_again_to_a_project_that_asks_for_signatures(
    engine: Engines, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    # Blobs that are held back are asked for by HEAD before they are pushed a second time.
    app = gated.project.repository()
    client = engine(tool, gated.project.pusher)
    image = make_image("one")
    client.push(image, f"{app}:1").succeeded()
    client.push(make_image("two"), f"{app}:1").succeeded()
    client.push(image, f"{app}:2").succeeded()


@pytest.mark.parametrize("tool", ["podman", "podman-new"])
def test_lists_tags(use: Use, project: Project, make_image: MakeImage, tool: str) -> None:
    app = project.repository()
    client = use(Podman, tool, project.pusher)
    client.push(make_image("one"), f"{app}:one").succeeded()
    listed = client.run("search", "--tls-verify=false", "--list-tags", app).succeeded().out
    assert "one" in listed


@pytest.mark.parametrize("tool", ["podman", "podman-new", "buildah", "buildah-new"])
def test_pushes_an_index(use: Use, project: Project, make_image: MakeImage, tool: str) -> None:
    image, app = make_image("multi", index=True), project.repository()
    client = use(STORING[tool], tool, project.pusher)
    client.run("manifest", "create", "--all", "multi", f"oci:{image.path}:{image.tag}").succeeded()
    client.run("manifest", "push", "--all", "--tls-verify=false", "multi", f"docker://{app}:1").succeeded()
    # Layers are compressed anew on their way, so the children have other digests.
    listed = json.loads(use(Crane, "crane", project.puller).inspect(f"{app}:1").succeeded().out)
    assert [each["platform"]["architecture"] for each in listed["manifests"]] == ["amd64", "arm64"]
    use(STORING[tool], tool, project.puller).pull(f"{app}:1").succeeded()


@pytest.mark.parametrize("tool", ["buildah", "buildah-new"])
def test_builds_on_what_is_let_out_only(use: Use, gated: Gated, make_image: MakeImage, tool: str) -> None:
    image, base = make_image("base"), gated.project.repository("base")
    use(Skopeo, "skopeo", gated.project.pusher).push(image, f"{base}:1").succeeded()
    copy = f"{gated.project.repository()}:1"
    said_why(use(Buildah, tool, gated.project.puller).build(f"{base}:1", copy), tool, image.digest)
    # Whoever may push sees the manifest of a refused image, and not its blobs.
    builder = use(Buildah, tool, gated.project.pusher)
    builder.build(f"{base}:1", copy).failed()
    gated.signer.sign(base, image.digest)
    builder.build(f"{base}:1", copy).succeeded()


@pytest.mark.parametrize("tool", ["podman", "podman-new", "docker", "docker-new"])
def test_runs_a_real_image(engine: Engines, use: Use, gated: Gated, app_image: Image, tool: str) -> None:
    app = gated.project.repository()
    use(Skopeo, "skopeo", gated.project.pusher).push(app_image, f"{app}:1").succeeded()
    gated.signer.sign(app, app_image.digest)
    client = engine(tool, gated.project.puller)
    if isinstance(client, Podman):
        ran = client.start(f"{app}:1", "/usr/local/bin/app")
    else:
        ran = client.run("run", "--rm", "--network=none", f"{app}:1", "/usr/local/bin/app")
    assert "pratique" in ran.succeeded().out


def _tls(tool: str) -> list[str]:
    return [] if tool in DOCKERS else ["--tls-verify=false"]
