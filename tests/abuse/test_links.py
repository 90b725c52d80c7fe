"""gate.md 6: a manifest is no way to blobs that its pusher may not link, and no list shows what is held back."""

import json
from typing import Any

import pytest
from tests.houses import OCI_CONFIG, OCI_INDEX, OCI_LAYER
from tests.scenes import Scene, index_of, new_scene, sbom
from tests.signing import Descriptor, descriptor_of

from pratique.errors import ManifestBlobUnknown, ManifestUnknown
from pratique.oci.digest import Digest, digest_of


def manifest_of(config: Descriptor, *layers: Descriptor) -> bytes:
    document: dict[str, Any] = {"schemaVersion": 2, "config": config, "layers": list(layers)}
    return json.dumps(document).encode()


def test_a_manifest_that_names_a_blob_of_another_repository(scene: Scene) -> None:
    """That its bytes lie in the store does not count: else knowing a digest would be having the blob."""
    secret = new_scene(scene.home)
    layer = json.loads(secret.image())["layers"][0]
    config = b'{"os":"linux"}'
    scene.home.blob(scene.repository, config)
    with pytest.raises(ManifestBlobUnknown, match=layer["digest"]):
        scene.put("1.0", manifest_of(descriptor_of(config, OCI_CONFIG), layer))
    with pytest.raises(ManifestUnknown):
        scene.pull("1.0", scene.developer)


def test_a_manifest_that_names_a_blob_that_nobody_has(scene: Scene) -> None:
    config = b'{"os":"linux"}'
    scene.home.blob(scene.repository, config)
    absent = descriptor_of(b"nobody has this", OCI_LAYER)
    with pytest.raises(ManifestBlobUnknown):
        scene.put("1.0", manifest_of(descriptor_of(config, OCI_CONFIG), absent))


def test_an_index_that_names_a_manifest_of_another_repository(scene: Scene) -> None:
    secret = new_scene(scene.home)
    child = secret.image()
    with pytest.raises(ManifestBlobUnknown):
        scene.put("1.0", index_of([child]), OCI_INDEX)


def test_evidence_that_names_a_blob_of_another_repository(scene: Scene) -> None:
    secret = new_scene(scene.home)
    document = b'{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"secret"}'
    secret.home.blob(secret.repository, document)
    content, _ = sbom(scene.image(), document)
    with pytest.raises(ManifestBlobUnknown):
        scene.put(digest_of(content), content)


def listed(scene: Scene, subject: bytes) -> list[Digest]:
    lister = scene.home.house.warehouse.lister
    found = lister.referrers(scene.repository, digest_of(subject), scene.guest, None)
    return [descriptor.digest for descriptor in found.descriptors]


def test_a_refused_referrer_of_an_admitted_subject_is_not_listed(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    document = scene.attach(sbom(image))
    refused = scene.image("evil", subject=descriptor_of(image))
    assert document in listed(scene, image)
    assert digest_of(refused) not in listed(scene, image)


def test_of_a_refused_subject_not_even_an_admitted_artifact_is_listed(scene: Scene) -> None:
    image = scene.image()
    referrer = scene.image(None, subject=descriptor_of(image))
    scene.sign(referrer)
    assert scene.is_let_out(referrer)
    assert listed(scene, image) == []


def test_a_refused_artifact_that_an_index_lists_at_the_fallback_tag_is_not_listed(scene: Scene) -> None:
    image, refused = scene.image(), scene.image(None)
    scene.sign(image)
    scene.index([refused], digest_of(image).replace(":", "-"))
    assert digest_of(refused) not in listed(scene, image)


def test_a_child_with_another_subject_is_no_referrer_of_this_one(scene: Scene) -> None:
    image, other = scene.image(), scene.image("2.0")
    for each in (image, other):
        scene.sign(each)
    foreign = sbom(other)
    scene.attach(foreign)
    scene.index([foreign[0]], digest_of(image).replace(":", "-"))
    assert digest_of(foreign[0]) not in listed(scene, image)


def test_an_admitted_indexs_attestation_children_are_listed_and_pulled(scene: Scene) -> None:
    """Containerd pulls them."""
    image = scene.image(None)
    attested = scene.image(None, subject=descriptor_of(image))
    note = {"vnd.docker.reference.type": "attestation-manifest"}
    index = scene.index([image, attested], "1.0", child_annotations=[None, note])
    scene.sign(index, media_type=OCI_INDEX)
    assert listed(scene, image) == [digest_of(attested)]
    assert scene.pull(attested) == attested


def test_evidence_of_a_missing_subject_is_not_listed(scene: Scene) -> None:
    missing = b"what never came"
    scene.attach(sbom(missing))
    assert listed(scene, missing) == []
