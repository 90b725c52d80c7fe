"""Projects, metadata and members through the door, on both databases."""

import pytest
from tests.integration.http.api.conftest import Api

from pratique.access import Role


def test_a_project_is_made_found_changed_and_deleted(api: Api) -> None:
    made = api.do("POST", "/projects", {"project_name": "shop", "metadata": {"public": "false"}})
    number = int(made.headers["location"].rpartition("/")[2])
    assert made.status_code == 201
    assert made.content == b""
    project = api.get(f"/projects/{number}")
    assert project["name"] == "shop"
    assert project["owner_name"] == "admin"
    assert project["metadata"]["admission"] == "open"
    assert project["current_user_role_id"] == 1
    api.do("PUT", "/projects/shop", {"metadata": {"public": True}})
    assert api.get("/projects/shop")["metadata"]["public"] == "true"
    assert api.get("/projects/shop/_deletable") == {"deletable": True}
    api.rooms.image("shop/app")
    assert api.get("/projects/shop/_deletable")["deletable"] is False
    assert api.get("/projects/shop/summary")["repo_count"] == 1
    assert api.refused("DELETE", "/projects/shop") == (412, "PRECONDITION")
    api.do("DELETE", "/projects/shop/repositories/app")
    api.do("DELETE", f"/projects/{number}")
    assert api.refused("GET", "/projects/shop") == (404, "NOT_FOUND")


def test_a_name_of_digits_is_found_when_it_is_called_a_name(api: Api) -> None:
    api.do("POST", "/projects", {"project_name": "2026"})
    assert api.refused("GET", "/projects/2026") == (404, "NOT_FOUND")
    assert api.get("/projects/2026", headers={"X-Is-Resource-Name": "true"})["name"] == "2026"
    named = api.do(
        "POST", "/projects", {"project_name": "a"}, headers={"X-Resource-Name-In-Location": "true"}
    )
    assert named.headers["location"] == "/api/v2.0/projects/a"


def test_projects_are_listed_in_pages_that_lead_to_each_other(api: Api) -> None:
    for name in ("aa", "ab", "b"):
        api.rooms.project(name)
    first = api.do("GET", "/projects?page_size=1&sort=-name&q=name%3D~a")
    assert first.headers["x-total-count"] == "2"
    assert [each["name"] for each in first.json()] == ["ab"]
    link = first.headers["link"].partition("<")[2].partition(">")[0].removeprefix("/api/v2.0")
    second = api.do("GET", link)
    assert [each["name"] for each in second.json()] == ["aa"]
    assert 'rel="prev"' in second.headers["link"]
    assert api.do("GET", "/projects?page_size=0").headers["x-total-count"] == "3"


@pytest.mark.parametrize("query", ["page_size=101", "page_size=-1", "page=0", "page=x", "public=maybe"])
def test_a_parameter_that_does_not_fit_is_unprocessable(sqlite_api: Api, query: str) -> None:
    assert sqlite_api.refused("GET", f"/projects?{query}") == (422, "UNPROCESSABLE_ENTITY")


def test_strangers_get_401_accounts_403_and_only_administrators_404(api: Api) -> None:
    shop = api.rooms.project("shop")
    api.rooms.project("street", public=True)
    ann = api.rooms.user("ann", shop, Role.GUEST)
    bob = api.rooms.user("bob")
    for path in ("/projects/shop", "/projects/nothing"):
        assert api.refused("GET", path, by=None) == (401, "UNAUTHORIZED")
        assert api.refused("GET", path, by=bob) == (403, "FORBIDDEN")
    assert api.refused("GET", "/projects/nothing") == (404, "NOT_FOUND")
    assert api.get("/projects/street", by=None)["name"] == "street"
    assert api.get("/projects/shop", by=ann)["current_user_role_id"] == 3
    assert api.refused("PUT", "/projects/shop", {"metadata": {}}, by=ann) == (403, "FORBIDDEN")
    assert [each["name"] for each in api.get("/projects", by=bob)] == ["street"]
    assert [each["name"] for each in api.get("/projects", by=None)] == ["street"]
    assert [each["name"] for each in api.get("/projects", by=ann)] == ["shop", "street"]
    api.do("HEAD", "/projects?project_name=shop", by=bob)
    assert api.refused("HEAD", "/projects?project_name=no", by=bob)[0] == 404


