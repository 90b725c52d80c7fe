"""gate.md 2: the tag `<alg>-<hex>` has one side, and two writers at once lose no entry of its index."""

import json

from tests.scenes import Scene
from tests.signing import OCI_IMAGE, descriptor_of, sign_bundle

from pratique.errors import ManifestUnknown
from pratique.oci.digest import Digest, digest_of
from pratique.oci.names import fallback_tag_of
from pratique.registry.pull import known
from pratique.registry.store import manifests, tags

OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def evidence(scene: Scene, image: bytes) -> bytes:
    """One more piece of evidence, pushed by digest."""
    content, blobs = sign_bundle(scene.key, descriptor_of(image, OCI_IMAGE))
    for blob in blobs.values():
        scene.home.blob(scene.repository, blob)
    scene.home.put(scene.repository, digest_of(content), content)
    return content


def write_index(scene: Scene, image: bytes, *entries: bytes) -> None:
    """What a client writes that has read an empty tag."""
    listed = [descriptor_of(entry, OCI_IMAGE) for entry in entries]
    content = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}).encode()
    scene.home.put(scene.repository, fallback_tag_of(digest_of(image)), content, OCI_INDEX)


def listed_at_tag(scene: Scene, image: bytes) -> set[str]:
    with scene.home.house.stores.database.read() as tx:
        repository = known(tx, scene.repository)
        sides = tags.by_name(tx, repository.id, fallback_tag_of(digest_of(image)))
        if sides is None:
            return set()
        index = manifests.by_digest(tx, repository.id, sides.candidate)
        assert index is not None
        assert index.is_evidence
        return {each["digest"] for each in json.loads(manifests.body_of(tx, index.id))["manifests"]}


def digests(*contents: bytes) -> set[Digest]:
    return {digest_of(content) for content in contents}


def test_a_writer_that_read_too_early_takes_nothing_away(scene: Scene) -> None:
    image = scene.image("1.0")
    first, second = evidence(scene, image), evidence(scene, image)
    write_index(scene, image, first)
    write_index(scene, image, second)
    assert listed_at_tag(scene, image) == digests(first, second)


def test_an_entry_goes_with_its_manifest_and_the_tag_with_its_last_entry(scene: Scene) -> None:
    image = scene.image("1.0")
    first, second = evidence(scene, image), evidence(scene, image)
    write_index(scene, image, first, second)
    deleter, admin = scene.home.house.warehouse.deleter, scene.home.admin
    deleter.manifest(scene.repository, digest_of(first), admin)
    assert listed_at_tag(scene, image) == digests(second)
    deleter.manifest(scene.repository, digest_of(second), admin)
    assert listed_at_tag(scene, image) == set()
    third = evidence(scene, image)
    write_index(scene, image, third)
    assert listed_at_tag(scene, image) == digests(third)


def test_what_was_pushed_is_there_under_its_digest(scene: Scene) -> None:
    image = scene.image("1.0")
    first, second = evidence(scene, image), evidence(scene, image)
    write_index(scene, image, second)
    alone = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [descriptor_of(second, OCI_IMAGE)]}
    ).encode()
    with scene.home.house.stores.database.read() as tx:
        repository = known(tx, scene.repository)
        stored = manifests.by_digest(tx, repository.id, digest_of(alone))
    if stored is None:
        raise ManifestUnknown(digest_of(alone))
    assert listed_at_tag(scene, image) == digests(first, second)
