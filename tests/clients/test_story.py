"""The main job on real input, as the README tells it: refused with the reason, signed, let out.

`pytest -s tests/clients/test_story.py` prints what people see.
"""

from tests.clients.conftest import Use
from tests.clients.layout import Image
from tests.clients.runners import Client, Cosign, Ran, Skopeo
from tests.clients.server import Office


def as_on_a_terminal(client: Client, ran: Ran) -> str:
    """A command and what it said, without the folders of this test."""
    words = str(ran).replace(client.tool.argv()[-1], client.tool.name)
    return words.replace(f"{client.home.root}/", "")


def test_refused_signed_let_out(use: Use, office: Office, app_image: Image) -> None:
    project = office.project("signed")
    app = project.repository()
    builder, signer = use(Skopeo, "skopeo", project.pusher), use(Cosign, "cosign", project.pusher)
    keys, consumer = signer.make_keys("cosign"), use(Skopeo, "skopeo", project.puller)
    project.trust(keys.pem)

    pushed = builder.push(app_image, f"{app}:1.0").succeeded()
    refused = consumer.pull(f"{app}:1.0").failed()
    before = project.verdict("1.0")
    signed = signer.sign(f"{app}@{app_image.digest}", keys.private).succeeded()
    let_out = consumer.pull(f"{app}:1.0").succeeded()

    assert "denied: SIGNATURE_MISSING" in refused.err
    assert f"cosign sign --key cosign.key {app}@{app_image.digest}" in refused.err
    assert (before["state"], before["digest"]) == ("QUARANTINED", app_image.digest)
    assert before["reasons"][0]["code"] == "SIGNATURE_MISSING"
    assert project.verdict("1.0")["state"] == "ADMITTED"
    told = ((builder, pushed), (consumer, refused), (signer, signed), (consumer, let_out))
    lines = "\n\n".join(as_on_a_terminal(client, ran) for client, ran in told)
    lines = lines.replace(str(app_image.path), "app")
    print(f"\n{lines}")  # noqa: T201 - the README shows it
