"""CVE allowlists and the prevention of vulnerabilities through the door, in Harbor's shapes, on both databases."""

from typing import Any

import pytest
from tests.integration.http.api.conftest import Api

from pratique.access import Role

SYSTEM = "/system/CVEAllowlist"
LATER = 1_900_000_000


def items(*ids: str) -> dict[str, Any]:
    return {"items": [{"cve_id": name} for name in ids]}


def test_the_systems_list_is_everybodys_to_read_and_an_administrators_to_write(api: Api) -> None:
    bob = api.rooms.user("bob")
    fresh = api.get(SYSTEM, by=bob)
    assert fresh["project_id"] == 0
    assert fresh["items"] == []
    assert "expires_at" not in fresh
    assert api.refused("GET", SYSTEM, by=None)[0] == 401
    assert api.refused("PUT", SYSTEM, items("CVE-2026-1"), by=bob) == (403, "FORBIDDEN")
    api.do("PUT", SYSTEM, {**items("CVE-2026-1", "GHSA-1"), "expires_at": LATER, "project_id": 0})
    listed = api.get(SYSTEM, by=bob)
    assert listed["items"] == [{"cve_id": "CVE-2026-1"}, {"cve_id": "GHSA-1"}]
    assert listed["expires_at"] == LATER
    assert listed["id"] > 0
    api.do("PUT", SYSTEM, {**listed, "items": []})
    assert api.get(SYSTEM)["items"] == []
    api.advance_audit()
    told = api.get("/audit-logs?q=resource_type%3Dcve_allowlist")
    assert len(told) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (items("CVE 1"), 400),
        (items("CVE-1", "cve-1"), 400),
        ({"items": [], "expires_at": 0}, 400),
        ({"items": [], "project_id": 5}, 400),
        (items(""), 422),
        ({"items": "CVE-1"}, 422),
        ({"items": [], "expires_at": "soon"}, 422),
    ],
)
def test_a_list_is_read_strictly(sqlite_api: Api, body: Any, status: int) -> None:
    assert sqlite_api.refused("PUT", SYSTEM, body)[0] == status


def test_a_project_has_a_list_of_its_own(api: Api) -> None:
    api.do("POST", "/projects", {"project_name": "shop", "cve_allowlist": items("CVE-2026-1")})
    api.rooms.project("street")
    shop = api.get("/projects/shop")
    number = shop["project_id"]
    assert shop["cve_allowlist"]["items"] == [{"cve_id": "CVE-2026-1"}]
    assert shop["cve_allowlist"]["project_id"] == number
    asked = {**items("CVE-2026-2"), "project_id": number, "expires_at": LATER}
    api.do(
        "PUT", "/projects/shop", {"cve_allowlist": asked, "metadata": {"reuse_sys_cve_allowlist": "false"}}
    )
    api.do("PUT", "/projects/shop", {"metadata": {"public": "true"}, "cve_allowlist": None})
    lists = {each["name"]: each["cve_allowlist"] for each in api.get("/projects")}
    assert lists["shop"]["items"] == [{"cve_id": "CVE-2026-2"}]
    assert lists["shop"]["expires_at"] == LATER
    assert lists["street"]["items"] == []
    other = {"cve_allowlist": {**items("CVE-2026-3"), "project_id": number + 1}}
    assert api.refused("PUT", "/projects/shop", other) == (400, "BAD_REQUEST")


def test_what_waits_because_of_a_change_is_counted(api: Api) -> None:
    api.rooms.project("shop")
    api.rooms.image("shop/app")
    on = api.do("PUT", "/projects/shop", {"metadata": {"prevent_vul": "true", "severity": "high"}})
    assert on.headers["x-pratique-pending"] == "1"
    off = api.do("PUT", "/projects/shop/metadatas/prevent_vul", {"prevent_vul": "false"})
    assert "x-pratique-pending" not in off.headers
    api.do("PUT", "/projects/shop/metadatas/prevent_vul", {"prevent_vul": "true"})
    assert "x-pratique-pending" not in api.do("PUT", SYSTEM, items("CVE-2026-1")).headers
    # It waits anyway: no verdict has rested on the entry.
    assert "x-pratique-pending" not in api.do("PUT", SYSTEM, items()).headers
    assert api.do("DELETE", "/projects/shop/metadatas/severity").headers["x-pratique-pending"] == "1"


def test_only_who_administers_the_project_says_what_is_accepted(api: Api) -> None:
    shop = api.rooms.project("shop")
    boss = api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    bot = api.robot("shop", "project:update", "metadata:update", "metadata:create", "metadata:delete")
    api.do("PUT", "/projects/shop", {"metadata": {"prevent_vul": "true"}}, by=boss)
    for method, path, body in (
        ("PUT", "/projects/shop", {"metadata": {"prevent_vul": "false"}}),
        ("PUT", "/projects/shop", {"cve_allowlist": items("CVE-2026-1")}),
        ("PUT", "/projects/shop/metadatas/severity", {"severity": "critical"}),
        ("POST", "/projects/shop/metadatas", {"allow_unexamined": "true"}),
        ("DELETE", "/projects/shop/metadatas/prevent_vul", None),
    ):
        assert api.refused(method, path, body, by=bot) == (403, "FORBIDDEN")
    # What clients send along with everything, and what decides nothing.
    same = {"metadata": {"prevent_vul": "true", "auto_scan": "true"}, "cve_allowlist": items()}
    api.do("PUT", "/projects/shop", same, by=bot)
    assert api.get("/projects/shop")["metadata"]["auto_scan"] == "true"
