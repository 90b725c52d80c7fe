"""What is said of findings, beside them in Harbor's shapes: VEX, allowlists, packages that only others know of."""

from typing import Any

import pytest
from tests.contained import examined, informed, packages
from tests.integration.http.api.conftest import Api, artifact_path
from tests.scenes import Scene, new_scene
from tests.vexing import CYCLONEDX_TYPE, attest, openvex, product_of, says

from pratique.bootstrap.reporting import build_tallying
from pratique.clock import DAY, SECOND
from pratique.oci.digest import Digest, digest_of
from pratique.trust.parties import Purpose

GENERIC = "application/vnd.security.vulnerability.report; version=1.1"
HERE = "pkg:pypi/package-1@1.0"


@pytest.fixture
def scene(api: Api) -> Scene:
    """A project that refuses nothing for its contents: what is said of findings is shown all the same."""
    informed(api.rooms)
    return new_scene(api.rooms, "open")


@pytest.fixture
def image(scene: Scene) -> bytes:
    content = scene.image()
    examined(scene.home, content, packages("package_1==1.0", "package_2==1.0"))
    return content


def report(api: Api, scene: Scene, digest: Digest) -> list[dict[str, Any]]:
    path = artifact_path(scene.repository, digest, "/additions/vulnerabilities")
    found: list[dict[str, Any]] = api.get(path, headers={"X-Accept-Vulnerabilities": GENERIC})[GENERIC][
        "vulnerabilities"
    ]
    return found


def waived(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["id"]: row["vendor_attributes"].get("waived") for row in rows}


def summary(api: Api, scene: Scene, digest: Digest) -> dict[str, Any]:
    found = api.get(artifact_path(scene.repository, digest, "?with_scan_overview=true"))["scan_overview"]
    of: dict[str, Any] = next(iter(found.values()))["summary"]
    return of


def hits(api: Api, digest: Digest) -> dict[str, Any]:
    return {row["cve_id"]: row["waived"] for row in api.get(f"/security/vul?q=digest%3D{digest}")}


def test_what_nobody_speaks_of_is_not_waived(api: Api, scene: Scene, image: bytes) -> None:
    digest = digest_of(image)
    assert waived(report(api, scene, digest)) == {"PYSEC-2026-1": None, "PYSEC-2026-2": None}
    assert summary(api, scene, digest)["waived"] == 0
    assert hits(api, digest) == {"PYSEC-2026-1": None, "PYSEC-2026-2": None}


def test_a_vex_statement_is_told_beside_the_finding_which_still_counts(
    api: Api, scene: Scene, image: bytes
) -> None:
    digest = digest_of(image)
    key = api.rooms.trust(scene.project, "security", purposes=(Purpose.VEX,))
    attest(scene, image, openvex(says(product_of(digest, HERE))), key)
    found = waived(report(api, scene, digest))
    assert found["PYSEC-2026-2"] is None
    assert (found["PYSEC-2026-1"]["by"], found["PYSEC-2026-1"]["until"]) == ("vex", None)
    assert "the key security says not_affected" in found["PYSEC-2026-1"]["said"]
    numbers = summary(api, scene, digest)
    assert (numbers["total"], numbers["waived"]) == (2, 1)
    assert hits(api, digest)["PYSEC-2026-1"]["by"] == "vex"
    build_tallying(api.rooms.house).tally({})
    assert api.get("/security/summary")["total_vuls"] == 2


def test_so_is_an_allowlist_until_it_ends(api: Api, scene: Scene, image: bytes) -> None:
    digest, until = digest_of(image), api.rooms.clock.now() // SECOND + DAY // SECOND
    api.do("PUT", "/system/CVEAllowlist", {"items": [{"cve_id": "CVE-2026-2"}], "expires_at": until})
    found = waived(report(api, scene, digest))
    assert found["PYSEC-2026-1"] is None
    assert found["PYSEC-2026-2"]["said"] == "the allowlist accepts CVE-2026-2"
    assert found["PYSEC-2026-2"]["until"] is not None
    assert hits(api, digest)["PYSEC-2026-2"]["by"] == "allowlist"
    api.rooms.clock.advance(DAY // SECOND + 1)
    assert summary(api, scene, digest)["waived"] == 0


def test_packages_by_the_word_of_others_are_in_the_report_with_whose_word_it_is(
    api: Api, scene: Scene, image: bytes
) -> None:
    digest = digest_of(image)
    key = api.rooms.trust(scene.project, "builder", purposes=(Purpose.SBOM,))
    named = [{"type": "library", "name": "x", "purl": f"pkg:pypi/package-{n}@1.1"} for n in (1, 2)]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": named}
    evidence = attest(scene, image, bill, key, CYCLONEDX_TYPE)
    rows = report(api, scene, digest)
    assert len(rows) == 4
    by_others = [row["vendor_attributes"] for row in rows if row["version"] == "1.1"]
    assert [row["said_by"] for row in by_others] == [f"the SBOM {evidence}"] * 2
    assert all("said_by" not in row["vendor_attributes"] for row in rows if row["version"] == "1.0")
    assert summary(api, scene, digest)["total"] == 4
    api.rooms.distrust(scene.project, "builder")
    assert len(report(api, scene, digest)) == 2


def test_what_is_waived_in_one_image_of_an_index_stands_for_the_other(
    api: Api, scene: Scene, image: bytes
) -> None:
    other = scene.image(None)
    examined(scene.home, other, packages("package_1==1.0"))
    index = scene.index([image, other])
    key = api.rooms.trust(scene.project, "security", purposes=(Purpose.VEX,))
    attest(scene, image, openvex(says(product_of(digest_of(image), HERE))), key)
    assert waived(report(api, scene, digest_of(index)))["PYSEC-2026-1"] is None
    attest(scene, other, openvex(says(product_of(digest_of(other), HERE))), key)
    assert waived(report(api, scene, digest_of(index)))["PYSEC-2026-1"]["by"] == "vex"
