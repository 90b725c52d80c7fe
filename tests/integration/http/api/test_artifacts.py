"""Artifacts, tags and evidence through the door (gate.md 6, the rows "API"), on both databases."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from tests.houses import OCI_CONFIG, OCI_IMAGE, OCI_LAYER
from tests.integration.http.api.conftest import Api, artifact_path
from tests.signing import descriptor_of

from pratique.access import Principal, Role
from pratique.oci.digest import digest_of
from pratique.projects import LabelClearing


class Shop:
    """A project with an admitted and a refused image at one tag, and people of each tier."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.project = api.rooms.project("shop", "signed")
        self.guest = api.rooms.user("guest", self.project, Role.GUEST)
        self.developer = api.rooms.user("dev", self.project, Role.DEVELOPER)
        key = api.rooms.trust(self.project)
        self.good = api.rooms.image("shop/team/app", "1.0", "good")
        self.evidence = api.rooms.sign("shop/team/app", self.good, key)
        self.bad = api.rooms.image("shop/team/app", "1.0", "bad")

    def path(self, reference: str = "", suffix: str = "") -> str:
        return artifact_path("shop/team/app", reference, suffix)

    def get(self, reference: str, by: Principal | None, suffix: str = "") -> Any:
        return self.api.get(self.path(reference, suffix), by=by)


@pytest.fixture
def shop(api: Api) -> Shop:
    return Shop(api)


def test_of_a_refused_artifact_who_may_only_pull_learns_its_state_and_why(shop: Shop) -> None:
    query = "?with_tag=true&with_label=true&with_accessory=true"
    found = shop.get(digest_of(shop.bad), shop.guest, query)
    assert found["state"] == "QUARANTINED"
    assert found["reasons"][0]["code"] == "SIGNATURE_MISSING"
    assert "cosign sign" in found["reasons"][0]["remedy"]
    assert found["size"] == 0
    hidden = {"extra_attrs", "addition_links", "accessories", "tags", "labels", "annotations", "references"}
    assert not hidden & set(found)
    assert shop.get(digest_of(shop.bad), shop.guest, "/accessories") == []
    assert shop.get(digest_of(shop.bad), shop.guest, "/tags") == []
    history = shop.path(digest_of(shop.bad), "/additions/build_history")
    assert shop.api.refused("GET", history, by=shop.guest) == (403, "DENIED")


def test_who_may_push_sees_all_of_a_refused_artifact(shop: Shop) -> None:
    found = shop.get(digest_of(shop.bad), shop.developer, "?with_accessory=true")
    assert found["state"] == "QUARANTINED"
    assert found["extra_attrs"] == {"architecture": "amd64", "os": "linux"}
    assert found["type"] == "IMAGE"
    assert [tag["name"] for tag in found["tags"]] == ["1.0"]
    assert found["accessories"] == []


def test_of_an_admitted_artifact_everybody_sees_all(shop: Shop) -> None:
    found = shop.get(digest_of(shop.good), shop.guest, "?with_accessory=true")
    assert found["state"] == "ADMITTED"
    assert found["extra_attrs"]["architecture"] == "amd64"
    assert [each["type"] for each in found["accessories"]] == ["signature.cosign"]
    assert found["accessories"][0]["digest"] == shop.evidence
    assert [tag["name"] for tag in found["tags"]] == ["1.0"]
    assert found["tags"][0]["admitted"] == digest_of(shop.good)
    named = unquote(unquote(found["addition_links"]["build_history"]["href"]))
    assert named.startswith("/api/v2.0/projects/shop/repositories/team/app/artifacts/sha256:")


def test_by_tag_it_is_the_candidate_with_the_admitted_side_named(shop: Shop) -> None:
    for who in (shop.guest, shop.developer):
        found = shop.get("1.0", who)
        assert found["digest"] == digest_of(shop.bad)
        assert found["admitted"] == digest_of(shop.good)
        verdict = shop.get("1.0", who, "/verdict")
        assert verdict["digest"] == digest_of(shop.bad)
        assert verdict["admitted"] == digest_of(shop.good)
        assert verdict["state"] == "QUARANTINED"
        assert verdict["reasons"][0].keys() == {"rule", "code", "outcome", "message", "remedy"}


