"""skopeo, crane, oras and regctl: clients that move images between registries and folders, byte for byte."""

import shutil

import pytest
from tests.clients import layout
from tests.clients.conftest import Gated, MakeImage, Use
from tests.clients.layout import Image
from tests.clients.runners import Crane, Oras, Ran, Regctl, Skopeo
from tests.clients.server import ADMIN, Account, Office, Project, Server

Copier = Skopeo | Crane | Oras | Regctl

KINDS: dict[str, type[Skopeo] | type[Crane] | type[Oras] | type[Regctl]] = {
    "skopeo": Skopeo,
    "skopeo-new": Skopeo,
    "crane": Crane,
    "oras": Oras,
    "regctl": Regctl,
}
CATALOGUING: dict[str, type[Crane] | type[Oras] | type[Regctl]] = {
    "crane": Crane,
    "oras": Oras,
    "regctl": Regctl,
}
COPYING_REFERRERS: dict[str, type[Oras] | type[Regctl]] = {"oras": Oras, "regctl": Regctl}
PRINT_WARNINGS = ("skopeo-new", "crane", "oras", "regctl")
EVERY = pytest.mark.parametrize("tool", KINDS)


def copier(use: Use, tool: str, account: Account | None) -> Copier:
    return use(KINDS[tool], tool, account)


def gets(client: Copier, reference: str, digest: str) -> None:
    """What a reference names can be pulled, and is that digest."""
    into = client.home.place("pulled") / digest.removeprefix("sha256:")
    client.pull(reference, into).succeeded()
    # oras lists the children of an index too.
    assert digest in layout.entries(into)
    shutil.rmtree(into)


def said_why(ran: Ran, image: Image) -> None:
    """A refusal names the reason and what to do about it."""
    ran.failed()
    assert "SIGNATURE_MISSING" in ran.text, ran
    assert f"@{image.digest}" in ran.text, ran


