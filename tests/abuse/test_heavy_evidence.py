"""Evidence that is many: layers by the ten thousand, and evidence of evidence of evidence."""

import json
from typing import Any

import pytest
from tests.counting import counted_statements
from tests.scenes import EMPTY, EMPTY_TYPE, SPDX, SPDX_TYPE, Scene
from tests.signing import SIGNATURE, SIMPLE_SIGNING, classic_tag, descriptor_of, sign_bundle, simple_signing

from pratique.oci.digest import digest_of
from pratique.oci.evidence_shape import LAYER_COUNT_LIMIT, Scheme
from pratique.trust.verify import VERIFIERS

DEPTH = 25
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was given to a verifier, and not remembered."""
    items: list[Any] = []
    for scheme in (Scheme.COSIGN_SIMPLESIGNING, Scheme.COSIGN_BUNDLE):
        verify = VERIFIERS[scheme]

        def counting(*arguments: Any, ask: Any = verify) -> Any:
            items.append(arguments[0])
            return ask(*arguments)

        monkeypatch.setitem(VERIFIERS, scheme, counting)
    return items


@pytest.mark.parametrize("number", [LAYER_COUNT_LIMIT + 1, 10_000])
def test_a_classic_manifest_of_ten_thousand_layers(scene: Scene, verified: list[Any], number: int) -> None:
    """It is no evidence at all, not even where one of its layers is good: an artifact, which nobody signed."""
    image = scene.image("1.0")
    payload = simple_signing(digest_of(image))
    layers = [{**descriptor_of(payload, SIMPLE_SIGNING), "annotations": {SIGNATURE: "MEUC"}}] * number
    config = b'{"architecture":"","os":""}'
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": descriptor_of(config, "application/vnd.oci.image.config.v1+json"),
        "layers": layers,
    }
    content = json.dumps(document, separators=(",", ":")).encode()
    scene.attach(
        (content, {digest_of(blob): blob for blob in (config, payload)}), classic_tag(digest_of(image))
    )
    assert not scene.artifact(content).is_evidence
    assert not verified
    assert scene.codes(image) == ["SIGNATURE_MISSING"]
    assert scene.codes(content) == ["SIGNATURE_MISSING"]
    assert scene.refusal(content).phrase


def test_evidence_of_evidence_of_evidence(scene: Scene, verified: list[Any]) -> None:
    """Each is of the one before: none is looked at twice, and the last costs what the second did."""
    subject, costs = scene.image("1.0"), []
    chain = [subject]
    for _ in range(DEPTH):
        signed = sign_bundle(scene.key, descriptor_of(chain[-1]))
        for blob in signed[1].values():
            scene.home.blob(scene.repository, blob)
        with counted_statements() as statements:
            scene.put(digest_of(signed[0]), signed[0])
        costs.append(statements.count)
        chain.append(signed[0])
    assert len(verified) == DEPTH
    assert max(costs[2:]) <= costs[1]
    assert all(scene.artifact(content).is_evidence for content in chain[1:])
    assert scene.is_let_out(subject)
    assert [scene.is_let_out(content) for content in chain[:3]] == [True] * 3
    # How far evidence goes with a subject that is evidence itself has an end.
    assert not scene.is_let_out(chain[-1])
    assert scene.refusal(chain[-1]).phrase


def test_referrers_in_a_circle(scene: Scene, verified: list[Any]) -> None:
    """Tags name subjects from outside: three that are evidence of one another let nobody out."""
    made = []
    for number in range(3):
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE,
            "config": descriptor_of(EMPTY, EMPTY_TYPE),
            "layers": [descriptor_of(SPDX, SPDX_TYPE)],
            "annotations": {"number": str(number)},
        }
        made.append((json.dumps(document).encode(), {digest_of(EMPTY): EMPTY, digest_of(SPDX): SPDX}))
    for number, signed in enumerate(made):
        after = made[(number + 1) % 3][0]
        scene.attach(signed, f"{digest_of(after).replace(':', '-')}.sbom")
    for content, _ in made:
        assert scene.artifact(content).is_evidence
        assert scene.refusal(content).phrase
    assert not verified