def test_a_list_shows_refused_artifacts_as_they_are_shown_alone(shop: Shop) -> None:
    listed = shop.api.get(shop.path(), by=shop.guest)
    assert [(each["state"], "tags" in each) for each in listed] == [
        ("QUARANTINED", False),
        ("ADMITTED", True),
    ]
    listed = shop.api.get(shop.path() + "?sort=push_time", by=shop.developer)
    assert [[tag["name"] for tag in each["tags"]] for each in listed] == [["1.0"], ["1.0"]]
    # What a tag names that is not admitted is not found out by asking for it.
    assert len(shop.api.get(shop.path() + "?q=tags%3D1.0", by=shop.guest)) == 1
    assert len(shop.api.get(shop.path() + "?q=tags%3D1.0", by=shop.developer)) == 2


def test_a_repository_with_nothing_admitted_is_listed_to_who_may_inspect(shop: Shop) -> None:
    shop.api.rooms.image("shop/secret", "1.0", "secret")
    for path in ("/repositories", "/projects/shop/repositories"):
        assert [each["name"] for each in shop.api.get(path, by=shop.guest)] == ["shop/team/app"]
        names = [each["name"] for each in shop.api.get(path, by=shop.developer)]
        assert names == ["shop/secret", "shop/team/app"]
    found = shop.api.get("/search?q=shop", by=shop.guest)
    assert [each["repository_name"] for each in found["repository"]] == ["shop/team/app"]
    assert shop.api.get("/search?q=shop", by=None) == {"project": [], "repository": []}


def test_whoever_may_pull_reads_the_verdict(shop: Shop) -> None:
    puller = shop.api.robot("shop", "repository:pull", name="puller")
    reader = shop.api.robot("shop", "tag:list", name="reader")
    path = shop.path(digest_of(shop.bad), "/verdict")
    assert shop.api.get(path, by=puller)["state"] == "QUARANTINED"
    assert shop.api.refused("GET", path, by=reader) == (403, "FORBIDDEN")
    assert shop.api.refused("GET", path, by=None) == (401, "UNAUTHORIZED")
    assert shop.api.refused("GET", shop.path("no", "/verdict"), by=puller) == (404, "NOT_FOUND")


def test_trusting_a_key_admits_and_distrusting_it_takes_that_away(shop: Shop) -> None:
    path = "/projects/shop/trusted-keys"
    other = shop.api.rooms.keys["release"]
    made = shop.api.do("POST", path, {"name": "second", "public_key": other.pem, "repositories": ["team/*"]})
    assert made.status_code == 201
    assert made.json()["fingerprint"] == other.fingerprint
    assert [each["name"] for each in shop.api.get(path)] == ["release", "second"]
    for key in ("release", "second"):
        shop.api.do("DELETE", f"{path}/{key}")
    assert shop.get(digest_of(shop.good), shop.guest, "/verdict")["state"] == "QUARANTINED"
    assert shop.api.refused("GET", path, by=shop.developer) == (403, "FORBIDDEN")
    shop.api.do("POST", path, {"name": "again", "public_key": other.pem})
    shop.api.rooms.work()
    assert shop.get(digest_of(shop.good), shop.guest, "/verdict")["state"] == "ADMITTED"


def test_a_key_that_would_not_do_is_refused(shop: Shop) -> None:
    path, pem = "/projects/shop/trusted-keys", shop.api.rooms.keys["release"].pem
    assert shop.api.refused("POST", path, {"name": "release", "public_key": pem}) == (409, "CONFLICT")
    assert shop.api.refused("POST", path, {"name": "x", "public_key": "no key"}) == (400, "BAD_REQUEST")
    when = {"name": "x", "public_key": pem, "valid_until": "tomorrow"}
    assert shop.api.refused("POST", path, when) == (400, "BAD_REQUEST")
    typo = {"name": "x", "public_key": pem, "valid_untill": "2030-01-01T00:00:00Z"}
    assert shop.api.refused("POST", path, typo) == (422, "UNPROCESSABLE_ENTITY")
    assert shop.api.refused("DELETE", f"{path}/no") == (404, "NOT_FOUND")


def test_examining_again_is_for_who_may_push(shop: Shop) -> None:
    path = shop.path(digest_of(shop.good), "/examine")
    assert shop.api.do("POST", path, by=shop.developer).status_code == 202
    assert shop.api.refused("POST", path, by=shop.guest) == (403, "FORBIDDEN")


