"""gate.md 1, "Narrowing never lags, widening may": what a call takes away is gone when it has returned."""

import json

import pytest
from tests.houses import OCI_INDEX
from tests.scenes import Scene, new_scene, sbom

from pratique.oci.digest import Digest, digest_of
from pratique.registry.ports import EvidenceClaim
from pratique.registry.store import manifests


def layer_of(image: bytes) -> Digest:
    return Digest(json.loads(image)["layers"][0]["digest"])


# --- removing a key -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_removing_a_key_takes_admitted_away_from_what_rested_on_it(scene: Scene, classic: bool) -> None:
    image = scene.image()
    evidence = scene.sign(image, classic=classic)
    document = scene.attach(sbom(image))
    scene.home.distrust(scene.project)
    for reference in ("1.0", digest_of(image), evidence, document):
        assert not scene.is_let_out(reference)
    assert not scene.lets_blob_out(layer_of(image))
    assert scene.state(image) == "QUARANTINED"


def test_removing_a_key_leaves_what_another_key_holds(scene: Scene) -> None:
    image = scene.image()
    other = scene.home.trust(scene.project, "second")
    scene.sign(image)
    scene.sign(image, other)
    scene.home.distrust(scene.project)
    assert scene.pull("1.0") == image


def test_removing_a_key_counts_in_every_repository_of_the_project(scene: Scene) -> None:
    elsewhere = scene.at("elsewhere")
    image, other = scene.image(), elsewhere.image()
    scene.sign(image)
    elsewhere.sign(other)
    scene.home.distrust(scene.project)
    assert not scene.is_let_out(image)
    assert not elsewhere.is_let_out(other)


def test_removing_a_key_leaves_other_projects_alone(scene: Scene) -> None:
    neighbour = new_scene(scene.home)
    image = neighbour.image()
    neighbour.sign(image)
    scene.home.distrust(scene.project)
    assert neighbour.pull("1.0") == image


def test_more_than_is_judged_at_once_is_refused_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.home.house.warehouse.desk._narrowing, "_at_once", 2)
    other = scene.home.trust(scene.project, "second")
    images = [scene.image(f"v{number}") for number in range(5)]
    for image in images:
        scene.sign(image)
        scene.sign(image, other)
    scene.home.distrust(scene.project)
    assert sum(scene.is_let_out(image) for image in images) == 2, "the others wait for the job"
    waiting = [image for image in images if not scene.is_let_out(image)]
    assert {scene.state(image) for image in waiting} == {"PENDING"}
    scene.home.work()
    assert all(scene.is_let_out(image) for image in images)


def test_adding_the_key_again_admits_by_a_job(scene: Scene) -> None:
    image = scene.image()
    scene.sign(image)
    scene.home.distrust(scene.project)
    scene.home.trust(scene.project)
    assert not scene.is_let_out(image), "widening may lag"
    scene.home.work()
    assert scene.is_let_out(image)


def test_a_key_that_came_after_its_signatures_admits_by_a_job(scene: Scene) -> None:
    image = scene.image()
    late = type(scene.key)()
    scene.sign(image, late)
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]
    name = f"late-{scene.project.name}"
    scene.home.keys[name] = late
    scene.home.trust(scene.project, name)
    scene.home.work()
    assert scene.state(image) == "ADMITTED"


