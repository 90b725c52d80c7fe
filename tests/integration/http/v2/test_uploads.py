"""Uploads between people, and what is left when they go wrong."""

import pytest
from tests.doors import Client, errors_of, robot
from tests.houses import PASSWORD
from tests.integration.conftest import Registry

from pratique.access import Role
from pratique.clock import DAY, SECOND
from pratique.oci.digest import digest_of

CONTENT = b"0123456789" * 10
DIGEST = digest_of(CONTENT)


@pytest.fixture
def client(registry: Registry) -> Client:
    registry.home.project("team")
    return registry.client


def test_an_upload_is_its_owners(client: Client, registry: Registry) -> None:
    location = client.begin("team/app")
    other = robot(registry.home, "other", "team", "pull", "push")
    for method in ("GET", "PATCH", "DELETE"):
        answer = client.ask(method, location, other)
        assert (answer.status_code, errors_of(answer)) == (404, ["BLOB_UPLOAD_UNKNOWN"])
    assert client.get(location).status_code == 204


def test_an_upload_expires(client: Client, registry: Registry) -> None:
    location = client.begin("team/app")
    registry.clock.advance(8 * DAY / SECOND)
    assert client.get(location).status_code == 404


def test_a_single_post_that_fails_leaves_no_upload(client: Client, registry: Registry) -> None:
    answer = client.post("/v2/team/app/blobs/uploads/", params={"digest": DIGEST}, content=b"other bytes")
    assert (answer.status_code, errors_of(answer)) == (400, ["DIGEST_INVALID"])
    assert list(registry.home.house.stores.spool.walk()) == []


def test_a_wrong_digest_leaves_the_upload_to_be_closed_rightly(client: Client) -> None:
    location = client.begin("team/app")
    assert client.patch(location, content=CONTENT).status_code == 202
    assert client.put(location, params={"digest": digest_of(b"x")}).status_code == 400
    assert client.put(location, params={"digest": DIGEST}).status_code == 201


def test_the_tiers_of_a_mount(client: Client, registry: Registry) -> None:
    """gate.md 6: 202 as if unknown, unless the gate lets this blob out to this principal in the source."""
    registry.home.project("source", "signed")
    digest = registry.home.blob("source/app", CONTENT)
    target = "/v2/team/app/blobs/uploads/"
    here_only = robot(registry.home, "here", "team", "pull", "push")
    for query in ({"mount": digest, "from": "source/app"}, {"mount": digest}):
        assert client.post(target, here_only, params=query).status_code == 202
        assert client.post(target, params=query).status_code == 201
        assert client.delete(f"/v2/team/app/blobs/{digest}").status_code == 202


def test_a_guest_may_not_push(client: Client, registry: Registry) -> None:
    with registry.home.house.stores.database.read() as tx:
        project = registry.home.house.departments.projects.by_name(tx, "team")
    registry.home.user("guest", project, Role.GUEST)
    answer = client.post("/v2/team/app/blobs/uploads/", ("guest", PASSWORD))
    assert (answer.status_code, errors_of(answer)) == (403, ["DENIED"])


def test_a_project_must_be_there(client: Client) -> None:
    answer = client.post("/v2/nowhere/app/blobs/uploads/")
    assert (answer.status_code, errors_of(answer)) == (404, ["NAME_UNKNOWN"])
