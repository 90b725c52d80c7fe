"""gate.md 1, States: what stands when a push has returned."""

import pytest
from tests.scenes import Scene, new_scene
from tests.signing import sign_classic

from pratique.oci.digest import digest_of
from pratique.registry.store import manifests, repositories

SCHEMES = pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])


def due_jobs(scene: Scene) -> int:
    """Run what is due; how many jobs there were."""
    return scene.home.work()


def test_under_open_the_verdict_is_admitted_in_the_transaction_of_the_push(open_scene: Scene) -> None:
    image = open_scene.image()
    assert open_scene.state(image) == "ADMITTED"
    assert open_scene.pull("1.0") == image


def test_signed_with_no_good_evidence_is_quarantined_there_and_then(scene: Scene) -> None:
    image = scene.image()
    assert scene.state(image) == "QUARANTINED"
    assert scene.codes(image) == ["SIGNATURE_MISSING"]


@SCHEMES
def test_with_evidence_that_came_first_it_is_admitted(scene: Scene, classic: bool) -> None:
    elsewhere = new_scene(scene.home)
    image = elsewhere.image(seed="first")
    scene.sign(image, classic=classic)
    assert scene.image(seed="first") == image
    assert scene.state(image) == "ADMITTED"
    assert scene.pull("1.0") == image


@SCHEMES
def test_when_the_put_of_a_signature_returns_the_verdict_stands(scene: Scene, classic: bool) -> None:
    due_jobs(scene)
    image = scene.image()
    scene.sign(image, classic=classic)
    assert scene.state(image) == "ADMITTED"
    assert scene.sides("1.0") is not None
    assert scene.pull("1.0") == image


def test_a_push_enqueues_no_job_where_nothing_must_be_read_later(scene: Scene) -> None:
    due_jobs(scene)
    scene.sign(scene.image())
    assert due_jobs(scene) == 0


def test_a_project_that_trusts_no_key_says_so(scene: Scene) -> None:
    scene.home.distrust(scene.project)
    image = scene.image()
    assert scene.codes(image) == ["NO_TRUSTED_KEYS"]


@SCHEMES
def test_pushing_the_same_again_changes_nothing(scene: Scene, classic: bool) -> None:
    image = scene.image()
    evidence = scene.sign(image, classic=classic)
    scene.put("1.0", image)
    assert scene.state(image) == "ADMITTED"
    again = scene.artifact(evidence)
    assert again.is_evidence
    assert again.subject == digest_of(image)


def test_a_signature_by_an_unknown_key_admits_nothing_until_one_counts(scene: Scene) -> None:
    image = scene.image()
    stranger = type(scene.key)()
    scene.sign(image, stranger)
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]
    scene.sign(image)
    assert scene.state(image) == "ADMITTED"


def test_a_second_signature_appended_to_the_classic_tag_counts(scene: Scene) -> None:
    image = scene.image()
    stranger = type(scene.key)()
    scene.attach_classic(sign_classic(stranger, subject=digest_of(image)), digest_of(image))
    assert scene.state(image) == "QUARANTINED"
    scene.attach_classic(sign_classic(stranger, scene.key, subject=digest_of(image)), digest_of(image))
    assert scene.state(image) == "ADMITTED"


def test_two_robots_sign_one_digest_in_both_formats(scene: Scene) -> None:
    image = scene.image()
    first, second = scene.robot("pull", "push"), scene.robot("pull", "push")
    other = scene.home.trust(scene.project, "second")
    scene.sign(image, by=first)
    scene.sign(image, other, classic=True, by=second)
    assert scene.state(image) == "ADMITTED"
    scene.home.distrust(scene.project, "release")
    assert scene.state(image) == "ADMITTED", "the other robot's signature still counts"
    scene.home.distrust(scene.project, "second")
    assert scene.state(image) == "QUARANTINED"


def test_the_verdict_is_stored_with_its_reasons_and_digests(scene: Scene) -> None:
    image = scene.image()
    before = scene.opinion(image)
    scene.sign(image)
    after = scene.opinion(image)
    assert [reason.code for reason in after.reasons] == ["SIGNED"]
    assert after.policy_digest == before.policy_digest
    assert after.evidence_digest != before.evidence_digest
    assert after.trust_digest == before.trust_digest
    assert after.judged_at == scene.home.clock.now()


def test_a_switch_that_is_harbors_own_sets_admission(open_scene: Scene) -> None:
    """`enable_content_trust_cosign: "true"` sets `admission: signed`."""
    image = open_scene.image()
    projects, database = open_scene.home.house.departments.projects, open_scene.home.house.stores.database
    database.write(
        lambda tx: projects.update(
            tx,
            open_scene.home.admin,
            projects.get(tx, open_scene.project.id),
            {"enable_content_trust_cosign": "true"},
        )
    )
    assert not open_scene.is_let_out(image)


def test_judging_later_what_was_deleted_meanwhile_does_nothing(scene: Scene) -> None:
    image = scene.image()
    number = scene.artifact(image).id
    scene.delete(digest_of(image))
    scene.home.house.warehouse.rejudging.judge_one({"manifest_id": number})
    with scene.home.house.stores.database.read() as tx:
        repository = repositories.by_name(tx, scene.repository)
        assert repository is not None
        assert manifests.by_digest(tx, repository.id, digest_of(image)) is None
