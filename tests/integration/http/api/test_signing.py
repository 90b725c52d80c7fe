"""The keys that the registry signs with, as the API shows and rotates them, and the documents for consumers."""

import json
from typing import Any

import pytest
from tests.integration.http.api.conftest import Api
from tests.scenes import NUMBERS

from pratique.access import Role
from pratique.jobs import Feed, Worker

DOCUMENTS = (
    "cosign.pub",
    "verdict.pub",
    "notation.pem",
    "trustpolicy.json",
    "policy.json",
    "registries.d.yaml",
)


def work(api: Api) -> None:
    house = api.rooms.house
    feeds = [Feed(house.stores.database, "countersign", house.signing.feed.consume)]
    handlers = {**house.warehouse.rejudging.handlers(), **house.signing.handlers()}
    Worker(house.stores.database, handlers, api.rooms.clock, feeds=feeds).run_pending()


def admitting(api: Api, name: str, *, public: bool = False) -> None:
    """A project that has admitted something, and so has keys."""
    project = api.rooms.project(name, "signed", public=public)
    key = api.rooms.trust(project)
    api.rooms.sign(f"{name}/app", api.rooms.image(f"{name}/app"), key)
    work(api)


def keys(api: Api, name: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["state"]) for one in api.get(f"/projects/{name}/signing-keys")]


def test_before_the_first_admission_there_are_no_keys(api: Api) -> None:
    api.rooms.project("sign-none", "signed")
    assert api.get("/projects/sign-none/signing-keys") == []
    assert api.refused("GET", "/projects/sign-none/trust/cosign.pub") == (404, "NOT_FOUND")
    asked = {"kind": "notation"}
    assert api.refused("POST", "/projects/sign-none/signing-keys", asked) == (409, "CONFLICT")


def test_the_documents_name_the_project_and_its_keys(api: Api) -> None:
    admitting(api, "sign-docs")
    shown = {name: api.do("GET", f"/projects/sign-docs/trust/{name}").text for name in DOCUMENTS}
    published = {one["kind"]: one for one in api.get("/projects/sign-docs/signing-keys")}
    assert shown["cosign.pub"] == published["countersignature"]["public_key"]
    assert shown["verdict.pub"] == published["verdict"]["public_key"]
    assert shown["notation.pem"] == published["notation"]["certificate"]
    statement = json.loads(shown["trustpolicy.json"])["trustPolicies"][0]
    assert statement["registryScopes"] == ["registry.example.test/sign-docs/app"]
    assert statement["trustStores"] == ["ca:pratique-sign-docs"]
    policy: dict[str, Any] = json.loads(shown["policy.json"])
    assert policy["default"] == [{"type": "reject"}]
    assert list(policy["transports"]["docker"]) == ["registry.example.test/sign-docs"]
    assert '"registry.example.test/sign-docs"' in shown["registries.d.yaml"]
    assert "PRIVATE" not in "".join(shown.values())


def test_the_well_known_place_says_the_same(api: Api) -> None:
    admitting(api, "sign-known", public=True)
    for name in DOCUMENTS:
        there = api.client.ask("GET", f"/.well-known/pratique/sign-known/{name}", None)
        assert there.status_code == 200, there.text
        assert there.text == api.do("GET", f"/projects/sign-known/trust/{name}", by=None).text
    for path in ("", "/sign-known", "/sign-known/other", "/sign-known/cosign.pub/more"):
        assert api.client.ask("GET", f"/.well-known/pratique{path}", None).status_code == 404


@pytest.mark.parametrize("name", DOCUMENTS)
def test_strangers_cant_tell_a_private_project_from_none(api: Api, name: str) -> None:
    if not api.ask("GET", "/projects/sign-private/signing-keys").is_success:
        admitting(api, "sign-private")
    stranger = api.rooms.user(f"stranger-{name.replace('.', '-')}")
    for by in (None, stranger):
        answers = [
            api.refused("GET", f"/projects/{project}/trust/{name}", by=by)
            for project in ("sign-private", "sign-nowhere")
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "path",
    [
        "sign-private%2ftrust%2fcosign.pub",
        "sign-private%2Fcosign.pub",
        "./sign-private/cosign.pub",
        "public/../sign-private/cosign.pub",
        "%2e%2e/sign-private/cosign.pub",
        "..%2f..%2fapi%2fv2.0%2fprojects%2fsign-private%2ftrust/cosign.pub",
        "/sign-private/cosign.pub",
        "sign-private//cosign.pub",
        "sign-private/cosign.pub%3fx",
        "sign-private/cosign.pub%00",
        "sign-private%00/cosign.pub",
        "SIGN-PRIVATE/cosign.pub",
        "sign%2dprivate/cosign.pub",
        "sign-private;x/cosign.pub",
        "1/cosign.pub",
        "*/cosign.pub",
    ],
)
def test_no_spelling_of_a_path_tells_strangers_of_a_private_project(api: Api, path: str) -> None:
    """Dots, encodings and doubled slashes: whatever is meant, it is as if there were no such project."""
    if not api.ask("GET", "/projects/sign-private/signing-keys").is_success:
        admitting(api, "sign-private")
    stranger = api.rooms.user(f"speller{next(NUMBERS)}")
    for who in (None, api.rooms.credentials(stranger)):
        there = api.client.ask("GET", f"/.well-known/pratique/{path}", who)
        none = api.client.ask("GET", f"/.well-known/pratique/{path.replace('private', 'nowhere')}", who)
        assert there.status_code in {400, 401, 403, 404}, there.text
        assert there.status_code == none.status_code
        assert "BEGIN" not in there.text
        assert there.text.lower().replace("private", "nowhere")[:200] == none.text.lower()[:200]


def test_a_rotation_step_by_step(api: Api) -> None:
    admitting(api, "sign-turn")
    path = "/projects/sign-turn/signing-keys"
    assert api.refused("POST", f"{path}/verdict/activation") == (404, "NOT_FOUND")
    assert api.refused("POST", f"{path}/other/activation") == (404, "NOT_FOUND")
    api.do("POST", path, {"kind": "verdict"})
    assert ("verdict", "next") in keys(api, "sign-turn")
    assert api.refused("POST", path, {"kind": "verdict"}) == (409, "CONFLICT")
    assert api.do("GET", "/projects/sign-turn/trust/verdict.pub").text.count("BEGIN") == 2
    api.do("POST", f"{path}/verdict/activation")
    assert ("verdict", "retiring") in keys(api, "sign-turn")
    assert api.refused("POST", path, {"kind": "verdict"}) == (409, "CONFLICT")
    work(api)
    assert sorted(keys(api, "sign-turn")) == [
        ("countersignature", "active"),
        ("notation", "active"),
        ("verdict", "active"),
    ]


@pytest.mark.parametrize("role", [Role.MAINTAINER, Role.DEVELOPER, Role.GUEST])
def test_only_the_projects_admin_rotates(api: Api, role: Role) -> None:
    name = f"sign-{role.name.lower().replace('_', '-')}"
    project = api.rooms.project(name, "signed")
    member = api.rooms.user(f"of-{name}", project, role)
    path = f"/projects/{name}/signing-keys"
    assert api.refused("POST", path, {"kind": "notation"}, by=member) == (403, "FORBIDDEN")
    assert api.refused("POST", f"{path}/notation/activation", by=member) == (403, "FORBIDDEN")
    assert api.get(path, by=member) == []
