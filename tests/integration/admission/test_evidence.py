"""gate.md 2, Evidence is not cargo: what is evidence, what it may do, and what takes it away."""

import json

import pytest
from tests.houses import OCI_CONFIG, OCI_IMAGE, OCI_INDEX, OCI_LAYER
from tests.scenes import EMPTY, EMPTY_TYPE, SPDX, SPDX_TYPE, Scene, attachment, index_of, sbom
from tests.signing import Signed, attest_bundle, classic_tag, descriptor_of, sign_bundle, sign_classic

from pratique.errors import ManifestUnknown
from pratique.oci.digest import digest_of
from pratique.oci.names import fallback_tag_of

NOTATION = "application/vnd.cncf.notary.signature"
JWS = json.dumps({"payload": "e30", "protected": "e30", "header": {}, "signature": "AA"}).encode()


def tag_of(content: bytes, suffix: str) -> str:
    return f"{fallback_tag_of(digest_of(content))}.{suffix}"


# --- what it is ---------------------------------------------------------------------------------------------------


def test_evidence_is_let_out_exactly_when_its_subject_is_to_the_same_principals(scene: Scene) -> None:
    image = scene.image()
    attached = scene.attach(sbom(image))
    assert scene.artifact(attached).is_evidence
    assert not scene.is_let_out(attached)
    assert scene.is_let_out(attached, scene.developer)
    signature = scene.sign(image)
    assert scene.is_let_out(attached)
    assert scene.is_let_out(signature)
    scene.delete(signature)
    assert not scene.is_let_out(attached)


