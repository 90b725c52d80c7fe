"""Harbor's words for evidence: an attestation is no signature."""

import json

import pytest
from tests.signing import BUNDLE, COSIGN_SIGN, CUSTOM, SIMPLE_SIGNING

from pratique.http.api.accessories import BILL, COSIGN, NOTATION, OTHER, PREDICATE, accessory_type


def manifest(**annotations: str) -> bytes:
    return json.dumps({"schemaVersion": 2, "annotations": annotations}).encode()


@pytest.mark.parametrize(
    ("predicate", "kind"),
    [
        (COSIGN_SIGN, COSIGN),
        ("https://cyclonedx.org/bom", BILL),
        ("https://cyclonedx.org/bom/v1.4", BILL),
        ("https://spdx.dev/Document/v2.3", BILL),
        ("https://cosign.sigstore.dev/attestation/vuln/v1", OTHER),
        ("https://openvex.dev/ns", OTHER),
        (CUSTOM, OTHER),
    ],
)
def test_a_bundle_is_what_it_says_that_it_attests(predicate: str, kind: str) -> None:
    assert accessory_type(BUNDLE, manifest(**{PREDICATE: predicate})) == kind


@pytest.mark.parametrize("content", [manifest(), b'{"schemaVersion": 2}', b'{"annotations": null}'])
def test_a_bundle_that_does_not_say_is_taken_for_a_signature(content: bytes) -> None:
    assert accessory_type(BUNDLE, content) == COSIGN


@pytest.mark.parametrize(
    ("artifact_type", "content", "kind"),
    [
        ("application/vnd.cncf.notary.signature", b"{}", NOTATION),
        ("application/vnd.dev.cosign.artifact.sig.v1+json", b"{}", COSIGN),
        ("", json.dumps({"layers": [{"mediaType": SIMPLE_SIGNING}]}).encode(), COSIGN),
        ("application/spdx+json", b"{}", OTHER),
    ],
)
def test_others_are_told_by_their_types(artifact_type: str, content: bytes, kind: str) -> None:
    assert accessory_type(artifact_type, content) == kind
