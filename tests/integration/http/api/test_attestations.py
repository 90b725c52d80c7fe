"""What the registry says of contents, as the API tells it, and where its key is published."""

from typing import Any

import pytest
from tests.attested import KNOWN as ADVISORIES
from tests.attested import PACKAGES, examined, learn, turn, work
from tests.integration.http.api.conftest import Api, artifact_path
from tests.scenes import Scene, new_scene

from pratique.oci.digest import digest_of


@pytest.fixture
def scene(api: Api) -> Scene:
    learn(api.rooms, ADVISORIES)
    return new_scene(api.rooms, "open")


def told(api: Api, scene: Scene, content: bytes) -> dict[str, Any]:
    found = api.get(artifact_path(scene.repository, digest_of(content), "/attestations"))
    return {one["kind"]: one for one in found}


def test_each_attestation_is_told_with_what_carries_it(api: Api, scene: Scene) -> None:
    turn(scene, auto_sbom_generation=True, auto_scan=True)
    image = scene.image()
    assert told(api, scene, image) == {}
    examined(scene, image)
    work(api.rooms)
    found = told(api, scene, image)
    assert set(found) == {"cyclonedx", "spdx", "vulnerabilities", "openvex"}
    assert found["vulnerabilities"]["predicate_type"] == "https://cosign.sigstore.dev/attestation/vuln/v1"
    accessories = api.get(artifact_path(scene.repository, digest_of(image), "/accessories"))
    assert {one["digest"] for one in found.values()} == {one["digest"] for one in accessories}


def test_what_is_not_made_says_why(api: Api, scene: Scene) -> None:
    turn(scene, auto_scan=True)
    image = scene.image()
    examined(scene, image, PACKAGES, 'ID=debian\nVERSION_ID="12"\n')
    work(api.rooms)
    found = told(api, scene, image)["vulnerabilities"]
    assert (found["digest"], "debian:12" in found["problem"]) == ("", True)


def test_the_scan_key_is_published_rotated_and_another_than_that_of_admissions(
    api: Api, scene: Scene
) -> None:
    name = scene.project.name
    assert api.refused("GET", f"/projects/{name}/trust/scan.pub") == (404, "NOT_FOUND")
    turn(scene, auto_sbom_generation=True)
    image = scene.image()
    examined(scene, image)
    work(api.rooms)
    before, old = told(api, scene, image), api.do("GET", f"/projects/{name}/trust/scan.pub").text
    assert old.count("BEGIN PUBLIC KEY") == 1
    assert api.refused("GET", f"/projects/{name}/trust/cosign.pub") == (404, "NOT_FOUND")
    api.do("POST", f"/projects/{name}/signing-keys", {"kind": "scan"})
    assert api.do("GET", f"/projects/{name}/trust/scan.pub").text.startswith(old)
    api.do("POST", f"/projects/{name}/signing-keys/scan/activation")
    work(api.rooms)
    new = api.do("GET", f"/projects/{name}/trust/scan.pub").text
    assert new.count("BEGIN PUBLIC KEY") == 1
    assert new != old
    after = told(api, scene, image)
    assert {one["digest"] for one in after.values()}.isdisjoint(one["digest"] for one in before.values())
    assert [(one["kind"], one["state"]) for one in api.get(f"/projects/{name}/signing-keys")] == [
        ("scan", "active")
    ]


def test_a_bill_that_harbors_door_asks_for_is_attached_and_named(api: Api, scene: Scene) -> None:
    image = scene.image()
    where = artifact_path(scene.repository, digest_of(image))
    api.do("POST", f"{where}/scan", {"scan_type": "vulnerability"})
    examined(scene, image)
    work(api.rooms)
    assert told(api, scene, image) == {}
    assert api.do("POST", f"{where}/scan", {"scan_type": "sbom"}).status_code == 202
    work(api.rooms)
    found = told(api, scene, image)
    assert set(found) == {"cyclonedx", "spdx"}
    shown = api.get(f"{where}?with_accessory=true&with_sbom_overview=true")
    assert [one["type"] for one in shown["accessories"]] == ["sbom.harbor", "sbom.harbor"]
    assert shown["sbom_overview"]["sbom_digest"] == found["spdx"]["digest"]