def test_a_copy_is_a_pull_from_the_source_and_judged_in_its_new_home(shop: Shop) -> None:
    api, dev = shop.api, shop.developer
    api.do("POST", "/projects", {"project_name": "yard"}, by=dev)
    target = artifact_path("yard/mirror/app")
    good, bad = digest_of(shop.good), digest_of(shop.bad)
    made = api.do("POST", f"{target}?from=shop/team/app@{good}", by=dev)
    assert made.headers["location"] == f"/api/v2.0{target}/{good}"
    copied = api.get(made.headers["location"].removeprefix("/api/v2.0") + "?with_accessory=true", by=dev)
    assert copied["state"] == "ADMITTED"
    assert len(copied["accessories"]) == 1
    # INSPECT sees it and does not get its blobs, so he can't copy it; EXAMINE can.
    assert api.refused("POST", f"{target}?from=shop/team/app@{bad}", by=dev) == (403, "DENIED")
    api.do("POST", f"{target}?from=shop/team/app@{bad}")
    # By tag the developer would get the candidate: he may push there.
    assert api.refused("POST", f"{target}?from=shop/team/app:1.0", by=dev) == (403, "DENIED")
    stranger = api.rooms.user("stranger")
    api.do("POST", "/projects", {"project_name": "own"}, by=stranger)
    own = artifact_path("own/app")
    for source in (f"shop/team/app@{good}", "nothing/app:1"):
        assert api.refused("POST", f"{own}?from={source}", by=stranger) == (403, "FORBIDDEN")
    assert api.refused("POST", own, by=stranger) == (422, "UNPROCESSABLE_ENTITY")
    assert api.refused("POST", f"{own}?from=nonsense", by=stranger) == (400, "BAD_REQUEST")


def test_a_tag_made_here_is_a_push_of_the_digest(shop: Shop) -> None:
    good, bad = digest_of(shop.good), digest_of(shop.bad)
    made = shop.api.do("POST", shop.path(good, "/tags"), {"name": "stable"}, by=shop.developer)
    assert made.headers["location"].endswith("/tags/stable")
    assert shop.get("stable", shop.guest)["admitted"] == good
    shop.api.do("POST", shop.path(bad, "/tags"), {"name": "next"}, by=shop.developer)
    verdict = shop.get("next", shop.guest, "/verdict")
    assert (verdict["state"], verdict["admitted"]) == ("QUARANTINED", None)
    again = shop.api.refused("POST", shop.path(bad, "/tags"), {"name": "stable"}, by=shop.developer)
    assert again == (409, "CONFLICT")
    assert shop.get("stable", shop.guest)["admitted"] == good
    assert shop.api.refused("POST", shop.path(good, "/tags"), {"name": "x"}, by=shop.guest)[0] == 403
    assert shop.api.refused("POST", shop.path(good, "/tags"), {"name": "-x"})[0] == 400
    listed = shop.get(good, shop.guest, "/tags?sort=-name&q=name%3D~a")
    assert [each["name"] for each in listed] == ["stable"]


def test_tags_and_artifacts_are_deleted(shop: Shop) -> None:
    good, bad = digest_of(shop.good), digest_of(shop.bad)
    assert shop.api.refused("DELETE", shop.path(bad), by=shop.developer) == (403, "FORBIDDEN")
    assert shop.api.refused("DELETE", shop.path(bad, "/tags/no")) == (404, "NOT_FOUND")
    shop.api.do("DELETE", shop.path("1.0"))
    assert shop.api.refused("GET", shop.path(bad)) == (404, "NOT_FOUND")
    assert shop.get("1.0", shop.guest)["digest"] == good
    shop.api.do("DELETE", shop.path(good, "/tags/1.0"))
    assert shop.api.refused("GET", shop.path("1.0")) == (404, "NOT_FOUND")
    assert shop.get(good, shop.guest)["tags"] == []
    shop.api.do("DELETE", "/projects/shop/repositories/team%252Fapp")
    assert shop.api.refused("GET", shop.path()) == (404, "NOT_FOUND")


