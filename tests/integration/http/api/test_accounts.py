"""People, robots and refresh tokens through the door, on both databases."""

from tests.houses import PASSWORD
from tests.integration.http.api.conftest import Api

from pratique.access import Role

NEW = "Another-horse-2"


def user(name: str) -> dict[str, str]:
    return {"username": name, "password": PASSWORD, "email": f"{name}@example.test", "realname": name.title()}


def test_a_user_is_made_found_changed_and_deleted(api: Api) -> None:
    made = api.do("POST", "/users", user("ann"))
    one = made.headers["location"].removeprefix("/api/v2.0")
    assert api.get(one)["realname"] == "Ann"
    assert "password" not in api.get(one)
    assert api.get("/users/current", by="ann")["username"] == "ann"
    api.do("PUT", one, {"comment": "pushes"}, by="ann")
    assert api.get("/users?q=comment%3D~push")[0]["realname"] == "Ann"
    assert api.get("/users/search?username=an", by="ann") == [{"user_id": 2, "username": "ann"}]
    assert api.refused("POST", "/users", user("ann")) == (409, "CONFLICT")
    assert api.refused("POST", "/users", {**user("bob"), "password": "short"})[0] == 400
    api.do("DELETE", one)
    assert api.refused("GET", "/users/current", by="ann") == (401, "UNAUTHORIZED")


def test_nobody_reaches_into_anothers_account(api: Api) -> None:
    api.do("POST", "/users", user("ann"))
    api.do("POST", "/users", user("bob"))
    for method, path, body in (
        ("GET", "/users/3", None),
        ("PUT", "/users/3", {"realname": "x"}),
        ("PUT", "/users/3/password", {"old_password": PASSWORD, "new_password": NEW}),
        ("PUT", "/users/2/sysadmin", {"sysadmin_flag": True}),
        ("DELETE", "/users/3", None),
        ("GET", "/users", None),
        ("POST", "/users", user("carl")),
        ("GET", "/users/3/refresh-tokens", None),
    ):
        assert api.refused(method, path, body, by="ann") == (403, "FORBIDDEN"), path
        assert api.refused(method, path, body, by=None) == (401, "UNAUTHORIZED"), path


def test_a_password_is_changed_with_the_old_one_or_by_an_administrator(api: Api) -> None:
    api.do("POST", "/users", user("ann"))
    one = "/users/2/password"
    assert api.refused("PUT", one, {"old_password": "wrong", "new_password": NEW}, by="ann")[0] == 403
    assert api.refused("PUT", one, {"new_password": NEW}, by="ann")[0] == 403
    api.do("PUT", one, {"old_password": PASSWORD, "new_password": NEW}, by="ann")
    assert api.refused("GET", "/users/current", by="ann")[0] == 401
    api.secrets["ann"] = NEW
    assert api.get("/users/current", by="ann")["user_id"] == 2
    api.do("PUT", one, {"new_password": PASSWORD})
    assert api.refused("GET", "/users/current", by="ann")[0] == 401
    assert api.refused("PUT", "/users/1/password", {"new_password": NEW})[0] == 403


def test_administrators_are_made_by_administrators(api: Api) -> None:
    api.do("POST", "/users", user("ann"))
    assert api.refused("GET", "/configurations", by="ann")[0] == 403
    api.do("PUT", "/users/2/sysadmin", {"sysadmin_flag": True})
    assert api.get("/configurations", by="ann")["auth_mode"] == {"value": "db_auth", "editable": False}
    api.do("PUT", "/users/2/sysadmin", {"sysadmin_flag": False})
    assert api.refused("GET", "/configurations", by="ann")[0] == 403
    assert api.refused("PUT", "/users/1/sysadmin", {"sysadmin_flag": False})[0] == 403


def test_what_somebody_may_is_listed(api: Api) -> None:
    shop = api.rooms.project("shop")
    ann = api.rooms.user("ann", shop, Role.GUEST)
    here = api.get(f"/users/current/permissions?scope=/project/{shop.id}&relative=true", by=ann)
    assert {"resource": "repository", "action": "pull"} in here
    assert {"resource": "repository", "action": "push"} not in here
    whole = api.get("/users/current/permissions?scope=/project/shop", by=ann)
    assert whole[0]["resource"].startswith(f"/project/{shop.id}/")
    assert api.get("/users/current/permissions", by=ann) == []
    assert api.refused("GET", "/users/current/permissions?scope=/project/99", by=ann)[0] == 403
    assert api.refused("GET", "/users/current/permissions?scope=nonsense", by=ann)[0] == 400
    assert api.refused("GET", "/permissions", by=ann)[0] == 403
    boss = api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    assert "system" not in api.get("/permissions", by=boss)
    assert {"resource": "repository", "action": "examine"} in api.get("/permissions")["project"]


