"""gate.md 6, "copy by the API": as a pull from the source, and judged in its new home."""

import json

import pytest
from tests.houses import OCI_INDEX
from tests.scenes import EMPTY, EMPTY_TYPE, NUMBERS, Scene, attachment, new_scene, sbom

from pratique.db import Tx
from pratique.errors import Quarantined, QuotaExceeded
from pratique.oci.digest import digest_of
from pratique.oci.names import fallback_tag_of
from pratique.registry import Reader


def copied(scene: Scene, reference: str, reader: Reader | None = None, into: Scene | None = None) -> Scene:
    """Copy into a new repository of the same project, or of another; the scene of the copy."""
    target = (into or scene).at(f"copy{next(NUMBERS)}")
    copier = scene.home.house.warehouse.copier
    copier.copy(scene.repository, reference, reader or scene.guest, target.repository, scene.home.admin)
    return target


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_evidence_goes_with_it(scene: Scene, classic: bool) -> None:
    image = scene.image("1.0")
    signature = scene.sign(image, classic=classic)
    document = scene.attach(sbom(image))
    there = copied(scene, "1.0")
    assert there.pull("1.0") == image
    assert there.state(image) == "ADMITTED"
    assert there.artifact(signature).is_evidence
    assert there.is_let_out(document)


def test_a_copy_is_judged_in_its_new_home(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    stranger = new_scene(scene.home)
    scene.home.distrust(stranger.project)
    there = copied(scene, "1.0", into=stranger)
    assert there.state(image) == "QUARANTINED"
    assert not there.is_let_out("1.0")


def test_inspect_takes_nothing_away_even_where_all_its_blobs_are_let_out(scene: Scene) -> None:
    """Two manifests of the same blobs, of which one is signed."""
    scene.sign(scene.image("signed", "shared blobs"))
    refused = scene.image("refused", "shared blobs", annotations={"other": "manifest"})
    assert scene.is_let_out(refused, scene.developer)
    with pytest.raises(Quarantined):
        copied(scene, digest_of(refused), scene.developer)
    there = copied(scene, digest_of(refused), scene.reads(scene.home.admin))
    assert there.artifact(refused).digest == digest_of(refused)


def test_by_tag_everybody_copies_the_side_that_is_his(scene: Scene) -> None:
    admitted = scene.image("1.0")
    scene.sign(admitted)
    candidate = scene.image("1.0")
    assert copied(scene, "1.0").artifact(admitted).digest == digest_of(admitted)
    inspector = scene.reads(scene.robot("pull", "inspect"))
    with pytest.raises(Quarantined):
        copied(scene, "1.0", inspector)
    examiner = scene.reads(scene.robot("pull", "inspect", "examine"))
    assert copied(scene, "1.0", examiner).artifact(candidate).digest == digest_of(candidate)


def test_an_index_goes_with_its_children_and_its_fallback_tag(scene: Scene) -> None:
    child = scene.image(None)
    index = scene.index([child], "1.0")
    scene.sign(index, media_type=OCI_INDEX)
    document = sbom(index, subject_type=OCI_INDEX)
    scene.attach(document)
    tag = fallback_tag_of(digest_of(index))
    scene.index([document[0]], tag)
    there = copied(scene, "1.0")
    assert there.pull("1.0") == index
    assert there.pull(child) == child
    assert digest_of(document[0]) in there.pull(tag).decode()


def test_classic_evidence_that_was_overwritten_is_evidence_in_the_copy_too(scene: Scene) -> None:
    image = scene.image("1.0")
    older = scene.sign(image, classic=True)
    over = scene.attach_classic(attachment(None, [(EMPTY, EMPTY_TYPE)]), digest_of(image))
    there = copied(scene, "1.0")
    assert there.artifact(older).is_evidence
    assert there.state(image) == "ADMITTED"
    assert digest_of(there.pull(f"{fallback_tag_of(digest_of(image))}.sig")) == over, (
        "what came last is at the tag"
    )


def test_a_copy_counts_in_the_quota(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.sign(image)
    target = new_scene(scene.home)
    quotas = scene.home.house.departments.quotas

    def limit(tx: Tx) -> None:
        quotas.update(tx, scene.home.admin, quotas.of_project(tx, target.project.id).id, 10)

    scene.home.house.stores.database.write(limit)
    with pytest.raises(QuotaExceeded):
        copied(scene, "1.0", into=target)
    assert json.loads(image)["config"]["size"] > 10
