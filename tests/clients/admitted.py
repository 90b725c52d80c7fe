"""Images of vendors that a project has admitted."""

from tests.clients.conftest import Gated, MakeImage, Use
from tests.clients.consumer import Consumer
from tests.clients.layout import Image
from tests.clients.runners import Cosign, Crane
from tests.clients.server import Office


def admitted(use: Use, gated: Gated, image: Image, *tags: str, classic: bool = False) -> str:
    """Push and sign an image of a vendor; the repository's reference."""
    app, crane = gated.project.repository(), use(Crane, "crane", gated.project.pusher)
    for tag in tags:
        crane.push(image, f"{app}:{tag}").succeeded()
    gated.signer.cosign.sign(f"{app}@{image.digest}", gated.signer.keys.private, classic=classic).succeeded()
    return app


def admitted_elsewhere(
    use: Use, office: Office, gated: Gated, consumer: Consumer, make_image: MakeImage
) -> Consumer:
    """Another project that has admitted something, so that it has keys."""
    project = office.project("signed")
    project.trust(gated.signer.keys.pem)
    image = make_image("elsewhere")
    app = project.repository()
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    cosign = use(Cosign, "cosign", project.pusher)
    cosign.sign(f"{app}@{image.digest}", gated.signer.keys.private).succeeded()
    other = Consumer(consumer.server, project, consumer.folder)
    other.wait_until_signed(image.digest)
    return other
