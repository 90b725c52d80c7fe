"""An older, admitted digest is pushed to a tag again: clients look before they push, and must not be misled."""

import pytest
from tests.clients.conftest import Gated, MakeImage, Use, UseDocker
from tests.clients.runners import Crane, Docker
from tests.clients.server import Account


def seen(use: Use, account: Account, reference: str) -> str:
    """The digest that a tag has for an account."""
    return use(Crane, "crane", account).digest(reference).succeeded().out.strip()


@pytest.mark.parametrize("is_second_signed", [True, False], ids=["of a good one", "of a refused one"])
def test_rolls_back_with_crane(use: Use, gated: Gated, make_image: MakeImage, is_second_signed: bool) -> None:
    app, project = gated.project.repository(), gated.project
    crane = use(Crane, "crane", project.pusher)
    first, second = make_image("first"), make_image("second")
    crane.push(first, f"{app}:1").succeeded()
    gated.signer.sign(app, first.digest)
    crane.push(second, f"{app}:1").succeeded()
    if is_second_signed:
        gated.signer.sign(app, second.digest)
        assert seen(use, project.puller, f"{app}:1") == second.digest
    crane.push(first, f"{app}:1").succeeded()
    assert seen(use, project.puller, f"{app}:1") == first.digest
    assert seen(use, project.pusher, f"{app}:1") == first.digest


@pytest.mark.parametrize("tool", ["docker", "docker-new"])
def test_rolls_back_with_docker(
    use: Use, use_docker: UseDocker, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    app, project = gated.project.repository(), gated.project
    docker: Docker = use_docker(tool, project.pusher)
    digests = []
    for version in ("first", "second"):
        docker.push(make_image(version), f"{app}:{version}").succeeded()
        digest = seen(use, project.pusher, f"{app}:{version}")
        gated.signer.sign(app, digest)
        digests.append(digest)
    for version, digest in (("first", digests[0]), ("second", digests[1]), ("first", digests[0])):
        docker.retag(f"{app}:{version}", f"{app}:latest").succeeded()
        docker.run("push", f"{app}:latest").succeeded()
        assert seen(use, project.puller, f"{app}:latest") == digest
    assert digests[0] != digests[1]
