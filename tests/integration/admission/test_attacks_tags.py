"""Attacks with tags of evidence: what lies under them is swapped, renamed, deleted, or comes from the registry."""

import json
from typing import Any

import pytest
from tests.countersigned import ours, taken, work
from tests.scenes import EMPTY, EMPTY_TYPE, Scene, attachment, sbom
from tests.signing import (
    SIMPLE_SIGNING,
    Signed,
    SigningKey,
    classic_tag,
    descriptor_of,
    sign_bundle,
    sign_classic,
)

from pratique.bootstrap.house import build
from pratique.errors import Quarantined
from pratique.oci.digest import Digest, digest_of


@pytest.fixture
def admitted(scene: Scene) -> tuple[Scene, bytes, Signed]:
    """An image that is admitted by a classic signature."""
    image = scene.image()
    signed = sign_classic(scene.key, subject=digest_of(image))
    scene.attach_classic(signed, digest_of(image))
    assert scene.is_let_out(image)
    return scene, image, signed


def strangers(image: bytes) -> Signed:
    return sign_classic(SigningKey(), subject=digest_of(image))


def empty(_: bytes) -> Signed:
    return attachment(None, [(EMPTY, EMPTY_TYPE)])


def of_another(_: bytes) -> Signed:
    return sign_classic(SigningKey(), subject=digest_of(b"another image"))


@pytest.mark.parametrize("swap", [strangers, empty, of_another])
def test_swapping_the_sig_tag_neither_refuses_an_image_nor_keeps_it_when_its_signature_goes(
    admitted: tuple[Scene, bytes, Signed], swap: object
) -> None:
    scene, image, signed = admitted
    assert callable(swap)
    scene.attach_classic(swap(image), digest_of(image))
    assert scene.is_let_out(image), "nobody quarantines production by pushing an empty .sig"
    scene.home.work()
    assert scene.is_let_out(image)
    scene.delete(digest_of(signed[0]))
    assert not scene.is_let_out(image)


def test_deleted_evidence_is_missed_by_the_next_request_of_every_process(
    admitted: tuple[Scene, bytes, Signed],
) -> None:
    scene, image, signed = admitted
    second = build(scene.home.house.settings, scene.home.clock)
    pull = second.warehouse.puller.manifest
    assert pull(scene.repository, digest_of(image), scene.guest).content == image
    scene.delete(digest_of(signed[0]))
    with pytest.raises(Quarantined):
        pull(scene.repository, digest_of(image), scene.guest)
    assert not scene.is_let_out("1.0")
    scene.attach_classic(signed, digest_of(image))
    assert scene.is_let_out(image)
    second.close()


def test_deleting_the_tag_of_evidence_deletes_no_evidence(admitted: tuple[Scene, bytes, Signed]) -> None:
    scene, image, _ = admitted
    tag = classic_tag(digest_of(image))
    scene.home.house.warehouse.deleter.tag(scene.repository, tag, scene.home.admin)
    scene.home.work()
    assert scene.is_let_out(image)


def test_signatures_of_two_images_in_one_manifest_count_for_the_one_it_is_evidence_of(scene: Scene) -> None:
    image, other = scene.image(), scene.image("other")
    manifests: list[dict[str, Any]] = []
    blobs: dict[Digest, bytes] = {}
    for subject in (image, other):
        manifest, found = sign_classic(scene.key, subject=digest_of(subject))
        manifests.append(json.loads(manifest))
        blobs |= found
    first, second = manifests
    first["layers"] += second["layers"]
    first["config"] = descriptor_of(EMPTY, EMPTY_TYPE)
    both = json.dumps(first).encode(), {**blobs, digest_of(EMPTY): EMPTY}
    scene.attach_classic(both, digest_of(image))
    assert scene.is_let_out(image)
    assert not scene.is_let_out(other)
    scene.attach_classic(both, digest_of(other))
    assert scene.is_let_out(image)


def test_a_subject_and_a_tag_that_disagree(scene: Scene) -> None:
    """The signature is of neither, whichever of the two says what the manifest is about."""
    image, other, third = scene.image(), scene.image("other"), scene.image("third")
    manifest, blobs = sign_classic(scene.key, subject=digest_of(third))
    document = {**json.loads(manifest), "subject": descriptor_of(image)}
    scene.attach((json.dumps(document).encode(), blobs), classic_tag(digest_of(other)))
    assert not any(scene.is_let_out(each) for each in (image, other, third))


def test_an_artifact_that_was_admitted_is_not_turned_to_evidence_to_stay_so(scene: Scene) -> None:
    """As evidence of another image it would be let out with that one, when its own admission has ended."""
    image, cargo = scene.image(), sbom(None)
    scene.sign(image)
    scene.attach(cargo)
    evidence = scene.attach(sign_bundle(scene.key, descriptor_of(cargo[0])))
    assert scene.is_let_out(cargo[0])
    scene.attach(cargo, classic_tag(digest_of(image)).replace(".sig", ".sbom"))
    scene.delete(evidence)
    assert not scene.is_let_out(cargo[0])


def test_a_payload_under_the_annotations_of_another_layer(scene: Scene) -> None:
    """The signature of one payload beside another, which names what is wanted."""
    image, other = scene.image(), scene.image("other")
    signed, wanted = (
        sign_classic(key, subject=digest_of(subject))
        for key, subject in ((scene.key, image), (SigningKey(), other))
    )
    document, source = json.loads(wanted[0]), json.loads(signed[0])
    assert document["layers"][0]["mediaType"] == SIMPLE_SIGNING
    document["layers"][0]["annotations"] = source["layers"][0]["annotations"]
    scene.attach_classic((json.dumps(document).encode(), wanted[1]), digest_of(other))
    assert not scene.is_let_out(other)


def test_what_the_registry_wrote_and_somebody_pushed_again_is_missed_when_it_goes(
    admitted: tuple[Scene, bytes, Signed],
) -> None:
    """The registry's own manifest at the tag has the vendor's layer too; it goes quietly when a tag is added."""
    scene, image, signed = admitted
    work(scene.home)
    tag = classic_tag(digest_of(image))
    sides = scene.sides(tag)
    assert sides is not None
    written = next(one for one in ours(scene, image) if one.digest == sides.candidate)
    scene.attach(taken(scene, written), tag)
    scene.delete(digest_of(signed[0]))
    assert scene.is_let_out(image), "the vendor's layer lies here too, and was received"
    scene.put("2.0", image)
    work(scene.home)
    assert written.digest not in {one.digest for one in ours(scene, image)}
    assert not scene.is_let_out(image)
