"""The summary that the registry signs, before slsa-verifier.

It takes seven steps (SLSA, verification summary, how to verify), and ends here in the last: of the levels of the
specification it does not know the one that says that no level was judged. So all that it can say of a right summary is
that nothing else is wrong with it.
"""

import json
from pathlib import Path

from tests.clients.admitted import admitted, admitted_elsewhere
from tests.clients.conftest import Gated, MakeHome, MakeImage, Tools, Use
from tests.clients.consumer import Consumer
from tests.clients.runners import Client, Ran
from tests.clients.server import Office

VSA = "https://slsa.dev/verification_summary/v1"
UNKNOWN_LEVEL = "invalid SLSA level: SLSA_BUILD_LEVEL_UNEVALUATED"


class SlsaVerifier(Client):
    """slsa-verifier with a public key."""

    def verify(self, summary: Path, key: Path, digest: str, resource: str, verifier: str) -> Ran:
        """Verify that a summary says so of a digest."""
        return self.run(
            "verify-vsa",
            *("--subject-digest", digest, "--attestation-path", str(summary)),
            *("--verifier-id", verifier, "--resource-uri", resource),
            *("--public-key-path", str(key)),
        )


def test_slsa_verifier_finds_everything_else_right(
    tools: Tools,
    make_home: MakeHome,
    use: Use,
    gated: Gated,
    consumer: Consumer,
    make_image: MakeImage,
    office: Office,
) -> None:
    image, swapped = make_image("one"), make_image("swapped")
    app = admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    (bundle,) = consumer.bundles(image.digest, VSA)
    summary = bundle.with_name("summary.intoto.jsonl")
    summary.write_text(json.dumps(json.loads(bundle.read_text())["dsseEnvelope"]))
    key, verifier = consumer.key("verdict.pub"), f"{consumer.server.url}/verifier/v1"
    asked = SlsaVerifier(tools.need("slsa-verifier"), make_home("slsa"))
    right = asked.verify(summary, key, image.digest, app, verifier)
    assert right.status == 0 or UNKNOWN_LEVEL in right.text, right
    refused = {
        "expected digest not found": asked.verify(summary, key, swapped.digest, app, verifier),
        "resource URI mismatch": asked.verify(summary, key, image.digest, f"{app}2", verifier),
        "verifier ID mismatch": asked.verify(summary, key, image.digest, app, f"{verifier}2"),
    }
    for reason, run in refused.items():
        assert reason in run.failed().text
    other = admitted_elsewhere(use, office, gated, consumer, make_image)
    for wrong in (consumer.key("cosign.pub"), other.key("verdict.pub")):
        run = asked.verify(summary, wrong, image.digest, app, verifier).failed()
        assert "verifying envelope" in run.text