@EVERY
def test_logs_in_with_the_right_secret_only(
    use: Use, server: Server, project: Project, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("one"), project.repository()
    copier(use, tool, project.pusher).push(image, f"{app}:1").succeeded()
    client = copier(use, tool, None)
    client.inspect(f"{app}:1").failed()
    if tool != "crane":  # crane writes down what it is given
        client.login(server.host, project.puller.name, "Wrong-secret-1").failed()
    client.login(server.host, project.puller.name, project.puller.secret).succeeded()
    client.inspect(f"{app}:1").succeeded()


@EVERY
def test_pushes_and_pulls_by_tag_and_by_digest(
    use: Use, project: Project, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("one"), project.repository()
    copier(use, tool, project.pusher).push(image, f"{app}:1").succeeded()
    reader = copier(use, tool, project.puller)
    gets(reader, f"{app}:1", image.digest)
    gets(reader, f"{app}@{image.digest}", image.digest)


@EVERY
def test_an_index_keeps_its_digest_and_its_children(
    use: Use, project: Project, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("multi", index=True), project.repository()
    copier(use, tool, project.pusher).push(image, f"{app}:1").succeeded()
    reader = copier(use, tool, project.puller)
    gets(reader, f"{app}:1", image.digest)
    gets(reader, f"{app}@{image.children[1]}", image.children[1])


@EVERY
def test_copies_between_projects(use: Use, office: Office, make_image: MakeImage, tool: str) -> None:
    source, target = office.project(), office.project()
    image = make_image("one", index=True)
    copier(use, tool, source.pusher).push(image, f"{source.repository()}:1").succeeded()
    both = copier(use, tool, office.user("carol", {source: "guest", target: "developer"}))
    both.copy(f"{source.repository()}:1", f"{target.repository('copy')}:2").succeeded()
    reader = copier(use, tool, target.puller)
    gets(reader, f"{target.repository('copy')}:2", image.digest)


@EVERY
def test_lists_tags_and_deletes(use: Use, project: Project, make_image: MakeImage, tool: str) -> None:
    image, app = make_image("one"), project.repository()
    client = copier(use, tool, project.pusher)
    for tag in ("one", "two"):
        client.push(image, f"{app}:{tag}").succeeded()
    listed = client.tags(app).succeeded().out
    assert "one" in listed
    assert "two" in listed
    client.delete(f"{app}@{image.digest}").succeeded()
    client.inspect(f"{app}@{image.digest}").failed()
    client.inspect(f"{app}:two").failed()


@EVERY
def test_pulls_from_a_public_project_without_login(
    use: Use, office: Office, make_image: MakeImage, tool: str
) -> None:
    project, image = office.project(public=True), make_image("one")
    copier(use, tool, project.pusher).push(image, f"{project.repository()}:1").succeeded()
    nobody = copier(use, tool, None)
    gets(nobody, f"{project.repository()}:1", image.digest)
    nobody.push(make_image("two"), f"{project.repository()}:2").failed()


@EVERY
def test_may_not_push_or_delete_with_pull_alone(
    use: Use, project: Project, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("one"), project.repository()
    copier(use, tool, project.pusher).push(image, f"{app}:1").succeeded()
    reader = copier(use, tool, project.puller)
    reader.push(make_image("two"), f"{app}:2").failed()
    reader.delete(f"{app}@{image.digest}").failed()
    gets(reader, f"{app}:1", image.digest)


@EVERY
def test_is_told_why_until_it_is_signed(use: Use, gated: Gated, make_image: MakeImage, tool: str) -> None:
    image, app = make_image("one", index=True), gated.project.repository()
    copier(use, tool, gated.project.pusher).push(image, f"{app}:1").succeeded()
    reader = copier(use, tool, gated.project.puller)
    said_why(reader.pull(f"{app}:1"), image)
    said_why(reader.pull(f"{app}@{image.digest}"), image)
    said_why(reader.inspect(f"{app}:1"), image)
    said_why(reader.copy(f"{app}:1", f"{app}:2"), image)
    gated.signer.sign(app, image.digest)
    gets(reader, f"{app}:1", image.digest)
    gets(reader, f"{app}@{image.children[0]}", image.children[0])


@pytest.mark.parametrize("tool", PRINT_WARNINGS)
def test_warns_the_pusher_of_what_others_will_not_get(
    use: Use, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("one"), gated.project.repository()
    client = copier(use, tool, gated.project.pusher)
    client.push(image, f"{app}:1").succeeded()
    ran = client.inspect(f"{app}@{image.digest}").succeeded()
    assert "SIGNATURE_MISSING" in ran.err, ran


def test_head_alone_says_why_too(use: Use, gated: Gated, make_image: MakeImage) -> None:
    image, app = make_image("one"), gated.project.repository()
    use(Crane, "crane", gated.project.pusher).push(image, f"{app}:1").succeeded()
    oras, regctl = use(Oras, "oras", gated.project.puller), use(Regctl, "regctl", gated.project.puller)
    for ran in (oras.resolve(f"{app}:1"), oras.discover(f"{app}:1"), regctl.digest(f"{app}:1")):
        assert "SIGNATURE_MISSING" in ran.failed().text, ran


@pytest.mark.parametrize("tool", CATALOGUING)
def test_lists_repositories(
    use: Use, server: Server, project: Project, make_image: MakeImage, tool: str
) -> None:
    copier(use, tool, project.pusher).push(make_image("one"), f"{project.repository()}:1").succeeded()
    kind = CATALOGUING[tool]
    assert f"{project.name}/app" in use(kind, tool, ADMIN).catalog(server.host).succeeded().out
    use(kind, tool, project.puller).catalog(server.host).failed()


def test_oras_attaches_and_discovers(use: Use, project: Project, make_image: MakeImage) -> None:
    image, app = make_image("one"), project.repository()
    client = use(Oras, "oras", project.pusher)
    client.push(image, f"{app}:1").succeeded()
    note = client.home.root / "note.spdx.json"
    note.write_text('{"spdxVersion": "SPDX-2.3"}')
    client.attach(f"{app}:1", "application/spdx+json", note).succeeded()
    assert "application/spdx+json" in client.discover(f"{app}@{image.digest}").succeeded().out
    listed = use(Regctl, "regctl", project.puller).referrers(f"{app}:1").succeeded().out
    assert "application/spdx+json" in listed


@pytest.mark.parametrize("tool", COPYING_REFERRERS)
def test_copies_referrers_with_their_image(
    use: Use, office: Office, make_image: MakeImage, tool: str
) -> None:
    source, target = office.project(), office.project()
    image = make_image("one")
    writer = use(Oras, "oras", source.pusher)
    writer.push(image, f"{source.repository()}:1").succeeded()
    note = writer.home.root / "note.spdx.json"
    note.write_text('{"spdxVersion": "SPDX-2.3"}')
    writer.attach(f"{source.repository()}:1", "application/spdx+json", note).succeeded()
    both = use(
        COPYING_REFERRERS[tool],
        tool,
        office.user("dave", {source: "guest", target: "developer"}),
    )
    both.copy(f"{source.repository()}:1", f"{target.repository()}:1", referrers=True).succeeded()
    found = use(Oras, "oras", target.puller).discover(f"{target.repository()}@{image.digest}").succeeded()
    assert "application/spdx+json" in found.out
