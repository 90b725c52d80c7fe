"""Scans of artifacts by Harbor's API: asked for, stopped, what they found, and who may see that."""

from typing import Any, Final

from tests.contained import LAYER, examined, informed, packages, scanned
from tests.integration.http.api.conftest import Api, artifact_path

from pratique.access import Role
from pratique.oci.digest import digest_of
from pratique.projects import Project

GENERIC: Final = "application/vnd.security.vulnerability.report; version=1.1"
NATIVE: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
REPOSITORY: Final = "shop/team/app"
BAD: Final = packages("package_1==1.0", "package_2==2.0", "package_3==1.0")


def at(content: bytes, suffix: str = "", repository: str = REPOSITORY) -> str:
    return artifact_path(repository, digest_of(content), suffix)


def overview(api: Api, content: bytes, **more: Any) -> dict[str, Any] | None:
    found = api.get(at(content, "?with_scan_overview=true"), **more).get("scan_overview")
    return found if found is None else found[GENERIC]


def shop(api: Api, admission: str = "open") -> Project:
    informed(api.rooms)
    return api.rooms.project("shop", admission)


def test_a_scan_is_asked_for_waits_and_is_told(api: Api) -> None:
    project = shop(api)
    app = api.rooms.image(REPOSITORY)
    assert overview(api, app) is None
    assert api.get(at(app, "/additions/vulnerabilities")) == {}
    assert api.refused("GET", at(app, "/additions/sbom")) == (404, "NOT_FOUND")
    assert api.do("POST", at(app, "/scan")).status_code == 202
    waiting = overview(api, app)
    assert waiting is not None
    assert (waiting["scan_status"], waiting["complete_percent"], "end_time" in waiting) == (
        "Pending",
        0,
        False,
    )
    api.rooms.clock.advance(3)
    scanned(api.rooms, project, app, BAD)
    found = overview(api, app)
    assert found is not None
    assert found["scan_status"] == "Success"
    assert found["summary"] == {"total": 2, "fixable": 2, "summary": {"Low": 1, "Unknown": 1}, "waived": 0}
    assert (found["severity"], found["duration"], found["complete_percent"]) == ("Low", 3, 100)
    assert found["scanner"]["name"] == "Pratique"
    log = api.ask("GET", at(app, f"/scan/{found['report_id']}/log")).text
    assert f"layer {LAYER}: 3 packages" in log
    assert "2 findings: 1 Low, 1 Unknown" in log
    assert "coverage of PyPI: pypi" in log
    assert api.refused("GET", at(app, "/scan/1234/log")) == (404, "NOT_FOUND")


def test_the_report_has_harbors_shape_by_the_type_that_is_asked_for(api: Api) -> None:
    shop(api)
    app = api.rooms.image(REPOSITORY)
    examined(api.rooms, app, BAD)
    links = api.get(at(app))["addition_links"]
    assert set(links) == {"build_history", "vulnerabilities", "sbom"}
    path = links["vulnerabilities"]["href"].removeprefix("/api/v2.0")
    report = api.get(path)[GENERIC]
    assert report["artifact"]["repository"] == REPOSITORY
    assert report["artifact"]["digest"] == digest_of(app)
    assert report["severity"] == "Low"
    by_id = {each["id"]: each for each in report["vulnerabilities"]}
    assert set(by_id) == {"PYSEC-2026-1", "PYSEC-2026-2"}
    assert by_id["PYSEC-2026-2"]["fix_version"] == "3.0"
    assert by_id["PYSEC-2026-1"]["vendor_attributes"]["aliases"] == ["CVE-2026-1"]
    native = api.get(path, headers={"X-Accept-Vulnerabilities": f"text/plain, {NATIVE}"})
    assert native == {NATIVE: report}
    spelled = api.get(path, headers={"X-Accept-Vulnerabilities": GENERIC.replace(" ", "")})
    assert spelled == {GENERIC: report}
    assert api.get(path, headers={"X-Accept-Vulnerabilities": "text/plain"}) == {NATIVE: report}


def test_the_bill_of_materials_is_spdx(api: Api) -> None:
    shop(api)
    app = api.rooms.image(REPOSITORY)
    examined(api.rooms, app, BAD)
    bill = api.get(at(app, "/additions/sbom"))
    assert bill["spdxVersion"] == "SPDX-2.3"
    assert "package_1" in {each["name"] for each in bill["packages"]}
    assert api.get(at(app, "/additions/sbom")) == bill
    told = api.get(at(app, "?with_sbom_overview=true"))["sbom_overview"]
    assert told["scan_status"] == "Success"


def test_what_can_not_be_examined_is_an_error_and_never_clean(api: Api) -> None:
    shop(api)
    broken, foreign = api.rooms.image(REPOSITORY, "1"), api.rooms.image(REPOSITORY, "2", seed="two")
    examined(api.rooms, broken, "layer 2 is no archive")
    failed = overview(api, broken)
    assert failed is not None
    assert failed["scan_status"] == "Error"
    assert failed["errors"] == ["could not be examined: layer 2 is no archive"]
    assert failed["severity"] == "Unknown"
    assert api.get(at(broken, "/additions/vulnerabilities"))[GENERIC]["severity"] == "Unknown"
    log = api.ask("GET", at(broken, f"/scan/{failed['report_id']}/log")).text
    assert "error: could not be examined: layer 2 is no archive" in log
    # Nobody publishes advisories on what is inside.
    gem = packages("package_3==1.0")
    located = gem.packages[0]
    examined(api.rooms, foreign, type(gem)(None, (_gem(located),), None))
    uncovered = overview(api, foreign)
    assert uncovered is not None
    assert uncovered["scan_status"] == "Error"
    assert "no current advisories for RubyGems" in uncovered["errors"][0]
    assert api.get(at(foreign, "?with_sbom_overview=true"))["sbom_overview"]["scan_status"] == "Success"


