"""What evidence says of contents that an older release verified: it counts without being pushed again."""

import pytest
from sqlalchemy import text
from tests.attested import KNOWN, learn
from tests.houses import Furnished
from tests.scenes import Scene, new_scene, sbom
from tests.signing import descriptor_of, sign_bundle
from tests.vexing import OPENSSL, attest, judge, openvex, product_of, refused_image, says

from pratique.admission import late_hearing
from pratique.admission.late_hearing import HEAR
from pratique.admission.store.records import unheard
from pratique.db import Tx
from pratique.jobs import enqueue
from pratique.oci.digest import digest_of
from pratique.trust.parties import Purpose


@pytest.fixture
def home(knowing_home: Furnished) -> Furnished:
    return knowing_home


@pytest.fixture
def scene(home: Furnished) -> Scene:
    learn(home, KNOWN)
    return new_scene(home, "open")


def of_an_older_release(tx: Tx) -> None:
    """As revision 0014 left it: verified, and nobody listened."""
    tx.execute(text("DELETE FROM attested_package"))
    tx.execute(text("DELETE FROM attested"))
    tx.execute(text("UPDATE evidence_record SET findings = '{}'"))


def listen(home: Furnished) -> None:
    home.house.stores.database.write(lambda tx: enqueue(tx, HEAR, {}, dedupe_key=HEAR))
    home.work()


def deaf(home: Furnished) -> list[int]:
    with home.house.stores.database.read() as tx:
        return unheard(tx, late_hearing._PREFIXES, 0, 100)


@pytest.mark.parametrize("purpose", [Purpose.SBOM, Purpose.SIGNATURE])
def test_signatures_of_sboms_are_heard_once_too(scene: Scene, home: Furnished, purpose: Purpose) -> None:
    """Those of parties that are not trusted for it as well: it is not looked for them again and again."""
    key = home.trust(scene.project, "builder", purposes=(purpose,))
    image = refused_image(scene, seed=f"signed-{purpose}")
    content, blobs = sbom(image)
    scene.attach((content, blobs))
    signed = scene.attach(sign_bundle(key, descriptor_of(content)))
    signature = scene.artifact(signed).id
    other = scene.artifact(scene.sign(image)).id
    assert deaf(home) == []
    home.house.stores.database.write(of_an_older_release)
    found = deaf(home)
    assert signature in found
    assert other not in found, "what says nothing of contents is left alone"
    listen(home)
    assert deaf(home) == []
    # Others count what is there.
    scene.delete(signed)


def test_it_is_heard_once(scene: Scene, home: Furnished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_hearing, "BATCH", 1)
    key = home.trust(scene.project, "security", purposes=(Purpose.VEX,))
    images = [refused_image(scene, seed=f"late-{number}") for number in range(3)]
    for image in images:
        attest(scene, image, openvex(says(product_of(digest_of(image), OPENSSL))), key)
    scene.sign(images[0])
    assert all(map(scene.is_let_out, images))
    assert deaf(home) == []
    home.house.stores.database.write(of_an_older_release)
    judge(scene, *images)
    assert not any(map(scene.is_let_out, images))
    assert len(deaf(home)) == 3, "and what says nothing of contents is left alone"
    listen(home)
    assert deaf(home) == []
    assert all(map(scene.is_let_out, images))
