"""Attacks on dates: evidence received anew, from elsewhere, or too late; clocks that are turned back."""

import json
from pathlib import Path

import pytest
from tests.databases import Place
from tests.houses import OCI_INDEX, furnish
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import Signed, SigningKey, descriptor_of, sign_bundle, sign_classic

from pratique.admission.evidence import EvidenceBounds
from pratique.bootstrap.house import build
from pratique.bootstrap.starting import catch_up
from pratique.clock import HOUR, SECOND, Moment
from pratique.errors import Quarantined
from pratique.oci.digest import Digest, digest_of

AN_HOUR = 3_600


def in_(scene: Scene, microseconds: int) -> Moment:
    return Moment(scene.home.clock.now() + microseconds)


def trust(scene: Scene, key: SigningKey | None = None, **limits: Moment) -> SigningKey:
    name = f"party{next(NUMBERS)}"
    if key is not None:
        scene.home.keys[name] = key
    return scene.home.trust(scene.project, name, **limits)


def bring(source: Scene, image: bytes, target: Scene) -> None:
    """Push an image of another project as one that was downloaded there."""
    document = json.loads(image)
    for each in (document["config"], *document["layers"]):
        with source.home.house.stores.blobs.open(Digest(each["digest"])) as content:
            target.home.blob(target.repository, content.read())
    target.put(digest_of(image), image)


@pytest.fixture
def lapsed(scene: Scene) -> tuple[Scene, bytes, Signed, SigningKey]:
    """An image that was admitted until now, and its signature."""
    key = trust(scene, valid_until=in_(scene, HOUR))
    image = scene.image()
    signature = sign_bundle(key, descriptor_of(image))
    scene.attach(signature)
    assert scene.is_let_out(image)
    scene.home.clock.advance(AN_HOUR)
    return scene, image, signature, key


def test_evidence_pushed_again_after_its_party_s_last_day(
    lapsed: tuple[Scene, bytes, Signed, SigningKey],
) -> None:
    scene, image, signature, key = lapsed
    scene.attach(signature)
    scene.attach(sign_bundle(key, descriptor_of(image), {"again": "yes"}))
    scene.attach_classic(sign_classic(key, subject=digest_of(image)), digest_of(image))
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["KEY_EXPIRED"]
    scene.home.work()
    assert not scene.is_let_out(image)


def test_the_same_key_under_a_new_name_counts_by_its_own_dates(
    lapsed: tuple[Scene, bytes, Signed, SigningKey],
) -> None:
    """What came before the new name's first day was not received in it."""
    scene, image, _, key = lapsed
    trust(scene, key, valid_from=in_(scene, HOUR))
    scene.home.work()
    assert not scene.is_let_out(image)
    scene.home.clock.advance(AN_HOUR)
    scene.home.work()
    assert not scene.is_let_out(image), "time alone does not make it received"


def test_evidence_deleted_and_pushed_again_after_its_party_was_removed(scene: Scene) -> None:
    key = trust(scene)
    image = scene.image()
    signature = sign_bundle(key, descriptor_of(image))
    evidence = scene.attach(signature)
    scene.home.distrust(scene.project, f"party{_last(scene, key)}")
    for _ in range(2):
        assert not scene.is_let_out(image)
        scene.delete(evidence)
        scene.attach(signature)
    scene.home.work()
    assert scene.codes(image) == ["SIGNATURE_NOT_TRUSTED"]


def _last(scene: Scene, key: SigningKey) -> str:
    return next(name for name, held in scene.home.keys.items() if held is key).removeprefix("party")


def test_evidence_copied_from_where_its_party_is_trusted_is_received_when_it_is_copied(scene: Scene) -> None:
    key = trust(scene)
    image = scene.image()
    scene.sign(image, key)
    neighbour = new_scene(scene.home)
    trust(neighbour, key, valid_until=in_(scene, HOUR))
    late = new_scene(scene.home)
    trust(late, key, valid_from=in_(scene, HOUR))
    stranger = new_scene(scene.home)
    copier = scene.home.house.warehouse.copier

    def copy(target: Scene) -> bool:
        copier.copy(scene.repository, "1.0", scene.guest, target.repository, scene.home.admin)
        return target.is_let_out(image)

    assert not copy(stranger), "nobody trusts it there"
    assert not copy(late)
    assert copy(neighbour)
    scene.home.clock.advance(AN_HOUR)
    assert not copy(neighbour), "copied again"
    assert not late.is_let_out(image)
    assert copy(late)


