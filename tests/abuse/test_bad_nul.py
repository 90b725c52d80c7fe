"""NUL and other signs that a database can't hold: PostgreSQL refuses what SQLite takes, and both must answer alike."""

import base64
from collections.abc import Callable, Iterator

import pytest
from tests.databases import KINDS, Place
from tests.doors import ADMIN, Client, furnish_door, in_process

from pratique.oci.digest import digest_of

DIGEST = digest_of(b"nothing")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(params=KINDS, scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def client(kind: str, make_place: Callable[[str], Place]) -> Iterator[Client]:
    place = make_place(kind)
    home = furnish_door(place.url, place.directory)
    with in_process(home) as doors:
        home.project("library")
        doors.blob("library/app", b"content")
        yield doors
    home.house.close()


def basic(text: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text).decode()}


READS = (
    "/v2/library/app/tags/list?last=%00",
    "/v2/library/app/tags/list?last=a%00b&n=5",
    "/v2/_catalog?last=%00",
    "/v2/_catalog?last=%ff",
    f"/v2/library/app/referrers/{DIGEST}?last=%00",
    f"/v2/library/app/referrers/{DIGEST}?artifactType=%00",
    "/service/token?scope=repository:library/app:pull&client_id=%00&service=%00&offline_token=true",
    "/api/v2.0/projects?name=%00",
    "/api/v2.0/projects?q=name%3D%00",
    "/api/v2.0/projects/%00",
    "/api/v2.0/projects/library/repositories/%00/artifacts",
    "/api/v2.0/users?q=username%3D%7Ea%00",
    "/api/v2.0/audit-logs?q=username%3D%00",
)


def test_no_sign_in_a_query_is_a_mistake_of_ours(client: Client) -> None:
    answers = {path: client.get(path) for path in READS}
    assert {path: answer.text for path, answer in answers.items() if answer.status_code >= 500} == {}


@pytest.mark.parametrize("pair", [b"a\0:b", b"admin:\0", b"robot$\0:x", b"\0:\0"])
def test_no_sign_in_a_password_is_a_mistake_of_ours(client: Client, pair: bytes) -> None:
    for path in ("/v2/", "/service/token", "/api/v2.0/users/current"):
        assert client.get(path, None, headers=basic(pair)).status_code == 401, path


def test_no_sign_in_a_form_is_a_mistake_of_ours(client: Client) -> None:
    login = f"grant_type=password&username={ADMIN[0]}&password={ADMIN[1]}&access_type=offline"
    for form, wanted in (
        ("grant_type=password&username=%00&password=%00", {401}),
        ("grant_type=refresh_token&refresh_token=%00", {401}),
        (f"{login}&client_id=%00&service=%00", {200, 400}),
    ):
        answer = client.post("/service/token", None, content=form, headers=FORM)
        assert answer.status_code in wanted, (form, answer.text)


def test_no_source_of_a_mount_is_a_mistake_of_ours(client: Client) -> None:
    query = {"mount": digest_of(b"content"), "from": "library/\0"}
    assert client.post("/v2/library/other/blobs/uploads/", params=query).status_code == 400


def test_no_sign_in_a_document_is_a_mistake_of_ours(client: Client) -> None:
    for path, document in (
        ("projects", {"project_name": "a\0b"}),
        ("projects", {"project_name": "ab", "metadata": {"public": "\0"}}),
        ("users", {"username": "a\0", "email": "a\0@b.test", "realname": "\0", "password": "Aa1\0aaaaaa"}),
        ("labels", {"name": "a\0", "scope": "g", "description": "\0", "color": "\0"}),
    ):
        answer = client.post(f"/api/v2.0/{path}", json=document)
        assert answer.status_code in {400, 404}, (path, answer.status_code, answer.text)
