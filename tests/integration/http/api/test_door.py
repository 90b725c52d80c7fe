"""What every operation has in common: who calls, what is read, how refusals are said."""

import base64
import json
from typing import Any

import pytest
from tests.houses import PASSWORD
from tests.integration.http.api.conftest import Api

from pratique.db import Tx


def post(api: Api, content: bytes, **headers: str) -> tuple[int, str]:
    """A project asked for by these very bytes."""
    sent = {"content-type": "application/json", **headers}
    return api.refused("POST", "/projects", content=content, headers=sent)


def test_wrong_credentials_are_never_nobody(sqlite_api: Api) -> None:
    right = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    wrong = base64.b64encode(b"admin:Wrong-horse-1").decode()
    for header in (f"Basic {wrong}", "Basic !", "Basic", "Bearer abc", f"Digest {right}", ""):
        answer = sqlite_api.ask("GET", "/ping", by=None, headers={"authorization": header})
        assert answer.status_code == 401, header
        assert answer.headers["www-authenticate"].startswith("Basic")
    twice = [("authorization", f"Basic {right}"), ("authorization", f"Basic {wrong}")]
    answer = sqlite_api.client.http.get("/api/v2.0/ping", headers=twice)
    assert answer.status_code == 401


def test_a_token_of_the_registry_is_no_key_to_this_door(sqlite_api: Api) -> None:
    sqlite_api.rooms.project("shop")
    token = sqlite_api.client.token(("admin", PASSWORD), "repository:shop/app:pull,push")
    answer = sqlite_api.ask("GET", "/users", by=None, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_cookie_is_not_looked_at(sqlite_api: Api) -> None:
    pair = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    for cookie in (f"sid={pair}", f"authorization=Basic {pair}", "sid=1"):
        assert sqlite_api.refused("GET", "/users", by=None, headers={"cookie": cookie})[0] == 401
        assert "set-cookie" not in sqlite_api.ask("GET", "/ping", by=None, headers={"cookie": cookie}).headers


def test_guessing_is_throttled(sqlite_api: Api) -> None:
    sqlite_api.secrets["admin"] = "Wrong-horse-1"
    seen = [sqlite_api.ask("GET", "/users") for _ in range(15)]
    assert {answer.status_code for answer in seen} == {401, 429}
    assert int(seen[-1].headers["retry-after"]) > 0
    assert seen[-1].json()["errors"][0]["code"] == "TOO_MANY_REQUEST"


def test_credentials_end_with_the_account(sqlite_api: Api) -> None:
    ann = sqlite_api.rooms.user("ann")
    assert sqlite_api.get("/users/current", by=ann)["username"] == "ann"
    sqlite_api.do("DELETE", f"/users/{ann.id}")
    assert sqlite_api.refused("GET", "/users/current", by=ann)[0] == 401


def test_every_answer_has_the_id_of_its_request(sqlite_api: Api) -> None:
    named = {"x-request-id": "call-7"}
    assert sqlite_api.ask("GET", "/ping", headers=named).headers["x-request-id"] == "call-7"
    refused = sqlite_api.ask("GET", "/nothing", headers=named)
    assert (refused.status_code, refused.headers["x-request-id"]) == (404, "call-7")
    assert len(sqlite_api.ask("GET", "/ping").headers["x-request-id"]) > 8


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", (400, "BAD_REQUEST")),
        (b"{", (400, "BAD_REQUEST")),
        (b'{"project_name": "a", "project_name": "b"}', (400, "BAD_REQUEST")),
        (b'{"metadata": {"admission": "open", "admission": "signed"}}', (400, "BAD_REQUEST")),
        (b'{"project_name": "a\\u0000"}', (400, "BAD_REQUEST")),
        (b'{"project_name": "\\ud800"}', (400, "BAD_REQUEST")),
        (b"[" * 10_000, (400, "BAD_REQUEST")),
        (b"[]", (422, "UNPROCESSABLE_ENTITY")),
        (b'{"project_name": 7}', (422, "UNPROCESSABLE_ENTITY")),
        (b'{"storage_limit": 99999999999999999999}', (400, "BAD_REQUEST")),
        (b'{"project_name": "UPPER"}', (400, "BAD_REQUEST")),
        (b'{"project_name": "a", "registry_id": 3}', (400, "BAD_REQUEST")),
        (b" " * 2_000_000, (413, "REQUEST_ENTITY_TOO_LARGE")),
    ],
    ids=lambda value: None if isinstance(value, tuple) else value[:40].decode("latin-1"),
)
def test_a_body_that_does_not_fit_is_refused(
    sqlite_api: Api, content: bytes, refusal: tuple[int, str]
) -> None:
    assert post(sqlite_api, content) == refusal
    assert sqlite_api.get("/projects") == []


def test_only_json_is_read_and_unknown_fields_are_passed_over(sqlite_api: Api) -> None:
    assert post(sqlite_api, b"{}", **{"content-type": "text/xml"}) == (415, "UNSUPPORTED_MEDIA_TYPE")
    body = {"project_name": "shop", "cve_allowlist": {"items": []}, "new_in_harbor_9": True}
    sqlite_api.do("POST", "/projects", body)


@pytest.mark.parametrize("path", ["/projects/%00", "/projects?q=name%3D%00", "/projects?name=%00"])
def test_what_is_no_character_is_refused(sqlite_api: Api, path: str) -> None:
    assert sqlite_api.refused("GET", path) == (400, "BAD_REQUEST")


def test_routes_and_methods_that_are_not_there(sqlite_api: Api) -> None:
    assert sqlite_api.refused("GET", "/nothing") == (404, "NOT_FOUND")
    answer = sqlite_api.ask("PATCH", "/projects")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert sqlite_api.ask("TRACE", "/projects").status_code == 405
    assert sqlite_api.refused("GET", "/users/0") == (422, "UNPROCESSABLE_ENTITY")
    assert sqlite_api.refused("GET", f"/users/{2**63}") == (422, "UNPROCESSABLE_ENTITY")
    assert sqlite_api.client.get("/api/v1.0/projects").status_code == 404
    assert sqlite_api.client.get("/api/").status_code == 404


def test_too_many_parameters_are_refused(sqlite_api: Api) -> None:
    assert sqlite_api.refused("GET", "/projects?" + "a=1&" * 200) == (400, "BAD_REQUEST")
    assert sqlite_api.refused("GET", "/projects?a=" + "x" * 20_000) == (400, "BAD_REQUEST")


def test_a_mistake_of_ours_tells_nothing(sqlite_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(type(sqlite_api.rooms.house.departments.projects), "list", break_down)
    answer = sqlite_api.ask("GET", "/projects", headers={"x-request-id": "call-8"})
    assert answer.status_code == 500
    assert "42" not in answer.text
    assert "call-8" in answer.text


def test_a_change_and_its_events_are_one(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails after the change takes the change with it."""

    def break_down(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no room for the event")

    members = type(api.rooms.house.departments.members)
    monkeypatch.setattr(members, "admit", break_down)
    assert api.ask("POST", "/projects", {"project_name": "half"}).status_code == 500
    monkeypatch.undo()

    def outbox(tx: Tx) -> bool:
        return api.rooms.house.departments.projects.by_name(tx, "half") is None

    with api.rooms.house.stores.database.read() as tx:
        assert outbox(tx)


def test_the_document_is_served_to_everybody(sqlite_api: Api) -> None:
    document = sqlite_api.get("/openapi.json", by=None)
    assert document["openapi"] == "3.1.0"
    assert sqlite_api.get("/swagger.json", by=None) == document
    assert json.dumps(document).count('"operationId"') > 80