def test_metadata_is_kept_name_by_name(api: Api) -> None:
    api.rooms.project("shop")
    base = "/projects/shop/metadatas"
    api.do("POST", f"{base}/", {"severity": "high"})
    assert api.get(f"{base}/severity") == {"severity": "high"}
    assert api.refused("POST", base, {"severity": "low"}) == (409, "CONFLICT")
    api.do("PUT", f"{base}/severity", {"severity": "low"})
    assert api.get(base)["severity"] == "low"
    api.do("DELETE", f"{base}/severity")
    assert api.refused("GET", f"{base}/severity") == (404, "NOT_FOUND")
    assert api.refused("POST", base, {"admision": "signed"}) == (400, "BAD_REQUEST")
    assert api.refused("PUT", f"{base}/retention_id", {"retention_id": "1"}) == (400, "BAD_REQUEST")


def test_only_who_administers_the_project_turns_admission(api: Api) -> None:
    shop = api.rooms.project("shop")
    boss = api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    bot = api.robot("shop", "project:update", "metadata:update", "metadata:create", "metadata:delete")
    for method, path, body in (
        ("PUT", "/projects/shop", {"metadata": {"admission": "signed"}}),
        ("PUT", "/projects/shop", {"metadata": {"enable_content_trust_cosign": "true"}}),
        ("PUT", "/projects/shop/metadatas/admission", {"admission": "signed"}),
        ("POST", "/projects/shop/metadatas", {"enable_content_trust_cosign": "true"}),
    ):
        assert api.refused(method, path, body, by=bot) == (403, "FORBIDDEN")
    api.do("PUT", "/projects/shop", {"metadata": {"admission": "open", "auto_scan": "true"}}, by=bot)
    api.do("PUT", "/projects/shop/metadatas/admission", {"admission": "signed"}, by=boss)
    assert api.get("/projects/shop")["metadata"]["enable_content_trust_cosign"] == "false", "any kind will do"
    # What clients that know only Harbor's names send with everything takes nothing away, so everybody may.
    api.do("PUT", "/projects/shop", {"metadata": {"enable_content_trust_cosign": "false"}}, by=bot)
    assert api.get("/projects/shop")["metadata"]["admission"] == "signed"
    for switch in ("enable_content_trust", "enable_content_trust_cosign"):
        asked = {"metadata": {switch: "true"}}
        assert api.refused("PUT", "/projects/shop", asked, by=bot) == (403, "FORBIDDEN")
        api.do("PUT", "/projects/shop", asked, by=boss)
        assert api.get("/projects/shop")["metadata"][switch] == "true"
    assert api.refused("DELETE", "/projects/shop/metadatas/admission", by=bot) == (403, "FORBIDDEN")
    api.do("DELETE", "/projects/shop/metadatas/admission", by=boss)
    assert api.get("/projects/shop")["metadata"]["admission"] == "open"


def test_members_are_given_roles_and_lose_them(api: Api) -> None:
    api.rooms.project("shop")
    ann = api.rooms.user("ann")
    base = "/projects/shop/members"
    made = api.do("POST", base, {"role_id": 3, "member_user": {"username": "ann"}})
    one = made.headers["location"].removeprefix("/api/v2.0")
    assert api.get(one)["entity_name"] == "ann"
    assert api.get("/projects/shop", by=ann)["current_user_role_ids"] == [3]
    api.do("PUT", one, {"role_id": 2})
    assert api.get(base + "?entityname=an")[0]["role_name"] == "developer"
    assert api.refused("POST", base, {"role_id": 2, "member_user": {"user_id": ann.id}}) == (409, "CONFLICT")
    assert api.refused("POST", base, {"role_id": 9, "member_user": {"username": "ann"}})[0] == 400
    assert api.refused("POST", base, {"role_id": 2, "member_group": {"id": 1}})[0] == 400
    assert api.refused("POST", base, {"role_id": 2, "member_user": {"username": "no"}})[0] == 404
    api.do("DELETE", one)
    assert api.refused("GET", "/projects/shop", by=ann) == (403, "FORBIDDEN")


def test_quotas_are_the_administrators(api: Api) -> None:
    api.rooms.project("shop")
    ann = api.rooms.user("ann")
    quota = api.get("/quotas?reference=project&sort=-used.storage")[0]
    assert quota["ref"]["name"] == "shop"
    assert quota["hard"] == {"storage": -1}
    one = f"/quotas/{quota['id']}"
    api.do("PUT", one, {"hard": {"storage": 1_000_000}})
    assert api.get(one)["hard"]["storage"] == 1_000_000
    assert api.refused("PUT", one, {"hard": {"storage": 0}})[0] == 400
    assert api.refused("GET", "/quotas", by=ann) == (403, "FORBIDDEN")
    api.do("POST", "/projects", {"project_name": "anns", "storage_limit": 5}, by=ann)
    assert api.get("/projects/anns/summary")["quota"]["hard"]["storage"] == -1