def test_a_key_removed_while_evidence_is_verified_again_leaves_none_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job compares the keys that it verified with: where they moved it looks again, whoever moved them."""
    image = scene.image()
    late = type(scene.key)()
    scene.sign(image, late)
    name = f"late-{scene.project.name}"
    scene.home.keys[name] = late
    scene.home.trust(scene.project, name)
    verifier = scene.home.house.warehouse.rejudging._verifier
    verify = verifier.verify
    removed: list[bool] = []

    def verify_and_remove(claim: EvidenceClaim) -> object:
        found = verify(claim)
        if not removed:
            removed.append(True)
            scene.home.distrust(scene.project)
        return found

    monkeypatch.setattr(verifier, "verify", verify_and_remove)
    scene.home.work()
    assert removed
    assert scene.state(image) == "ADMITTED"


# --- open -> signed -----------------------------------------------------------------------------------------------


def test_open_to_signed_refuses_everything_with_no_job_run(
    open_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pratique.admission.switch.AT_ONCE", 0)
    plain, signed = open_scene.image("plain"), open_scene.image("signed")
    signature = open_scene.sign(signed)
    document = open_scene.attach(sbom(plain))
    index = open_scene.index([plain], "index")
    open_scene.home.turn(open_scene.project, "signed")
    for reference in ("plain", "signed", "index", plain, signed, index, signature, document):
        assert not open_scene.is_let_out(reference), reference
    for image in (plain, signed):
        assert not open_scene.lets_blob_out(layer_of(image))
    assert not open_scene.is_let_out("plain", open_scene.reads(open_scene.robot("pull")))


def test_open_to_signed_judges_what_was_pulled_last_at_once(open_scene: Scene) -> None:
    plain, signed = open_scene.image("plain"), open_scene.image("signed")
    open_scene.sign(signed)
    open_scene.home.turn(open_scene.project, "signed")
    assert (open_scene.state(signed), open_scene.state(plain)) == ("ADMITTED", "QUARANTINED")


def test_open_to_signed_admits_what_is_signed_by_a_job(
    open_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pratique.admission.switch.AT_ONCE", 0)
    plain, signed = open_scene.image("plain"), open_scene.image("signed")
    index = open_scene.index([signed], "index")
    open_scene.sign(signed)
    open_scene.home.turn(open_scene.project, "signed")
    assert open_scene.state(signed) == "PENDING", "it would be admitted, and is not judged yet"
    assert open_scene.state(plain) == "QUARANTINED"
    assert "NOT_EXAMINED" in open_scene.refusal(signed).phrase
    assert "SIGNATURE_MISSING" in open_scene.refusal(plain).phrase
    open_scene.home.work()
    assert open_scene.pull("signed") == signed
    assert not open_scene.is_let_out("plain")
    assert not open_scene.is_let_out(index)
    open_scene.sign(index, media_type=OCI_INDEX)
    assert open_scene.pull("index") == index


def test_what_is_signed_after_the_switch_needs_no_job(open_scene: Scene) -> None:
    image = open_scene.image()
    open_scene.home.turn(open_scene.project, "signed")
    open_scene.sign(image)
    assert open_scene.pull("1.0") == image


def test_signed_to_open_and_back_refuses_what_open_admitted(scene: Scene) -> None:
    image = scene.image()
    scene.home.turn(scene.project, "open")
    scene.home.work()
    assert scene.pull("1.0") == image
    scene.home.turn(scene.project, "signed")
    assert not scene.is_let_out(image)
    scene.home.work()
    assert not scene.is_let_out(image)


def test_signed_to_open_lets_blobs_out_at_once_and_manifests_by_a_job(scene: Scene) -> None:
    image = scene.image()
    scene.home.turn(scene.project, "open")
    assert scene.lets_blob_out(layer_of(image)), "where rules ask for nothing, every linked blob is let out"
    scene.home.work()
    assert scene.pull("1.0") == image


def test_a_verdict_under_an_older_generation_is_judged_again_most_recently_pulled_first(
    open_scene: Scene,
) -> None:
    images = [open_scene.image(f"v{number}") for number in range(3)]
    numbers = {open_scene.artifact(image).id: image for image in images}
    first = open_scene.artifact(images[1]).id
    database = open_scene.home.house.stores.database
    database.write(lambda tx: manifests.pulled(tx, {first: open_scene.home.clock.now()}))
    open_scene.home.turn(open_scene.project, "signed")
    with database.read() as tx:
        behind = manifests.behind(tx, open_scene.project.id, 99, open_scene.home.clock.now(), 10)
    assert [numbers[artifact.id] for artifact in behind] == [images[1], images[2], images[0]]


# --- deleting the signature ---------------------------------------------------------------------------------------


def test_deleting_the_signature_refuses_at_once(scene: Scene) -> None:
    image = scene.image()
    signature = scene.sign(image)
    document = scene.attach(sbom(image))
    scene.delete(signature)
    for reference in ("1.0", digest_of(image), document):
        assert not scene.is_let_out(reference)
    assert not scene.lets_blob_out(layer_of(image))
