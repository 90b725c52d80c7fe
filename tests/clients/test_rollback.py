"""An older, admitted digest is pushed to a tag again: clients look before they push, and must not be misled."""

import pytest
from tests.clients.conftest import Gated, MakeImage, Use, UseDocker
from tests.clients.runners import Crane, Docker, Regctl
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


def test_regctl_must_be_told_to_push_what_it_sees_there(
    use: Use, gated: Gated, make_image: MakeImage
) -> None:
    """A documented limit (gate.md 4): it compares with a `pull` token, so it sees the admitted side."""
    app, project = gated.project.repository(), gated.project
    first, second = make_image("first"), make_image("second")
    crane, regctl = use(Crane, "crane", project.pusher), use(Regctl, "regctl", project.pusher)
    crane.push(first, f"{app}:1").succeeded()
    crane.push(first, f"{app}:older").succeeded()
    gated.signer.sign(app, first.digest)
    crane.push(second, f"{app}:1").succeeded()
    regctl.copy(f"{app}:older", f"{app}:1", force=True).succeeded()
    gated.signer.sign(app, second.digest)
    assert seen(use, project.puller, f"{app}:1") == first.digest, "the rollback came after the second push"


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