def test_evidence_of_another_project_counts_by_who_is_trusted_here_alone(scene: Scene) -> None:
    """Its blobs mounted or its bytes pushed: it is verified anew."""
    key = trust(scene)
    image = scene.image()
    signature = sign_bundle(key, descriptor_of(image))
    scene.attach(signature)
    stranger = new_scene(scene.home)
    bring(scene, image, stranger)
    stranger.attach(signature)
    assert stranger.codes(image) == ["SIGNATURE_NOT_TRUSTED"]


def test_a_postponed_signature_is_received_when_it_was_pushed(scene: Scene) -> None:
    """The job that reads it later must not make it younger than it is."""
    key = trust(scene, valid_from=in_(scene, HOUR))
    image = scene.image()
    verifier = scene.home.house.warehouse.gate._verifier
    before, verifier._bounds = verifier._bounds, EvidenceBounds(size=1)
    try:
        scene.sign(image, key)
    finally:
        verifier._bounds = before
    scene.home.clock.advance(AN_HOUR)
    scene.home.work()
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["KEY_NOT_YET_VALID"]


def test_a_child_lives_no_longer_than_the_index_whose_signature_it_inherits(scene: Scene) -> None:
    """Two parents of different dates, pulled warm, with and without jobs."""
    short, long = trust(scene, valid_until=in_(scene, HOUR)), trust(scene, valid_until=in_(scene, 2 * HOUR))
    child = scene.image(None)
    for key, tag in ((short, "short"), (long, "long")):
        index = scene.index([child], tag, annotations={"tag": tag})
        scene.sign(index, key, media_type=OCI_INDEX)
    scene.home.clock.advance(AN_HOUR)
    assert [scene.is_let_out(each) for each in ("short", "long", child)] == [False, True, True]
    scene.home.work()
    assert [scene.is_let_out(each) for each in ("short", "long", child)] == [False, True, True]
    scene.home.clock.advance(AN_HOUR)
    assert [scene.is_let_out(each) for each in ("short", "long", child)] == [False, False, False]


@pytest.mark.parametrize("back", [299, 301, 3_000, 86_400], ids=lambda seconds: f"{seconds} s")
def test_a_clock_turned_back_makes_no_dead_party_live_for_old_evidence_or_new(
    tmp_path: Path, place: Place, back: int
) -> None:
    """In the process that has seen the date pass, and in one that starts on the wrong day."""
    home = furnish(place.url, tmp_path / "data")
    scene = new_scene(home)
    key = home.trust(scene.project, "dated", valid_until=in_(scene, HOUR))
    image = scene.image()
    scene.sign(image, key)
    home.clock.advance(AN_HOUR)
    assert not scene.is_let_out(image)
    scene.image("later")
    home.clock.set_back(back)
    scene.attach(sign_bundle(key, descriptor_of(image), {"again": "yes"}))
    assert not scene.is_let_out(image)
    second = build(home.house.settings, home.clock)
    catch_up(second)
    with pytest.raises(Quarantined):
        second.warehouse.puller.manifest(scene.repository, digest_of(image), scene.guest)
    second.warehouse.rejudging.rejudge_project({"project_id": scene.project.id})
    second.warehouse.rejudging.reverify_project({"project_id": scene.project.id})
    with pytest.raises(Quarantined):
        second.warehouse.puller.manifest(scene.repository, digest_of(image), scene.guest)
    second.close()
    home.house.close()


def test_evidence_received_in_the_last_moment_counts_for_that_moment(scene: Scene) -> None:
    key = trust(scene, valid_until=in_(scene, SECOND))
    image = scene.image()
    scene.sign(image, key)
    assert scene.is_let_out(image)
    scene.home.clock.advance(0.999_999)
    assert scene.is_let_out(image)
    scene.home.clock.advance(0.000_001)
    assert not scene.is_let_out(image)