def test_a_robot_of_a_project_is_made_changed_and_deleted(api: Api) -> None:
    shop = api.rooms.project("shop")
    boss = api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    access = [{"resource": "repository", "action": "pull", "effect": "allow"}]
    asked = {
        "name": "ci",
        "level": "project",
        "duration": 7,
        "permissions": [{"kind": "project", "namespace": "shop", "access": access}],
    }
    made = api.do("POST", "/robots", asked, by=boss).json()
    assert made["name"] == "robot$shop+ci"
    api.secrets[made["name"]] = made["secret"]
    one = f"/robots/{made['id']}"
    assert api.get("/projects/shop", by=boss)["name"] == "shop"
    assert api.refused("GET", "/users/current", by=made["name"]) == (412, "PRECONDITION")
    listed = api.get(f"/robots?q=Level=project,ProjectID={shop.id}", by=boss)
    assert [each["expires_at"] for each in listed] == [made["expires_at"]]
    assert api.refused("GET", "/robots", by=boss) == (403, "FORBIDDEN")
    api.do("PUT", one, {**asked, "description": "builds"}, by=boss)
    assert api.get(one, by=boss)["description"] == "builds"
    assert api.refused("PUT", one, {**asked, "name": "other"}, by=boss)[0] == 400
    assert len(api.do("PATCH", one, {}, by=boss).json()["secret"]) > 20
    assert api.refused("GET", "/systeminfo", by=made["name"])[0] == 401
    assert api.do("PATCH", one, {"secret": NEW}, by=boss).json() == {"secret": ""}
    api.secrets[made["name"]] = NEW
    assert api.get("/systeminfo", by=made["name"])["auth_mode"] == "db_auth"
    api.do("DELETE", one, by=boss)
    assert api.refused("GET", one, by=boss) == (403, "FORBIDDEN")
    assert api.refused("GET", one) == (404, "NOT_FOUND")


def test_a_robot_of_the_system_reaches_what_it_was_given(api: Api) -> None:
    for name in ("shop", "yard"):
        api.rooms.project(name)
    access = {
        "name": "ops",
        "level": "system",
        "duration": -1,
        "permissions": [
            {"kind": "system", "namespace": "/", "access": [{"resource": "project", "action": "create"},
                                                            {"resource": "user", "action": "update"}]},
            {"kind": "project", "namespace": "*", "access": [{"resource": "project", "action": "read"},
                                                             {"resource": "repository", "action": "list"}]},
        ],
    }  # fmt: skip
    made = api.do("POST", "/robots", access).json()
    api.secrets[made["name"]] = made["secret"]
    assert made["expires_at"] == -1
    bot = made["name"]
    assert [each["name"] for each in api.get("/projects", by=bot)] == ["shop", "yard"]
    api.do("POST", "/projects", {"project_name": "made"}, by=bot)
    assert api.get("/projects/made")["owner_name"] == "admin"
    # No robot decides who is an administrator, nor what his password is.
    assert api.refused("PUT", "/users/1/sysadmin", {"sysadmin_flag": False}, by=bot)[0] == 403
    assert api.refused("PUT", "/users/1/password", {"new_password": NEW}, by=bot)[0] == 403
    assert api.refused("GET", "/users", by=bot)[0] == 403
    assert api.refused("PUT", f"/robots/{made['id']}", access, by=bot)[0] == 403
    assert api.get("/robots")[0]["creator_ref"] == 1


def test_a_robot_gives_no_more_than_it_has(api: Api) -> None:
    api.rooms.project("shop")
    bot = api.robot("shop", "robot:create", "repository:pull")

    def asked(action: str, resource: str = "repository") -> dict[str, object]:
        access = [{"resource": resource, "action": action}]
        rows = [{"kind": "project", "namespace": "shop", "access": access}]
        return {"name": f"by-{action}", "level": "project", "duration": 1, "permissions": rows}

    api.do("POST", "/robots", asked("pull"), by=bot)
    assert api.refused("POST", "/robots", asked("push"), by=bot)[0] == 403
    assert api.refused("POST", "/robots", asked("read", "trusted-key"))[0] == 400
    assert api.refused("POST", "/robots", {**asked("pull"), "level": "world"})[0] == 400


def test_refresh_tokens_are_listed_and_revoked(api: Api) -> None:
    ann = api.rooms.user("ann")
    issue = api.rooms.house.identity.refresh_tokens.issue
    api.rooms.house.stores.database.write(lambda tx: issue(tx, ann, client="docker"))
    listed = api.get(f"/users/{ann.id}/refresh-tokens", by=ann)
    assert [each["client"] for each in listed] == ["docker"]
    api.do("DELETE", f"/users/{ann.id}/refresh-tokens/{listed[0]['id']}", by=ann)
    assert api.get(f"/users/{ann.id}/refresh-tokens") == []
    assert api.refused("DELETE", f"/users/{ann.id}/refresh-tokens/{listed[0]['id']}")[0] == 404
    assert api.refused("GET", "/users/99/refresh-tokens")[0] == 404
