"""The index at `sha256-<hex>` that older ways of attaching read, add to and write back (gate.md 2)."""

import concurrent.futures
import json
from collections.abc import Callable

import pytest
from tests.clients.conftest import Gated, MakeImage, Tools, Use
from tests.clients.layout import INDEX
from tests.clients.runners import Crane, Home, Notation, Oras, Ran
from tests.clients.server import Admission, Office, Project, Server

ROUNDS = 3
NOTE = "application/spdx+json"
SIGNATURE = "application/vnd.cncf.notary.signature"
BY_TAG = "--distribution-spec=v1.1-referrers-tag"


NotationOf = Callable[[Project], Notation]


@pytest.fixture
def notation_of(tools: Tools, new_home: Callable[[str], Home], server: Server) -> NotationOf:
    """Gives a notation with a key, logged in as the pusher of a project."""

    def make(project: Project) -> Notation:
        client = Notation(tools.need("notation"), new_home("notation"))
        client.use_login(server.host, project.pusher.name, project.pusher.secret)
        client.make_key("release").succeeded()
        return client

    return make


def attach(client: Oras, subject: str, number: int) -> Ran:
    """Attach a note the way that is for registries without the referrers API."""
    note = client.home.root / f"note-{number}.spdx.json"
    note.write_text(json.dumps({"spdxVersion": "SPDX-2.3", "name": f"note {number}"}))
    plain = ["attach", "--plain-http=true", BY_TAG, "--artifact-type", NOTE]
    return client.run(*plain, subject, note.name)


def kinds_at_tag(client: Crane, app: str, digest: str) -> list[str]:
    """The artifact types in the index at the tag of a subject, each entry of which must be there."""
    index = json.loads(client.inspect(f"{app}:{digest.replace(':', '-')}").succeeded().out)
    assert index["mediaType"] == INDEX
    for each in index["manifests"]:
        entry = json.loads(client.inspect(f"{app}@{each['digest']}").succeeded().out)
        assert entry["subject"]["digest"] == digest
    return sorted(each["artifactType"] for each in index["manifests"])


def kinds_by_api(client: Oras, subject: str) -> list[str]:
    """The artifact types that the referrers API lists."""
    found = json.loads(client.discover(subject).succeeded().out)
    return sorted(each["artifactType"] for each in found["referrers"])


@pytest.mark.parametrize("admission", ["open", "signed"])
def test_two_writers_add_to_one_index(
    use: Use, office: Office, notation_of: NotationOf, make_image: MakeImage, admission: Admission
) -> None:
    # What is refused is signed too: its index must not be hidden from those who add to it.
    project, image = office.project(admission), make_image("one")
    app, subject = project.repository(), f"{project.repository()}@{image.digest}"
    crane, writer = use(Crane, "crane", project.pusher), use(Oras, "oras", project.pusher)
    crane.push(image, f"{app}:1").succeeded()
    signer = notation_of(project)
    for number in range(ROUNDS):
        signer.sign(subject).succeeded()
        attach(writer, subject, number).succeeded()
    expected = sorted([NOTE, SIGNATURE] * ROUNDS)
    assert kinds_at_tag(crane, app, image.digest) == expected
    assert kinds_by_api(writer, subject) == expected


@pytest.mark.parametrize("cose", [False, True], ids=["jws", "cose"])
def test_who_may_pull_verifies_with_notation_what_is_let_out(
    use: Use, gated: Gated, notation_of: NotationOf, make_image: MakeImage, cose: bool
) -> None:
    image, app = make_image("one"), gated.project.repository()
    use(Crane, "crane", gated.project.pusher).push(image, f"{app}:1").succeeded()
    notation, subject = notation_of(gated.project), f"{app}@{image.digest}"
    notation.sign(subject, cose=cose).succeeded()
    notation.believe("release").succeeded()
    puller = gated.project.puller
    notation.use_login(app.partition("/")[0], puller.name, puller.secret)
    assert "403" in notation.verify(subject).failed().text, "the gate asks for a signature that it can verify"
    gated.signer.sign(app, image.digest)
    notation.verify(subject).succeeded()


def test_two_writers_at_once_lose_nothing(
    use: Use, project: Project, notation_of: NotationOf, make_image: MakeImage
) -> None:
    # Both read, add and write without a condition, so that the tag may miss an entry; the API may not.
    image, app = make_image("one"), project.repository()
    crane, writer = use(Crane, "crane", project.pusher), use(Oras, "oras", project.pusher)
    crane.push(image, f"{app}:1").succeeded()
    signer, subject = notation_of(project), f"{app}@{image.digest}"
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        for number in range(ROUNDS):
            runs = [both.submit(signer.sign, subject), both.submit(attach, writer, subject, number)]
            for run in runs:
                run.result().succeeded()
    expected = sorted([NOTE, SIGNATURE] * ROUNDS)
    assert kinds_by_api(writer, subject) == expected
    assert set(kinds_at_tag(crane, app, image.digest)) <= set(expected)
    # The next writer alone reads what is there and keeps it.
    before = kinds_at_tag(crane, app, image.digest)
    signer.sign(subject).succeeded()
    assert kinds_at_tag(crane, app, image.digest) == sorted([*before, SIGNATURE])
