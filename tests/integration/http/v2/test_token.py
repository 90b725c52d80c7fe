"""The token endpoint (distribution, spec/auth/token.md and oauth.md), in the forms that clients use."""

from typing import Any

import httpx
import pytest
from tests.doors import ADMIN, Client, errors_of
from tests.houses import PASSWORD
from tests.integration.conftest import Registry

from pratique.clock import DAY, SECOND

SCOPE = "repository:team/app:pull,push"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(registry: Registry) -> Client:
    registry.home.project("team")
    return registry.client


def post(client: Client, **fields: str) -> httpx.Response:
    return client.post("/service/token", None, data=fields)


def password_grant(**more: str) -> dict[str, str]:
    return {
        "grant_type": "password",
        "username": "admin",
        "password": PASSWORD,
        "service": "pratique",
        **more,
    }


def test_get_answers_what_every_client_reads(client: Client) -> None:
    answer = client.get("/service/token", params={"service": "pratique", "scope": SCOPE, "account": "admin"})
    document: dict[str, Any] = answer.json()
    assert document["token"] == document["access_token"]
    assert document["expires_in"] == 300
    assert document["issued_at"].endswith("Z")
    assert "refresh_token" not in document
    assert answer.headers["cache-control"] == "no-store"
    assert client.post("/v2/team/app/blobs/uploads/", document["token"]).status_code == 202


def test_asked_and_allowed_both(client: Client) -> None:
    token = client.token(None, SCOPE, "repository:library/x:pull", "unknown:thing:do")
    assert client.get("/v2/team/app/tags/list", token).status_code == 401


SPELLINGS = (
    ["repository:team/app:pull repository:team/app:pull,push"],
    ["repository:team/app:push,pull"],
    ["repository:team/app:pull", "repository:team/app:push"],
    ["repository:team/app:pull,push repository:team/other:pull"],
    ["repository:team/app:*"],
)


def test_scopes_as_docker_buildkit_and_podman_write_them(client: Client) -> None:
    for scopes in SPELLINGS:
        assert client.post("/v2/team/app/blobs/uploads/", client.token(ADMIN, *scopes)).status_code == 202


def test_post_with_a_password_and_then_with_the_refresh_token(client: Client) -> None:
    first = post(client, **password_grant(scope=SCOPE, access_type="offline", client_id="docker"))
    assert first.status_code == 200
    document = first.json()
    assert document["scope"] == "repository:team/app:pull,push"
    second = post(
        client,
        grant_type="refresh_token",
        refresh_token=document["refresh_token"],
        service="pratique",
        client_id="docker",
        scope="repository:team/app:pull",
    )
    assert second.json()["refresh_token"] == document["refresh_token"]
    assert second.json()["scope"] == "repository:team/app:pull"
    assert "refresh_token" not in post(client, **password_grant(scope=SCOPE)).json()


def test_offline_token_by_get(client: Client) -> None:
    asked = {"service": "pratique", "offline_token": "true", "client_id": "docker"}
    assert "refresh_token" in client.get("/service/token", params=asked).json()
    assert "refresh_token" not in client.get("/service/token", None, params=asked).json()


def test_a_refresh_token_ends(client: Client, registry: Registry) -> None:
    refresh = post(client, **password_grant(access_type="offline")).json()["refresh_token"]
    registry.clock.advance(31 * DAY / SECOND)
    answer = post(client, grant_type="refresh_token", refresh_token=refresh)
    assert answer.status_code == 401


def test_wrong_credentials_are_401(client: Client) -> None:
    for who in (("admin", "wrong"), ("", ""), ("nobody", PASSWORD)):
        answer = client.get("/service/token", who, params={"scope": SCOPE})
        assert answer.status_code == 401
        assert errors_of(answer) == ["UNAUTHORIZED"]
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_wrong_passwords_and_tokens_by_post_are_401(client: Client) -> None:
    assert post(client, **{**password_grant(), "password": "wrong"}).status_code == 401
    assert post(client, grant_type="refresh_token", refresh_token="prqr_x").status_code == 401
    assert client.get("/service/token", "some.bearer.token").status_code == 401


def test_an_account_hint_must_be_the_account(client: Client) -> None:
    assert client.get("/service/token", params={"account": "other"}).status_code == 401
    assert client.get("/service/token", None, params={"account": "other"}).status_code == 200


def test_throttled_is_429_and_says_how_long(client: Client) -> None:
    for _ in range(20):
        answer = client.get("/service/token", ("admin", "wrong"))
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert errors_of(answer) == ["TOOMANYREQUESTS"]
    assert int(answer.headers["retry-after"]) >= 1


UNREADABLE: tuple[tuple[bytes, dict[str, str]], ...] = (
    (b"grant_type=implicit", FORM),
    (b"grant_type=password&username=admin", FORM),
    (b"grant_type=refresh_token", FORM),
    (b"grant_type=password&username=a&username=b&password=c", FORM),
    (b"grant_type=password", {"content-type": "application/json"}),
    (b"&".join(b"a%d=1" % n for n in range(100)), FORM),
    (b"\xff=1", FORM),
    (b"grant_type=password&username=a&password=b&scope=nonsense", FORM),
)


def test_what_can_not_be_read_is_400(client: Client) -> None:
    for content, headers in UNREADABLE:
        answer = client.post("/service/token", None, content=content, headers=headers)
        assert answer.status_code == 400
        assert errors_of(answer) == ["UNSUPPORTED"]


def test_forms_and_scopes_have_limits(client: Client) -> None:
    assert client.post("/service/token", None, content=b"a" * 70_000, headers=FORM).status_code == 413
    many = [("scope", f"repository:team/app{n}:pull") for n in range(200)]
    assert client.get("/service/token", params=many).status_code == 400
    assert client.put("/service/token").status_code == 405