def _gem(located: Any) -> Any:
    return type(located)(type(located.package)("gem", "rack", "1.0"), located.path, located.layer, "ruby", "")


def test_the_last_result_holds_while_another_scan_waits_and_when_it_is_stopped(api: Api) -> None:
    shop(api)
    app = api.rooms.image(REPOSITORY)
    examined(api.rooms, app, BAD)
    api.rooms.clock.advance(60)
    api.do("POST", at(app, "/scan"), {"scan_type": "vulnerability"})
    api.do("POST", at(app, "/scan"))
    again = overview(api, app)
    assert again is not None
    assert (again["scan_status"], again["summary"]["total"]) == ("Pending", 2)
    assert api.get(at(app, "/additions/vulnerabilities"))[GENERIC]["vulnerabilities"]
    assert api.do("POST", at(app, "/scan/stop")).status_code == 202
    stopped = overview(api, app)
    assert stopped is not None
    assert (stopped["scan_status"], stopped["summary"]["total"]) == ("Stopped", 2)
    api.advance_audit()
    told = api.get("/auditlog-exts?q=resource_type%3Dartifact&page_size=50")
    assert {"scan", "stop_scan"} <= {each["operation"] for each in told}
    api.rooms.clock.advance(1)
    examined(api.rooms, app, packages("package_3==1.0"))
    after = overview(api, app)
    assert after is not None
    assert (after["scan_status"], after["summary"]["total"], after["severity"]) == ("Success", 0, "None")


def test_of_an_index_the_platform_images_are_scanned_and_told_together(api: Api) -> None:
    project = shop(api)
    one, two = api.rooms.image(REPOSITORY, None), api.rooms.image(REPOSITORY, None, seed="two")
    index = api.rooms.index(REPOSITORY, "1.0", [one, two])
    api.do("POST", at(index, "/scan"))
    scanned(api.rooms, project, one, BAD)
    half = overview(api, index)
    assert half is not None
    assert half["scan_status"] == "Pending"
    scanned(api.rooms, project, two, packages("package_1==1.0", "package_1==1.5"))
    found = overview(api, index)
    assert found is not None
    assert (found["scan_status"], found["summary"]["total"]) == ("Success", 3)
    report = api.get(at(index, "/additions/vulnerabilities"))[GENERIC]
    assert sorted(each["version"] for each in report["vulnerabilities"]) == ["1.0", "1.5", "2.0"]
    assert "vulnerabilities" in api.get(at(index))["addition_links"]
    assert api.refused("GET", at(index, "/additions/sbom")) == (404, "NOT_FOUND")
    which = api.ask("GET", at(index, "/additions/sbom")).json()["errors"][0]["message"]
    assert f"ask for those of its images ({digest_of(one)}, {digest_of(two)})" in which


def test_who_may_ask_for_scans(api: Api) -> None:
    project = shop(api)
    app = api.rooms.image(REPOSITORY)
    maintainer = api.rooms.user("maintainer", project, Role.MAINTAINER)
    developer = api.rooms.user("developer", project, Role.DEVELOPER)
    stranger = api.rooms.user("stranger")
    assert api.do("POST", at(app, "/scan"), {"scan_type": "sbom"}, by=maintainer).status_code == 202
    assert api.refused("POST", at(app, "/scan"), by=developer) == (403, "FORBIDDEN")
    assert api.refused("POST", at(app, "/scan"), by=stranger) == (403, "FORBIDDEN")
    assert api.refused("POST", at(app, "/scan"), by=None) == (401, "UNAUTHORIZED")
    assert api.refused("POST", at(app, "/scan/stop"), by=developer) == (403, "FORBIDDEN")
    bot = api.robot("shop", "sbom:create", "artifact:read")
    assert api.do("POST", at(app, "/scan"), {"scan_type": "sbom"}, by=bot).status_code == 202
    assert api.refused("POST", at(app, "/scan"), by=bot) == (403, "FORBIDDEN")
    assert api.refused("POST", at(app, "/scan"), {"scan_type": "virus"}) == (400, "BAD_REQUEST")
    assert api.refused("POST", at(b"nothing", "/scan")) == (404, "NOT_FOUND")


def test_of_a_refused_artifact_a_reader_learns_state_and_reasons_and_nothing_of_its_contents(
    api: Api,
) -> None:
    project = shop(api, "signed")
    app = api.rooms.image(REPOSITORY)
    examined(api.rooms, app, BAD)
    guest = api.rooms.user("guest", project, Role.GUEST)
    developer = api.rooms.user("developer", project, Role.DEVELOPER)
    shown = api.get(at(app, "?with_scan_overview=true&with_sbom_overview=true"), by=guest)
    assert shown["state"] == "QUARANTINED"
    assert shown["reasons"]
    assert not {"scan_overview", "sbom_overview", "addition_links", "extra_attrs"} & set(shown)
    listed = api.get(artifact_path(REPOSITORY) + "?with_scan_overview=true", by=guest)
    assert not [each for each in listed if "scan_overview" in each]
    whole = overview(api, app, by=developer)
    assert whole is not None
    for suffix in ("/additions/vulnerabilities", "/additions/sbom", f"/scan/{whole['report_id']}/log"):
        assert api.refused("GET", at(app, suffix), by=guest) == (403, "DENIED")
        assert api.ask("GET", at(app, suffix), by=developer).status_code == 200
        assert api.refused("GET", at(app, suffix), by=None) == (401, "UNAUTHORIZED")