def test_labels_are_put_on_artifacts_and_found_by(shop: Shop) -> None:
    api, good = shop.api, digest_of(shop.good)
    made = api.do(
        "POST", "/labels", {"name": "gold", "color": "#ffd700", "scope": "p", "project_id": shop.project.id}
    )
    number = int(made.headers["location"].rpartition("/")[2])
    api.do("POST", shop.path(good, "/labels"), {"id": number}, by=shop.developer)
    assert api.refused("POST", shop.path(good, "/labels"), {"id": number}) == (409, "CONFLICT")
    assert shop.get(good, shop.guest, "?with_label=true")["labels"][0]["name"] == "gold"
    found = api.get(shop.path() + f"?q=labels%3D({number})", by=shop.developer)
    assert [each["digest"] for each in found] == [good]
    assert api.refused("POST", shop.path(good, "/labels"), {"id": number}, by=shop.guest)[0] == 403
    api.do("DELETE", shop.path(good, f"/labels/{number}"), by=shop.developer)
    assert api.refused("DELETE", shop.path(good, f"/labels/{number}")) == (404, "NOT_FOUND")
    assert api.refused("GET", f"/labels/{number}", by=api.rooms.user("far")) == (403, "FORBIDDEN")
    api.do("PUT", f"/labels/{number}", {"name": "silver"})
    assert api.get(f"/labels?scope=p&project_id={shop.project.id}")[0]["name"] == "silver"
    api.do("DELETE", f"/labels/{number}")


def test_labels_come_off_what_is_deleted(api: Api) -> None:
    api.rooms.project("open")
    image = api.rooms.image("open/app")
    api.do("POST", "/labels", {"name": "gold", "scope": "g"})
    api.do("POST", artifact_path("open/app", "1.0", "/labels"), {"id": 1})
    api.do("DELETE", artifact_path("open/app", digest_of(image)))
    api.advance_feed("labels", LabelClearing(api.rooms.house.departments.labels).consume)
    api.rooms.image("open/app")
    assert api.get(artifact_path("open/app", "1.0") + "?with_label=true")["labels"] == []


def test_an_index_shows_its_children_and_hides_them_from_the_list(api: Api) -> None:
    api.rooms.project("open")
    children = [api.rooms.image("open/app", None, seed) for seed in ("a", "b")]
    index = api.rooms.index("open/app", "all", children)
    listed = api.get(artifact_path("open/app"))
    assert [each["digest"] for each in listed] == [digest_of(index)]
    assert [each["child_digest"] for each in listed[0]["references"]] == [
        digest_of(each) for each in children
    ]
    assert listed[0]["size"] > sum(map(len, children))
    assert api.get(artifact_path("open/app", digest_of(children[0])))["type"] == "IMAGE"
    assert api.get("/projects/open/repositories/app")["artifact_count"] == 1


def test_a_config_says_more_and_a_hostile_one_nothing(api: Api) -> None:
    api.rooms.project("open")
    wanted = {
        "architecture": "arm64",
        "os": "linux",
        "history": [{"created_by": "COPY . ."}],
        "config": {"User": "1"},
    }
    for name, config in (
        ("kind", json.dumps(wanted).encode()),
        ("list", b"[]"),
        ("twice", b'{"os":"a","os":"b"}'),
    ):
        layer = name.encode()
        for blob in (config, layer):
            api.rooms.blob("open/app", blob)
        content = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_IMAGE,
                "config": descriptor_of(config, OCI_CONFIG),
                "layers": [descriptor_of(layer, OCI_LAYER)],
            }
        ).encode()
        api.rooms.put("open/app", name, content)
    kind = api.get(artifact_path("open/app", "kind"))
    assert kind["extra_attrs"] == {"architecture": "arm64", "os": "linux", "config": {"User": "1"}}
    history = api.get(artifact_path("open/app", "kind", "/additions/build_history"))
    assert history == [{"created_by": "COPY . ."}]
    for name in ("list", "twice"):
        assert "extra_attrs" not in api.get(artifact_path("open/app", name))
        assert api.refused("GET", artifact_path("open/app", name, "/additions/build_history"))[0] == 404


def test_repositories_are_described(api: Api) -> None:
    api.rooms.project("open")
    api.rooms.image("open/app")
    api.do("PUT", "/projects/open/repositories/app", {"description": "the app"})
    assert api.get("/projects/open/repositories/app")["description"] == "the app"
    listed = api.do("GET", "/projects/open/repositories?q=name%3D~app&page_size=1")
    assert listed.headers["x-total-count"] == "1"
    assert api.refused("GET", "/projects/open/repositories/no") == (404, "NOT_FOUND")
    assert api.refused("PUT", "/projects/open/repositories/app", {"description": "x" * 70_000})[0] == 400
