"""containerd itself, by its command line ctr: it stops at a refused HEAD and prints the reason phrase."""

from collections.abc import Callable, Iterator

import pytest
from tests.clients.conftest import Gated, MakeImage, Tools, Use
from tests.clients.runners import Containerd, Crane, Ctr, Home
from tests.clients.server import Account, Office

EVERY = pytest.mark.parametrize("tool", ["ctr", "ctr-new"])

UseCtr = Callable[[str, Account], Ctr]


@pytest.fixture(scope="module")
def containerd(tools: Tools) -> Iterator[Containerd]:
    """Debian's containerd."""
    with Containerd(tools.need("containerd")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def containerd_new(tools: Tools) -> Iterator[Containerd]:
    """A newer containerd."""
    with Containerd(tools.need("containerd-new")) as daemon:
        yield daemon


@pytest.fixture
def use_ctr(tools: Tools, new_home: Callable[[str], Home], request: pytest.FixtureRequest) -> UseCtr:
    """Gives a ctr that works as an account, at the daemon of its own version."""

    def make(tool: str, account: Account) -> Ctr:
        daemon: Containerd = request.getfixturevalue({"ctr": "containerd", "ctr-new": "containerd_new"}[tool])
        return Ctr(tools.need(tool), new_home(tool), daemon, account.name, account.secret)

    return make


@EVERY
def test_is_told_why_until_it_is_signed(
    use: Use, use_ctr: UseCtr, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    image, app = make_image("multi", index=True), gated.project.repository()
    use(Crane, "crane", gated.project.pusher).push(image, f"{app}:1").succeeded()
    reader = use_ctr(tool, gated.project.puller)
    for reference in (f"{app}:1", f"{app}@{image.digest}", f"{app}@{image.children[0]}"):
        refused = reader.pull(reference).failed()
        assert "SIGNATURE_MISSING" in refused.text, refused
    gated.signer.sign(app, image.digest)
    for reference in (f"{app}:1", f"{app}@{image.digest}", f"{app}@{image.children[0]}"):
        reader.pull(reference).succeeded()


@EVERY
def test_copies_between_projects(
    use: Use, use_ctr: UseCtr, office: Office, make_image: MakeImage, tool: str
) -> None:
    source, target, image = office.project(), office.project(), make_image("one")
    origin, copy = f"{source.repository()}:1", f"{target.repository('copy')}:2"
    use(Crane, "crane", source.pusher).push(image, origin).succeeded()
    both = use_ctr(tool, office.user("carol", {source: "guest", target: "developer"}))
    both.pull(origin).succeeded()
    both.retag(origin, copy).succeeded()
    both.push(copy).succeeded()
    assert use(Crane, "crane", target.puller).digest(copy).succeeded().out.strip() == image.digest
