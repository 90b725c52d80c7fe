"""gate.md 1, "Dates narrow too", and what dates let come: `valid_from` and `valid_until` of keys."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.databases import Place
from tests.houses import OCI_INDEX, furnish
from tests.scenes import Scene, new_scene, sbom
from tests.signing import SigningKey, descriptor_of, sign_bundle

from pratique.bootstrap.house import build
from pratique.bootstrap.starting import catch_up
from pratique.clock import HOUR, Moment
from pratique.errors import Quarantined
from pratique.oci.digest import Digest


def in_(scene: Scene, microseconds: int) -> Moment:
    return Moment(scene.home.clock.now() + microseconds)


def trust(scene: Scene, **dates: Moment) -> SigningKey:
    name = f"dated-{scene.project.name}-{'-'.join(dates)}"
    return scene.home.trust(scene.project, name, **dates)


@pytest.fixture
def dated(scene: Scene) -> tuple[Scene, bytes]:
    """An image that is admitted for an hour."""
    key = trust(scene, valid_until=in_(scene, HOUR))
    image = scene.image()
    scene.sign(image, key)
    scene.home.work()  # what is to come is the work of the date alone
    return scene, image


def test_from_valid_until_on_it_is_not_admitted_with_no_job_run(dated: tuple[Scene, bytes]) -> None:
    scene, image = dated
    layer = Digest(json.loads(image)["layers"][0]["digest"])
    document = scene.attach(sbom(image))
    scene.home.clock.advance(3_599)
    assert scene.pull("1.0") == image
    scene.home.clock.advance(1)
    for reference in ("1.0", image, document):
        assert not scene.is_let_out(reference)
    assert not scene.lets_blob_out(layer)
    assert scene.state(image) == "QUARANTINED"
    assert "KEY_EXPIRED" in scene.refusal("1.0").phrase


def test_what_is_let_out_says_until_when_it_may_be_kept_warm(dated: tuple[Scene, bytes]) -> None:
    scene, image = dated
    puller = scene.home.house.warehouse.puller
    ends = scene.opinion(image).valid_until
    pulled = puller.manifest(scene.repository, "1.0", scene.guest)
    assert pulled.passage.until == ends == in_(scene, HOUR)
    layer = Digest(json.loads(image)["layers"][0]["digest"])
    assert puller.blob(scene.repository, layer, scene.guest).passage.until == ends


def test_a_child_lapses_with_what_its_parent_passes_on(scene: Scene) -> None:
    key = trust(scene, valid_until=in_(scene, HOUR))
    child = scene.image(None)
    index = scene.index([child], "1.0")
    scene.sign(index, key, media_type=OCI_INDEX)
    assert scene.is_let_out(child)
    scene.home.clock.advance(3_600)
    assert not scene.is_let_out(child)


def test_the_latest_of_two_dates_counts(dated: tuple[Scene, bytes]) -> None:
    scene, image = dated
    scene.sign(image)
    scene.home.clock.advance(3_600)
    assert scene.pull("1.0") == image, "the other key has no date"


def test_when_a_date_has_passed_a_job_tells_and_looks_for_another_key(dated: tuple[Scene, bytes]) -> None:
    """A key that the image is signed with too, and that came later: nobody is told to sign again."""
    scene, image = dated
    successor = SigningKey()
    scene.sign(image, successor)
    name = f"successor-{scene.project.name}"
    scene.home.keys[name] = successor
    scene.home.clock.advance(3_600)
    assert not scene.is_let_out("1.0"), "judged again or not"
    scene.home.trust(scene.project, name)
    scene.home.work()
    assert scene.pull("1.0") == image


def test_a_lapsed_verdict_is_written_by_the_job(dated: tuple[Scene, bytes]) -> None:
    scene, image = dated
    scene.home.clock.advance(3_600)
    scene.home.work()
    assert scene.artifact(image).standing.state == "QUARANTINED"
    assert scene.codes(image) == ["KEY_EXPIRED"]


def test_dates_of_a_party_are_compared_with_when_this_registry_received_the_evidence(scene: Scene) -> None:
    """What came before its day never counts by itself; pushed again on that day it does."""
    key = trust(scene, valid_from=in_(scene, HOUR))
    image = scene.image()
    signed = sign_bundle(key, descriptor_of(image))
    scene.attach(signed)
    assert scene.codes(image) == ["KEY_NOT_YET_VALID"]
    scene.home.clock.advance(3_600)
    scene.home.work()
    assert not scene.is_let_out("1.0")
    scene.attach(signed)
    assert scene.pull("1.0") == image


def test_a_new_key_for_an_expired_one_admits_again(dated: tuple[Scene, bytes]) -> None:
    scene, image = dated
    scene.home.clock.advance(3_600)
    scene.home.work()
    scene.sign(image)
    assert scene.pull("1.0") == image


def test_a_date_of_the_evidence_itself_ends_the_admission_and_a_job_tells(scene: Scene) -> None:
    """Certificates without a trusted time, expiry of signatures, nextUpdate of CRLs: as verification wrote it down."""
    image = scene.image()
    evidence = scene.artifact(scene.sign(image))
    scene.home.work()  # the key is new, so all evidence is verified again once
    ends = in_(scene, HOUR)
    dated = "UPDATE evidence_record SET valid_until = :ends WHERE manifest_id = :id"
    scene.change(lambda tx: tx.execute(text(dated), {"ends": ends, "id": evidence.id}))
    scene.home.house.warehouse.rejudging.judge_one({"manifest_id": scene.artifact(image).id})
    assert scene.opinion(image).valid_until == ends
    scene.home.clock.advance(3_600)
    assert not scene.is_let_out(image), "judged again or not"
    assert scene.codes(image) == ["SIGNATURE_EXPIRED"]
    scene.home.work()
    assert scene.artifact(image).standing.state == "QUARANTINED"


# --- the clock itself ---------------------------------------------------------------------------------------------


def test_a_clock_that_went_back_re_admits_nothing_here_or_in_a_process_that_starts_then(
    tmp_path: Path, place: Place
) -> None:
    """In one process as in two: whoever starts later learns from what was written how late it was."""
    home = furnish(place.url, tmp_path / "data")
    told: list[int] = []
    home.house.clock.watch(told.append)
    scene = new_scene(home)
    key = home.trust(scene.project, "dated", valid_until=in_(scene, HOUR))
    image = scene.image()
    scene.sign(image, key)
    home.clock.advance(3_600)
    scene.image("later")
    assert not scene.is_let_out(image)
    home.clock.set_back(3_000)
    assert not scene.is_let_out(image)
    second = build(home.house.settings, home.clock)
    catch_up(second)
    with pytest.raises(Quarantined):
        second.warehouse.puller.manifest(scene.repository, "1.0", scene.guest)
    assert second.clock.is_back
    second.close()
    home.house.close()
    assert len(told) == 1
