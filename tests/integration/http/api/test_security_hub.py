"""The security hub: which artifacts a vulnerability touches, how all of them are, and who sees what of it."""

from typing import Any

import pytest
from tests.advising import affected, record
from tests.contained import examined, informed, packages
from tests.integration.http.api.conftest import Api

from pratique.access import Role
from pratique.bootstrap.reporting import build_tallying
from pratique.clock import rfc3339
from pratique.projects import Project

CRITICAL = {"database_specific": {"severity": "CRITICAL"}}
GHSA = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-01-05T00:00:00Z",
    "aliases": ["CVE-2026-9"],
    "affected": [affected("PyPI", "package_9", {"introduced": "0"}, {"fixed": "2.0"})],
    "database_specific": {"severity": "CRITICAL"},
}


@pytest.fixture
def hub(api: Api) -> Api:
    """Three images: two of the project shop (one refused there), one of another project."""
    informed(api.rooms, record(1), record(2, database_specific={"severity": "LOW"}), GHSA)
    api.rooms.project("shop", "signed")
    api.rooms.project("yard", public=True)
    for repository, tag, seed, contents in (
        ("shop/app", "1", "one", packages("package_1==1.0", "package_9==1.0")),
        ("shop/team/tool", "2", "two", packages("package_9==1.5", "package_2==1.0")),
        ("yard/app", "3", "one", packages("package_1==1.0", "package_9==1.0")),
        ("yard/clean", "4", "four", packages("package_1==2.0")),
        ("yard/owned", "5", "five", packages("package_9==1.0", owned=True)),
    ):
        examined(api.rooms, api.rooms.image(repository, tag, seed), contents)
    return api


def project_of(api: Api, name: str) -> Project:
    with api.rooms.house.stores.database.read() as tx:
        project = api.rooms.house.departments.projects.by_name(tx, name)
    assert project is not None
    return project


def found(api: Api, q: str = "", more: str = "", **by: Any) -> list[tuple[str, str, str]]:
    rows = api.get(f"/security/vul?page_size=50{more}" + (f"&q={q}" if q else ""), **by)
    return [(row["cve_id"], row["repository_name"], row["version"]) for row in rows]


def test_a_vulnerability_is_found_by_any_of_its_names_wherever_it_is(hub: Api) -> None:
    answer = hub.ask("GET", "/security/vul?q=cve_id%3DCVE-2026-9&with_tag=true")
    assert answer.headers["x-total-count"] == "3"
    rows = answer.json()
    assert {(row["repository_name"], row["version"], row["tags"][0]) for row in rows} == {
        ("shop/app", "1.0", "1"),
        ("yard/app", "1.0", "3"),
        ("shop/team/tool", "1.5", "2"),
    }
    assert {row["cve_id"] for row in rows} == {"CVE-2026-9"}
    assert {(row["severity"], row["fixed_version"], row["package"]) for row in rows} == {
        ("Critical", "2.0", "package_9")
    }
    assert len(found(hub, "cve_id%3DGHSA-aaaa-bbbb-cccc")) == 3
    assert found(hub, "cve_id%3DCVE-2020-1") == []


def test_it_is_searched_by_all_that_harbor_knows(hub: Api) -> None:
    everything = found(hub)
    assert len(everything) == 6
    assert everything[0][0] == "GHSA-aaaa-bbbb-cccc", "the worst first"
    assert len(found(hub, "severity%3DCritical")) == 3
    assert found(hub, "severity%3DLow") == [("PYSEC-2026-2", "shop/team/tool", "1.0")]
    assert len(found(hub, "package%3Dpackage_1")) == 2
    assert len(found(hub, "repository_name%3Dshop/app")) == 2
    assert len(found(hub, "repository_name%3Dshop/app,cve_id%3DCVE-2026-1")) == 1
    assert len(found(hub, "tag%3D3")) == 2
    digest = hub.get("/projects/yard/repositories/app/artifacts/3")["digest"]
    assert {row[1] for row in found(hub, f"digest%3D{digest}")} == {"shop/app", "yard/app"}
    yard = hub.get("/projects/yard")["project_id"]
    assert {row[1] for row in found(hub, f"project_id%3D{yard}")} == {"yard/app"}


def test_it_comes_in_pages_and_is_counted_no_further_than_need_be(hub: Api) -> None:
    first = hub.ask("GET", "/security/vul?page_size=2")
    assert first.headers["x-total-count"] == "6"
    assert 'rel="next"' in first.headers["link"]
    pages = [hub.get(f"/security/vul?page_size=2&page={page}") for page in (1, 2, 3)]
    assert [row for page in pages for row in page] == hub.get("/security/vul?page_size=50")
    assert hub.get("/security/vul?page_size=2&page=4") == []
    assert hub.ask("GET", "/security/vul?tune_count=true").headers["x-total-count"] == "6"


