"""SBOMs in attestations: what people whom a project trusts for it say is inside too, and what that changes."""

import json
from typing import Any

import pytest
from tests.attested import KNOWN, examined, learn, turn
from tests.houses import Furnished
from tests.osv import record
from tests.scenes import SPDX_TYPE as BARE_SPDX
from tests.scenes import Scene, attachment, new_scene
from tests.signing import SigningKey
from tests.vexing import CYCLONEDX_TYPE, SPDX_TYPE, attest, judge, openvex, product_of, says

from pratique.admission import hearing, store
from pratique.inventory.recording import Recording
from pratique.oci.digest import Digest, digest_of
from pratique.packages import Component, component_of
from pratique.registry.pull import known
from pratique.trust.parties import Purpose

LEFT = "pkg:npm/left@1.0.0"
FINE = (("zlib1g", "1:1.2.11"),)
RECORDS = {
    **KNOWN,
    "npm": [record("GHSA-2026-left", "npm", "left"), record("GHSA-2026-other", "npm", "other")],
}


@pytest.fixture
def home(knowing_home: Furnished) -> Furnished:
    return knowing_home


@pytest.fixture
def scene(home: Furnished) -> Scene:
    learn(home, RECORDS)
    return new_scene(home, "open")


@pytest.fixture
def key(scene: Scene) -> SigningKey:
    """Of the party `builder`, which is trusted for SBOMs and for nothing else."""
    return scene.home.trust(scene.project, "builder", purposes=(Purpose.SBOM,))


@pytest.fixture
def image(scene: Scene) -> bytes:
    """An image in which layers show nothing that is known to be wrong."""
    turn(scene, prevent_vul=True)
    made = scene.image()
    examined(scene, made, FINE)
    judge(scene, made)
    assert scene.codes(made) == ["NO_VULNERABILITIES"]
    return made


def bill(*purls: str) -> dict[str, Any]:
    components = [{"type": "library", "name": "x", "purl": purl} for purl in purls]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}


def spdx(*purls: str) -> dict[str, Any]:
    packages = [
        {
            "name": "x",
            "SPDXID": f"SPDXRef-{number}",
            "externalRefs": [
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
            ],
        }
        for number, purl in enumerate(purls)
    ]
    return {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "packages": packages}


def component(purl: str) -> Component:
    found = component_of(purl)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("document", "predicate_type"),
    [
        (bill(LEFT), CYCLONEDX_TYPE),
        (bill(LEFT), "https://cyclonedx.org/bom/v1.6"),
        (spdx(LEFT), SPDX_TYPE),
        (spdx(LEFT), "https://spdx.dev/Document/v2.3"),
    ],
)
def test_packages_that_a_trusted_sbom_names_are_judged_too(
    scene: Scene, key: SigningKey, image: bytes, document: Any, predicate_type: str
) -> None:
    evidence = attest(scene, image, document, key, predicate_type)
    assert scene.codes(image) == ["VULNERABLE"]
    said = scene.opinion(image).reasons[0].message
    assert said.startswith("GHSA-2026-left (severity unknown) in left 1.0.0")
    assert f"said by the SBOM {evidence}" in said


def test_it_takes_nothing_away_and_renames_nothing(scene: Scene, key: SigningKey) -> None:
    turn(scene, prevent_vul=True)
    image = scene.image()
    examined(scene, image)
    other = "pkg:deb/ubuntu/openssl@99.0?distro=ubuntu-22.04"
    for document in (bill(), bill(other), bill(other, "pkg:deb/ubuntu/zlib1g@1?distro=ubuntu-22.04")):
        attest(scene, image, document, key, CYCLONEDX_TYPE)
        assert "VULNERABLE" in scene.codes(image)
        assert any("openssl 3.0.2-0ubuntu1" in reason.message for reason in scene.opinion(image).reasons)


def test_what_layers_show_is_not_counted_twice(scene: Scene, key: SigningKey) -> None:
    turn(scene, prevent_vul=True)
    image = scene.image()
    examined(scene, image)
    attest(
        scene, image, bill("pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1?distro=ubuntu-22.04"), key, CYCLONEDX_TYPE
    )
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize("purposes", [(Purpose.SIGNATURE,), (Purpose.VEX,)])
def test_of_others_it_is_no_matter(scene: Scene, image: bytes, purposes: Any) -> None:
    other = scene.home.trust(scene.project, "other", purposes=purposes)
    for key in (other, SigningKey()):
        attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    scene.attach(attachment(image, [(json.dumps(spdx(LEFT)).encode(), BARE_SPDX)]))
    assert scene.codes(image) == ["NO_VULNERABILITIES"]


