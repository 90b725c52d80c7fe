"""gate.md 6 and the token protocol: who is asked to log in, who is refused, and what nobody may learn."""

import pytest
from tests.doors import ADMIN, Client, Pair, errors_of, robot
from tests.houses import PASSWORD
from tests.integration.conftest import Registry

from pratique.access import Role
from pratique.db import Tx

PRIVATE = "/v2/team/app/tags/list"
ABSENT = "/v2/nowhere/app/tags/list"


@pytest.fixture
def client(registry: Registry) -> Client:
    registry.home.project("team")
    registry.home.project("open", public=True)
    registry.home.image("team/app")
    registry.home.image("open/app")
    return registry.client


def guest(registry: Registry) -> Pair:
    """Somebody who may pull in the project `team`."""
    database, projects = registry.home.house.stores.database, registry.home.house.departments.projects
    with database.read() as tx:
        project = projects.by_name(tx, "team")
    registry.home.user("guest", project, Role.GUEST)
    return "guest", PASSWORD


def stranger(registry: Registry) -> Pair:
    """Somebody without a role anywhere."""
    registry.home.user("stranger")
    return "stranger", PASSWORD


def test_the_base_always_asks_who(client: Client) -> None:
    answer = client.get("/v2/", None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="http://registry.test/service/token",service="pratique"'
    )
    assert errors_of(answer) == ["UNAUTHORIZED"]
    assert client.get("/v2/").status_code == 200
    assert client.get("/v2/", client.token(None)).status_code == 200


CHALLENGES = (
    ("GET", "/v2/team/app/manifests/1.0", "repository:team/app:pull"),
    ("HEAD", "/v2/team/app/manifests/1.0", "repository:team/app:pull"),
    ("PUT", "/v2/team/app/manifests/1.0", "repository:team/app:pull,push"),
    ("POST", "/v2/team/app/blobs/uploads/", "repository:team/app:pull,push"),
    ("PATCH", "/v2/team/app/blobs/uploads/1", "repository:team/app:pull,push"),
    ("DELETE", "/v2/team/app/manifests/1.0", "repository:team/app:delete"),
    ("GET", "/v2/team/app/tags/list", "repository:team/app:pull"),
    ("GET", "/v2/_catalog", "registry:catalog:*"),
    (
        "POST",
        f"/v2/team/app/blobs/uploads/?mount=sha256:{'a' * 64}&from=open/app",
        "repository:team/app:pull,push repository:open/app:pull",
    ),
)


def test_a_challenge_names_the_scope(client: Client) -> None:
    for method, path, scope in CHALLENGES:
        answer = client.ask(method, path, None)
        assert answer.status_code == 401
        assert f'scope="{scope}"' in answer.headers["www-authenticate"]
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


def test_wrong_credentials_are_never_anonymous(client: Client) -> None:
    wrong: tuple[Pair | str, ...] = (("admin", "wrong"), ("nobody", "wrong"), "not.a.token", "x" * 50_000)
    for who in wrong:
        answer = client.get("/v2/open/app/tags/list", who)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_public_projects_are_read_with_anonymous_tokens(client: Client) -> None:
    token = client.token(None, "repository:open/app:pull,push", "repository:team/app:pull")
    assert client.get("/v2/open/app/manifests/1.0", token).status_code == 200
    for path in (PRIVATE, ABSENT):
        answer = client.get(path, token)
        assert answer.status_code == 401
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert client.put("/v2/open/app/manifests/1.0", token, content=b"{}").status_code == 401


def test_strangers_learn_nothing(client: Client, registry: Registry) -> None:
    pair = stranger(registry)
    token = client.token(pair, "repository:team/app:pull", "repository:nowhere/app:pull")
    kept = {"content-type", "docker-distribution-api-version"}
    for who in (pair, token):
        for method in ("GET", "HEAD"):
            private, absent = client.ask(method, PRIVATE, who), client.ask(method, ABSENT, who)
            assert private.status_code == absent.status_code == 404
            assert private.text.replace("team", "nowhere") == absent.text
            assert kept <= private.headers.keys()
            assert all(private.headers[name] == absent.headers[name] for name in kept)


def test_too_few_rights_are_403_and_a_token_too_small_is_401(client: Client, registry: Registry) -> None:
    pair = guest(registry)
    small = client.token(pair, "repository:team/app:pull")
    assert client.delete("/v2/team/app/manifests/1.0", small).status_code == 403
    assert client.delete("/v2/team/app/manifests/1.0", pair).status_code == 403
    other = client.token(ADMIN, "repository:team/app:pull")
    answer = client.delete("/v2/team/app/manifests/1.0", other)
    assert answer.status_code == 401
    assert (
        'scope="repository:team/app:delete",error="insufficient_scope"' in answer.headers["www-authenticate"]
    )


def test_a_token_ends_with_the_project_that_it_was_for(client: Client, registry: Registry) -> None:
    token = client.token(ADMIN, "repository:team/app:pull")
    assert client.get(PRIVATE, token).status_code == 200
    registry.home.house.warehouse.deleter.repository("team/app", registry.home.admin)
    departments = registry.home.house.departments

    def remove(tx: Tx) -> None:
        team = departments.projects.by_name(tx, "team")
        assert team is not None
        departments.projects.delete(tx, registry.home.admin, team)

    registry.home.house.stores.database.write(remove)
    registry.home.project("team")
    registry.home.image("team/app")
    assert client.get(PRIVATE, token).status_code == 401


def test_a_changed_account_ends_its_tokens_at_once(client: Client, registry: Registry) -> None:
    pair = robot(registry.home, "reader", "team", "pull")
    token = client.token(pair, "repository:team/app:pull")
    assert client.get(PRIVATE, token).status_code == 200
    accounts = registry.home.house.identity.accounts
    key = accounts.authenticate(*pair).key
    registry.home.house.stores.database.write(lambda tx: accounts.bump(tx, key))
    assert client.get(PRIVATE, token).status_code == 401


def test_basic_reads_like_a_pull_token(client: Client, registry: Registry) -> None:
    name = robot(registry.home, "pusher", "team", "pull", "push")
    assert client.get("/v2/team/app/manifests/1.0", name).status_code == 200
    assert client.begin("team/app", name).startswith("/v2/team/app/blobs/uploads/")


def test_the_catalog_shows_what_its_reader_sees(client: Client, registry: Registry) -> None:
    token = client.token(ADMIN, "registry:catalog:*")
    assert client.get("/v2/_catalog", token).json() == {"repositories": ["open/app", "team/app"]}
    assert client.get("/v2/_catalog", stranger(registry)).json() == {"repositories": ["open/app"]}
    assert client.get("/v2/_catalog", client.token(ADMIN, "repository:team/app:pull")).status_code == 401
    assert client.get("/v2/_catalog", client.token(None, "registry:catalog:*")).status_code == 401
    assert client.get("/v2/_catalog", robot(registry.home, "ci", "team", "pull")).status_code == 403