def test_evidence_makes_only_its_own_blobs_reachable(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    scene.attach(sbom(image))
    scene.home.blob(scene.repository, b"a layer that nothing names")
    assert scene.lets_blob_out(digest_of(SPDX))
    assert scene.lets_blob_out(digest_of(EMPTY))
    assert not scene.lets_blob_out(digest_of(b"a layer that nothing names"))


def test_evidence_never_releases_anything_by_being_there(scene: Scene) -> None:
    image = scene.image()
    scene.attach(sbom(image))
    scene.attach(attachment(image, [(EMPTY, EMPTY_TYPE)], artifactType="application/vnd.example.release"))
    assert scene.codes(image) == ["SIGNATURE_MISSING"]


def test_evidence_never_gates_anything_by_being_there(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    scene.sign(image, type(scene.key)())
    scene.attach(attest_bundle(scene.key, descriptor_of(image)))
    assert scene.state(image) == "ADMITTED"


@pytest.mark.parametrize("suffix", ["sig", "att", "sbom"])
def test_what_is_pushed_to_an_evidence_tag_is_evidence_without_naming_a_subject(
    scene: Scene, suffix: str
) -> None:
    image = scene.image()
    attached = scene.attach(sbom(None), tag_of(image, suffix))
    found = scene.artifact(attached)
    assert (found.is_evidence, found.subject) == (True, digest_of(image))


@pytest.mark.parametrize(
    "config",
    [(EMPTY, EMPTY_TYPE), (b'{"architecture":""}', OCI_CONFIG), (b"{}", NOTATION)],
    ids=["empty", "image config", "notation"],
)
def test_its_config_is_the_empty_json_an_image_config_or_notations(
    scene: Scene, config: tuple[bytes, str]
) -> None:
    image = scene.image()
    found = scene.artifact(scene.attach(attachment(image, [(JWS, "application/jose+json")], config)))
    assert found.is_evidence
    scene.sign(image)
    assert scene.lets_blob_out(digest_of(config[0])), "it counts as one of its parsed blobs"


@pytest.mark.parametrize(
    ("layers", "config"),
    [
        ([(b"#!/bin/sh\n", OCI_LAYER)], (EMPTY, EMPTY_TYPE)),
        ([(SPDX, SPDX_TYPE), (b"#!/bin/sh\n", OCI_LAYER)], (EMPTY, EMPTY_TYPE)),
        ([(b"\x1f\x8b no document", SPDX_TYPE)], (EMPTY, EMPTY_TYPE)),
        ([(b"{} ", EMPTY_TYPE)], (EMPTY, EMPTY_TYPE)),
        ([], (EMPTY, EMPTY_TYPE)),
        ([(SPDX, SPDX_TYPE)], (b"\x7fELF", OCI_CONFIG)),
        ([(SPDX, SPDX_TYPE)], (b"{}", "application/vnd.example.config")),
        ([(SPDX, SPDX_TYPE)], (b'{"a":"' + b"a" * 65_536 + b'"}', OCI_CONFIG)),
    ],
    ids=[
        "a layer of an image",
        "one layer of two",
        "does not parse",
        "not the empty descriptor",
        "no layers",
        "config does not parse",
        "another config",
        "config too large",
    ],
)
def test_anything_else_with_a_subject_is_an_artifact_and_judged_as_itself(
    scene: Scene, layers: list[tuple[bytes, str]], config: tuple[bytes, str]
) -> None:
    image = scene.image()
    scene.sign(image)
    attached = scene.attach(attachment(image, layers, config))
    assert not scene.artifact(attached).is_evidence
    assert scene.codes(attached) == ["SIGNATURE_MISSING"]
    assert not scene.is_let_out(attached)


def test_an_artifact_with_a_subject_can_be_signed_itself(scene: Scene) -> None:
    image = scene.image()
    content, blobs = attachment(image, [(b"#!/bin/sh\n", OCI_LAYER)])
    attached = scene.attach((content, blobs))
    scene.sign(content)
    assert scene.is_let_out(attached)
    assert not scene.is_let_out(image)


def test_evidence_of_evidence_follows_what_the_inner_one_speaks_of(scene: Scene) -> None:
    """A signed SBOM: `cosign sign` and `notation sign` take the digest of any manifest."""
    image = scene.image()
    inner, blobs = sbom(image)
    scene.attach((inner, blobs))
    outer_signed = sign_bundle(scene.key, descriptor_of(inner))
    outer = scene.attach(outer_signed)
    assert scene.state(image) == "QUARANTINED"
    assert not scene.is_let_out(outer)
    assert scene.opinion(outer).digest == digest_of(image)
    assert scene.refusal(outer).detail["digest"] == digest_of(image)
    scene.sign(image)
    assert scene.is_let_out(outer)
    assert all(scene.lets_blob_out(blob) for blob in outer_signed[1])


# --- what is missing ----------------------------------------------------------------------------------------------


def test_evidence_with_a_missing_subject_stays_in_until_that_comes(scene: Scene) -> None:
    image = scene.image("1.0", "to be deleted")
    signature = scene.sign(image)
    attached = scene.attach(sbom(image))
    scene.delete(digest_of(image))
    for evidence in (signature, attached):
        assert "SUBJECT_MISSING" in scene.refusal(evidence).phrase
        assert scene.is_let_out(evidence, scene.developer)
    assert not scene.lets_blob_out(digest_of(SPDX))
    scene.image("1.0", "to be deleted")
    assert scene.is_let_out(attached)


def test_where_a_project_asks_for_nothing_evidence_with_a_missing_subject_is_let_out(
    open_scene: Scene,
) -> None:
    nobody = b"what never came"
    attached = open_scene.attach(sbom(nobody))
    assert open_scene.is_let_out(attached)
    tagged = open_scene.attach(sbom(nobody, annotations={"a": "b"}), "documents")
    assert open_scene.pull("documents") == open_scene.pull(tagged)


# --- what takes it away -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_deleting_evidence_judges_its_subject_again(scene: Scene, classic: bool) -> None:
    image = scene.image()
    signature = scene.sign(image, classic=classic)
    scene.delete(signature)
    assert scene.codes(image) == ["SIGNATURE_MISSING"]
    assert not scene.is_let_out("1.0")


@pytest.mark.parametrize("empty", [True, False], ids=["an empty .sig", "somebody else's signature"])
def test_overwriting_a_classic_tag_does_not_remove_evidence(scene: Scene, empty: bool) -> None:
    image = scene.image()
    older = scene.sign(image, classic=True)
    over = attachment(None, [(EMPTY, EMPTY_TYPE)])
    if not empty:
        over = sign_classic(type(scene.key)(), subject=digest_of(image))
    scene.attach_classic(over, digest_of(image))
    assert scene.state(image) == "ADMITTED"
    assert scene.artifact(older).is_evidence
    scene.delete(older)
    assert scene.state(image) == "QUARANTINED", "the older manifest counted until it was deleted"


def test_deleting_an_evidence_tag_leaves_the_evidence(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image, classic=True)
    tag = classic_tag(digest_of(image))
    scene.home.house.warehouse.deleter.tag(scene.repository, tag, scene.home.admin)
    assert scene.state(image) == "ADMITTED"
    with pytest.raises(ManifestUnknown):
        scene.pull(tag)


# --- manifests that come twice ------------------------------------------------------------------------------------


def test_classic_evidence_that_came_by_digest_is_evidence_when_its_tag_comes(scene: Scene) -> None:
    """Copying tools push by digest first and tag then."""
    image = scene.image()
    signed = sign_classic(scene.key, subject=digest_of(image))
    by_digest = scene.attach(signed)
    assert not scene.artifact(by_digest).is_evidence
    scene.put(classic_tag(digest_of(image)), signed[0])
    assert scene.artifact(by_digest).is_evidence
    assert scene.state(image) == "ADMITTED"
    assert scene.pull(classic_tag(digest_of(image))) == signed[0]


def test_an_admitted_artifact_is_not_taken_away_by_calling_it_evidence(scene: Scene) -> None:
    content, blobs = sbom(None)
    scene.attach((content, blobs), "document")
    scene.sign(content)
    assert scene.pull("document") == content
    scene.put(f"sha256-{'f' * 64}.sbom", content)
    assert not scene.artifact(content).is_evidence
    assert scene.pull("document") == content


def test_what_is_pulled_by_a_tag_of_its_own_is_not_taken_away_either(open_scene: Scene) -> None:
    content, blobs = sbom(None)
    open_scene.attach((content, blobs), "document")
    open_scene.put(f"sha256-{'f' * 64}.sbom", content)
    assert not open_scene.artifact(content).is_evidence


def test_evidence_is_not_taken_from_its_subject_by_pushing_it_to_another_tag(scene: Scene) -> None:
    image, other = scene.image(), scene.image("2.0")
    signed = sign_classic(scene.key, subject=digest_of(image))
    scene.attach_classic(signed, digest_of(image))
    scene.put(classic_tag(digest_of(other)), signed[0])
    assert scene.state(image) == "ADMITTED"
    assert scene.state(other) == "QUARANTINED"


def test_a_signature_that_somebody_parked_at_another_tag_counts_where_it_belongs(scene: Scene) -> None:
    image, other = scene.image(), scene.image("2.0")
    signed = sign_classic(scene.key, subject=digest_of(image))
    scene.attach_classic(signed, digest_of(other))
    assert (scene.state(image), scene.state(other)) == ("QUARANTINED", "QUARANTINED")
    scene.put(classic_tag(digest_of(image)), signed[0])
    assert (scene.state(image), scene.state(other)) == ("ADMITTED", "QUARANTINED")


# --- tags of evidence ---------------------------------------------------------------------------------------------


def children_of(*contents: Signed) -> list[bytes]:
    return [content for content, _ in contents]


def test_an_index_at_the_fallback_tag_whose_children_are_evidence_is_evidence(scene: Scene) -> None:
    image = scene.image()
    signed, document = sign_bundle(scene.key, descriptor_of(image)), sbom(image)
    for each in (signed, document):
        scene.attach(each)
    index = scene.index(children_of(signed, document), fallback_tag_of(digest_of(image)))
    found = scene.artifact(index)
    assert (found.is_evidence, found.subject) == (True, digest_of(image))
    assert scene.pull(fallback_tag_of(digest_of(image))) == index


def test_the_fallback_index_of_a_refused_subject_stays_in(scene: Scene) -> None:
    image = scene.image()
    document = sbom(image)
    scene.attach(document)
    tag = fallback_tag_of(digest_of(image))
    index = scene.index(children_of(document), tag)
    assert not scene.is_let_out(tag)
    assert scene.pull(tag, scene.developer) == index, "notation reads, adds and writes"


def test_the_fallback_tag_has_one_side(scene: Scene) -> None:
    """Two sides would lose entries: whoever adds one must read the last index, admitted or not."""
    image = scene.image()
    scene.sign(image)
    first, second = sbom(image), sbom(image, annotations={"second": "yes"})
    tag = fallback_tag_of(digest_of(image))
    for known in ([first], [first, second]):
        scene.attach(known[-1])
        scene.index(children_of(*known), tag)
        listed = {each["digest"] for each in json.loads(scene.pull(tag))["manifests"]}
        # The signature too, that this writer did not know of: see test_referrers_tag.
        assert listed > {digest_of(each) for each in children_of(*known)}
    sides = scene.sides(tag)
    assert sides is not None
    assert sides.is_single


def test_an_image_at_the_fallback_tag_is_an_artifact(scene: Scene) -> None:
    """`cosign copy` does that."""
    image = scene.image()
    tag = fallback_tag_of(digest_of(image))
    scene.put(tag, image)
    assert not scene.artifact(image).is_evidence
    assert not scene.is_let_out(tag)
    scene.sign(image)
    assert scene.pull(tag) == image


@pytest.mark.parametrize("foreign", ["an image", "evidence of another"])
def test_an_index_at_the_fallback_tag_with_foreign_children_is_an_artifact(
    scene: Scene, foreign: str
) -> None:
    image, other = scene.image(), scene.image("2.0")
    scene.sign(image)
    document, others = sbom(image), sbom(other)
    for each in (document, others):
        scene.attach(each)
    children = [document[0], other if foreign == "an image" else others[0]]
    tag = fallback_tag_of(digest_of(image))
    index = index_of(children)
    scene.put(tag, index, OCI_INDEX)
    assert not scene.artifact(index).is_evidence
    assert not scene.is_let_out(tag)


def test_evidence_at_an_ordinary_tag_follows_its_subject_and_hides_nothing(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    other = scene.image(None)
    attached = scene.attach(sbom(other), "1.0")
    assert scene.pull("1.0") == image, "a colleague's pull does not break"
    scene.sign(other)
    assert digest_of(scene.pull("1.0")) == attached


def test_an_image_manifest_of_dockers_kind_can_be_signed(scene: Scene) -> None:
    config, layer = b'{"os":"linux"}', b"docker layer"
    for blob in (config, layer):
        scene.home.blob(scene.repository, blob)
    docker = "application/vnd.docker.distribution.manifest.v2+json"
    content = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": docker,
            "config": descriptor_of(config, "application/vnd.docker.container.image.v1+json"),
            "layers": [descriptor_of(layer, "application/vnd.docker.image.rootfs.diff.tar.gzip")],
        }
    ).encode()
    scene.put("1.0", content, docker)
    scene.sign(content, media_type=docker)
    assert scene.pull("1.0") == content
    assert scene.artifact(content).media_type != OCI_IMAGE