def test_where_it_comes_from_goes_its_packages_go(scene: Scene, key: SigningKey, image: bytes) -> None:
    evidence = attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    assert not scene.is_let_out(image)
    scene.delete(evidence)
    assert scene.is_let_out(image)
    attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    scene.home.distrust(scene.project, "builder")
    scene.home.work()
    assert scene.is_let_out(image)


def test_a_statement_may_waive_what_an_sbom_brought(scene: Scene, key: SigningKey, image: bytes) -> None:
    attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    security = scene.home.trust(scene.project, "security", purposes=(Purpose.VEX,))
    said = says(product_of(digest_of(image), "pkg:npm/left"), name="GHSA-2026-left")
    attest(scene, image, openvex(said), security)
    assert scene.codes(image) == ["NO_VULNERABILITIES", "WAIVED"]


def test_who_may_say_both_is_heard_for_both(scene: Scene, image: bytes) -> None:
    key = scene.home.trust(scene.project, "vendor", purposes=(Purpose.VEX, Purpose.SBOM))
    document = bill(LEFT)
    document["components"][0]["bom-ref"] = "left"
    document["metadata"] = {
        "timestamp": "2026-06-01T12:00:00Z",
        "component": {"type": "container", "name": "app", "version": digest_of(image)},
    }
    document["vulnerabilities"] = [
        {"id": "GHSA-2026-left", "analysis": {"state": "false_positive"}, "affects": [{"ref": "left"}]}
    ]
    attest(scene, image, document, key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["NO_VULNERABILITIES", "WAIVED"]


def test_of_what_could_not_be_examined_it_is_all_that_is_known(scene: Scene, key: SigningKey) -> None:
    turn(scene, prevent_vul=True, allow_unexamined=True)
    image = scene.image()
    at = scene.home.clock.now()
    scene.change(lambda tx: Recording().put_problem(tx, digest_of(image), "it is encrypted", at))
    judge(scene, image)
    assert scene.codes(image) == ["COULD_NOT_BE_EXAMINED"]
    assert scene.is_let_out(image)
    attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["VULNERABLE"]


@pytest.mark.parametrize(
    "document",
    [
        bill("no package url"),
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": {}},
        bill(LEFT, *(f"pkg:npm/p{number}@1" for number in range(5))),
        "SPDXVersion: SPDX-2.3",
    ],
    ids=["no purl", "no list", "too many", "text"],
)
def test_what_can_not_be_read_whole_adds_nothing_and_it_is_told(
    scene: Scene, key: SigningKey, image: bytes, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "PACKAGES_LIMIT", 5)
    attest(scene, image, document, key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    ((_, told),) = evidence_about(scene, image)
    assert told["facts"]["sbom_problem"]


def test_what_was_heard_is_told(scene: Scene, key: SigningKey, image: bytes) -> None:
    attest(scene, image, bill(LEFT, "pkg:generic/x@1"), key, CYCLONEDX_TYPE)
    ((_, told),) = evidence_about(scene, image)
    assert (told["facts"]["sbom_packages"], told["facts"]["vex_statements"]) == (1, 0)


def evidence_about(scene: Scene, image: bytes) -> Any:
    with scene.home.house.stores.database.read() as tx:
        return store.told_about(tx, known(tx, scene.repository).id, digest_of(image))


def test_an_import_finds_the_images_of_which_somebody_says_that_they_have_a_package(
    scene: Scene, key: SigningKey, image: bytes
) -> None:
    """Advisories are matched by component; who follows an import asks for images by them."""
    purl = f"pkg:npm/{scene.project.name}@1.0.0"
    evidence = attest(scene, image, bill(LEFT, purl), key, CYCLONEDX_TYPE)
    attested = scene.home.house.court.attested
    mine, nobodys = component(purl), component("pkg:npm/nobody@1")

    def asked() -> tuple[list[Digest], set[Component], set[Component]]:
        with scene.home.house.stores.database.read() as tx:
            named = set(attested.components_of(tx, digest_of(image)))
            return attested.images_with(tx, [mine, nobodys]), attested.held(tx, [mine, nobodys]), named

    assert asked() == ([digest_of(image)], {mine}, {mine, component(LEFT)})
    scene.delete(evidence)
    assert asked() == ([], set(), set())


def test_what_an_sbom_behind_too_many_others_adds_is_not_known(
    scene: Scene, key: SigningKey, image: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pratique.admission.store.attested.DOCUMENTS_LIMIT", 1)
    attest(scene, image, bill("pkg:npm/harmless@1.0.0"), key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["NO_VULNERABILITIES"]
    attest(scene, image, bill(LEFT), key, CYCLONEDX_TYPE)
    assert scene.codes(image) == ["COULD_NOT_BE_EXAMINED"]
    assert "attestations speak of its contents" in scene.opinion(image).reasons[0].message