def test_many_are_not_counted_and_pages_go_on(hub: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pratique.admission.reports.hub.TUNED", 2)
    monkeypatch.setattr("pratique.admission.reports.hub.LINES", 1)
    whole = hub.get("/security/vul?page_size=50")
    seen: list[Any] = []
    for page in range(1, 5):
        answer = hub.ask("GET", f"/security/vul?tune_count=true&page_size=2&page={page}")
        seen += answer.json()
        assert answer.headers["x-total-count"] == "-1"
        assert ('rel="next"' in answer.headers.get("link", "")) == bool(answer.json())
    assert seen == whole


@pytest.mark.parametrize(
    "q",
    [
        "virus%3D1",
        "cve_id%3D~CVE",
        "severity%3DHorrible",
        "cvss_score_v3%3D[1~2]",
        "project_id%3Dshop",
        "cve_id%3DCVE-1,cve_id%3DCVE-2",
    ],
)
def test_what_can_not_be_asked_is_refused(hub: Api, q: str) -> None:
    assert hub.refused("GET", f"/security/vul?q={q}") == (400, "BAD_REQUEST")


def test_the_summary_counts_each_finding_in_each_artifact(hub: Api) -> None:
    hub.rooms.image("yard/unseen", seed="unseen")
    assert hub.refused("GET", "/security/summary") == (503, "UNKNOWN"), "not counted yet: that is not none"
    build_tallying(hub.rooms.house).tally({})
    plain = hub.get("/security/summary")
    assert plain["update_time"].startswith(rfc3339(hub.rooms.clock.now())[:19])
    assert (plain["critical_cnt"], plain["low_cnt"], plain["unknown_cnt"]) == (3, 1, 2)
    assert (plain["total_vuls"], plain["fixable_cnt"]) == (6, 6)
    assert (plain["total_artifact"], plain["scanned_cnt"]) == (6, 5)
    assert (plain["dangerous_cves"], plain["dangerous_artifacts"]) == (None, None)
    whole = hub.get("/security/summary?with_dangerous_cve=true&with_dangerous_artifact=true")
    assert whole["dangerous_cves"][0]["cve_id"] == "GHSA-aaaa-bbbb-cccc"
    assert {each["repository_name"] for each in whole["dangerous_artifacts"]} == {
        "shop/app",
        "shop/team/tool",
        "yard/app",
    }


def test_where_there_is_nothing_nothing_is_found(api: Api) -> None:
    found = api.get("/security/summary?with_dangerous_cve=true")
    assert (found["total_artifact"], found["total_vuls"], found["dangerous_cves"]) == (0, 0, [])


def test_who_sees_what_of_it(hub: Api) -> None:
    shop, yard = (hub.get(f"/projects/{name}")["project_id"] for name in ("shop", "yard"))
    guest = hub.rooms.user("guest")
    developer = hub.rooms.user("developer")
    project = project_of(hub, "shop")
    hub.rooms.admit(guest, project, Role.GUEST)
    hub.rooms.admit(developer, project, Role.DEVELOPER)
    assert hub.refused("GET", "/security/summary", by=developer) == (403, "FORBIDDEN")
    assert hub.refused("GET", "/security/vul", by=developer) == (403, "FORBIDDEN")
    assert hub.refused("GET", "/security/vul?q=cve_id%3DCVE-2026-9", by=developer) == (403, "FORBIDDEN")
    # In a project whoever may see what is inside its artifacts: of what is refused to him, nothing.
    assert len(found(hub, f"project_id%3D{shop}", by=developer)) == 4
    assert found(hub, f"project_id%3D{shop}", by=guest) == []
    assert found(hub, "repository_name%3Dshop/app", by=guest) == []
    assert len(found(hub, f"project_id%3D{yard}", by=guest)) == 2
    assert found(hub, f"project_id%3D{yard},repository_name%3Dshop/app", by=guest) == []
    stranger = hub.rooms.user("stranger")
    assert hub.refused("GET", f"/security/vul?q=project_id%3D{shop}", by=stranger) == (403, "FORBIDDEN")
    assert hub.refused("GET", "/security/vul?q=project_id%3D9999", by=stranger) == (403, "FORBIDDEN")
    assert hub.refused("GET", "/security/vul", by=None) == (401, "UNAUTHORIZED")


def test_a_guest_finds_what_is_let_out_to_him(hub: Api) -> None:
    shop = hub.get("/projects/shop")["project_id"]
    guest = hub.rooms.user("guest")
    project = project_of(hub, "shop")
    hub.rooms.admit(guest, project, Role.GUEST)
    key = hub.rooms.trust(project)
    content = hub.rooms.image("shop/app", "1", "one")
    hub.rooms.sign("shop/app", content, key)
    assert {row[1] for row in found(hub, f"project_id%3D{shop}", by=guest)} == {"shop/app"}
    hub.rooms.distrust(project)
    assert found(hub, f"project_id%3D{shop}", by=guest) == []
