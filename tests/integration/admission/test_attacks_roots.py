"""Attacks with roots: another root than an identity names, one name for two roots, and what was verified before."""

from pathlib import Path
from typing import Any

import pytest
from tests.databases import Place
from tests.houses import furnish
from tests.scenes import NUMBERS, Scene, new_scene
from tests.sigstores import WORKFLOW, Sigstore

from pratique.errors import BadRequest, Conflict
from pratique.oci.digest import digest_of
from pratique.trust.roots import Thresholds
from pratique.trust.trusted_roots import NewRoot

OURS, THEIRS = Sigstore(), Sigstore()
PUBLIC_GOOD = "public-good"


def a_name(kind: str = "root") -> str:
    return f"{kind}{next(NUMBERS)}"


def signed(scene: Scene, instance: Sigstore = OURS, name: str = WORKFLOW, **how: Any) -> bytes:
    image = scene.image(None)
    scene.attach(instance.sign(image, name, **how)[0])
    return image


def remove_root(scene: Scene, name: str) -> None:
    roots = scene.home.house.warehouse.roots
    scene.change(lambda tx: roots.remove(tx, scene.home.admin, name))


@pytest.fixture
def both(scene: Scene) -> tuple[str, str]:
    """Two roots, and the same person by either."""
    ours, theirs = a_name("ours"), a_name("theirs")
    scene.sigstore(OURS, ours)
    scene.sigstore(THEIRS, theirs)
    scene.trust_identity(ours, "by-ours")
    scene.trust_identity(theirs, "by-theirs")
    return ours, theirs


@pytest.mark.usefixtures("both")
def test_who_is_trusted_by_two_roots_is_vouched_for_by_the_one_that_holds(scene: Scene) -> None:
    image = signed(scene, THEIRS)
    assert scene.opinion(image).reasons[0].message == "signed with by-theirs"
    scene.distrust_identity("by-ours")
    assert scene.is_let_out(image)
    scene.distrust_identity("by-theirs")
    assert not scene.is_let_out(image)


def test_an_identity_does_not_count_by_the_root_that_another_names(
    scene: Scene, both: tuple[str, str]
) -> None:
    """Evidence of their root, of somebody who is known by ours alone."""
    ours, _ = both
    only_ours = f"{WORKFLOW}{next(NUMBERS)}"
    scene.trust_identity(ours, "known-by-ours", identity=only_ours)
    assert not scene.is_let_out(signed(scene, THEIRS, only_ours))
    assert scene.is_let_out(signed(scene, OURS, only_ours))


@pytest.mark.usefixtures("both")
def test_a_stranger_s_certificate_authority_beside_a_known_timestamp_authority_is_none(scene: Scene) -> None:
    """Half of each: who certifies, and who says when."""
    mixed = Sigstore(authority=THEIRS.authority, stamper=OURS.stamper)
    other = Sigstore(authority=OURS.authority, stamper=THEIRS.stamper)
    for instance in (mixed, other):
        assert not scene.is_let_out(signed(scene, instance))


def test_another_root_under_the_name_of_one_that_is_gone_lets_nothing_old_out(scene: Scene) -> None:
    name = a_name()
    scene.sigstore(OURS, name)
    scene.trust_identity(name)
    image = signed(scene)
    assert scene.is_let_out(image)
    with pytest.raises(Conflict, match="remove them first"):
        remove_root(scene, name)
    scene.distrust_identity()
    remove_root(scene, name)
    scene.sigstore(THEIRS, name)
    scene.trust_identity(name)
    assert not scene.is_let_out(image)
    scene.home.work()
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["CHAIN_INVALID"]


def test_another_root_under_the_same_name_takes_admitted_away_at_once_in_every_project(scene: Scene) -> None:
    name = a_name()
    scene.sigstore(OURS, name)
    neighbour = new_scene(scene.home)
    images = []
    for each in (scene, neighbour):
        each.trust_identity(name)
        images.append(signed(each))
    scene.sigstore(THEIRS, name)
    for each, image in zip((scene, neighbour), images, strict=True):
        assert not each.is_let_out(image)
    scene.home.work()
    for each, image in zip((scene, neighbour), images, strict=True):
        assert not each.is_let_out(image)


def test_names_of_roots_differ_by_case_and_nobody_takes_the_public_one_for_his(scene: Scene) -> None:
    name = a_name("Root")
    scene.sigstore(OURS, name)
    scene.sigstore(THEIRS, name.lower())
    scene.trust_identity(name.lower())
    assert not scene.is_let_out(signed(scene, OURS))
    for other in ("Public-Good", "PUBLIC-GOOD"):
        with pytest.raises(BadRequest):
            scene.trust_identity(other, "public")
    for bad in ("", "../x", "public good", "public-good\n", "public-good\0", "ｐublic-good"):
        with pytest.raises(BadRequest, match="not a name"):
            scene.sigstore(OURS, bad)


def test_the_public_root_is_never_asked_for_less_than_one_of_each(tmp_path: Path, place: Place) -> None:
    """A private file under its name names no logs, and would need none under another."""
    home = furnish(place.url, tmp_path / "data")
    scene = new_scene(home)
    with home.house.stores.database.read() as tx:
        assert home.house.warehouse.roots.preview(tx, NewRoot(PUBLIC_GOOD, OURS.root())).removes
    scene.sigstore(OURS, PUBLIC_GOOD)
    scene.trust_identity(PUBLIC_GOOD)
    image = signed(scene)
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["LOG_ENTRY_INVALID"]
    home.house.close()


def test_the_same_evidence_for_the_same_person_of_another_root_is_another_question(scene: Scene) -> None:
    """What is remembered of it in one project says nothing in another."""
    ours, theirs = a_name(), a_name()
    scene.sigstore(OURS, ours)
    scene.sigstore(THEIRS, theirs)
    scene.trust_identity(ours)
    image = signed(scene)
    assert scene.is_let_out(image)
    neighbour = new_scene(scene.home)
    neighbour.trust_identity(theirs)
    copier = scene.home.house.warehouse.copier
    copier.copy(scene.repository, digest_of(image), scene.guest, neighbour.repository, scene.home.admin)
    assert not neighbour.is_let_out(image)
    assert neighbour.codes(image) == ["CHAIN_INVALID"]


def test_an_import_that_asks_for_nothing_lowers_nothing(scene: Scene) -> None:
    """The refresh by TUF names no thresholds: what an administrator has raised stays raised."""
    name, roots = a_name(), scene.home.house.warehouse.roots

    def put(thresholds: Thresholds | None) -> None:
        wanted = NewRoot(name, OURS.root(THEIRS), thresholds)
        scene.change(lambda tx: roots.put(tx, scene.home.admin, wanted))

    put(None)
    scene.trust_identity(name)
    image = signed(scene)
    assert scene.is_let_out(image)
    put(Thresholds(tlog=0, sct=0, timestamp=2))
    assert not scene.is_let_out(image)
    put(None)
    scene.home.work()
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["TIMESTAMP_INVALID"]
    put(Thresholds(tlog=0, sct=0, timestamp=1))
    scene.home.work()
    assert scene.is_let_out(image)
