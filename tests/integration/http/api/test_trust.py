"""Whom a project trusts, roots and deny lists over the API: who may, what is said, and what the audit log tells."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.integration.http.api.conftest import Api, artifact_path
from tests.signing import SigningKey
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.access import Role
from pratique.oci.digest import digest_of

OURS, THEIRS = Sigstore(), Sigstore()
IDENTITY = {"name": "ci", "issuer": ISSUER, "identity": WORKFLOW, "trusted_root": "private"}
POLICY = {
    "version": "1.0",
    "trustPolicies": [
        {
            "name": "all",
            "registryScopes": ["*"],
            "signatureVerification": {"level": "strict"},
            "trustStores": ["ca:acme"],
            "trustedIdentities": ["*"],
        }
    ],
}


def pem() -> str:
    certificate = Authority.new("acme").certificate
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def shop(api: Api) -> Api:
    """A project whose artifacts must be signed, and a private root."""
    api.rooms.project("shop", "signed")
    api.do("PUT", "/trusted-roots/private", {"content": OURS.root()})
    return api


def test_a_key_has_purposes_and_may_ask_for_log_entries(shop: Api) -> None:
    asked = {"name": "vex", "public_key": SigningKey().pem, "for": ["vex", "sbom"], "tlog": 1}
    made = shop.do("POST", "/projects/shop/trusted-keys", asked).json()
    assert (made["for"], made["tlog"], made["trusted_root"]) == (["sbom", "vex"], 1, "public-good")
    plain = shop.do(
        "POST", "/projects/shop/trusted-keys", {"name": "a", "public_key": SigningKey().pem}
    ).json()
    assert (plain["for"], plain["tlog"]) == (["signature"], 0)
    wrongs: list[dict[str, Any]] = [
        {"for": ["everything"]},
        {"for": []},
        {"tlog": 99},
        {"tlog": 1, "trusted_root": "nowhere"},
    ]
    for wrong in wrongs:
        body = {"name": "b", "public_key": SigningKey().pem, **wrong}
        assert shop.refused("POST", "/projects/shop/trusted-keys", body)[0] == 400


def test_an_identity_is_trusted_listed_and_removed_and_the_verdict_tells_of_it(shop: Api) -> None:
    path = "/projects/shop/trusted-identities"
    made = shop.do("POST", path, IDENTITY)
    assert made.headers["location"] == f"/api/v2.0{path}/ci"
    assert [one["name"] for one in shop.get(path)] == ["ci"]
    image = shop.rooms.image("shop/app")
    (manifest, blobs), _ = OURS.sign(image)
    for blob in blobs.values():
        shop.rooms.blob("shop/app", blob)
    shop.rooms.put("shop/app", digest_of(manifest), manifest)
    verdict = shop.get(artifact_path("shop/app", "1.0", "/verdict"))
    assert verdict["state"] == "ADMITTED"
    (record,) = verdict["evidence"]
    assert (record["verified"], record["is_signature"]) == (True, True)
    assert record["parties"] == [f"identity:{made.json()['id']}"]
    assert record["identity"] == f"{WORKFLOW}, says {ISSUER}"
    signer = record["signer"]
    assert (signer["kind"], signer["name"], signer["issuer"]) == ("identity", WORKFLOW, ISSUER)
    assert signer["root"]
    assert signer["extensions"]["issuer"] == ISSUER
    assert record["times"]
    assert all(check["ok"] and check["name"] for check in record["checks"])
    assert [check["number"] for check in record["checks"]] == list(range(1, len(record["checks"]) + 1))
    shop.do("DELETE", f"{path}/ci")
    assert shop.get(artifact_path("shop/app", "1.0", "/verdict"))["state"] == "QUARANTINED"
    assert shop.refused("DELETE", f"{path}/ci") == (404, "NOT_FOUND")


def test_evidence_of_what_is_refused_is_shown_to_whoever_may_inspect(shop: Api) -> None:
    image = shop.rooms.image("shop/app")
    shop.rooms.sign("shop/app", image, SigningKey())
    project = shop.rooms.house.departments.projects
    with shop.rooms.house.stores.database.read() as tx:
        found = project.by_name(tx, "shop")
    assert found is not None
    guest = shop.rooms.user("guest", found, Role.GUEST)
    developer = shop.rooms.user("developer", found, Role.DEVELOPER)
    path = artifact_path("shop/app", "1.0", "/verdict")
    assert shop.get(path, by=guest)["evidence"] == []
    assert len(shop.get(path, by=developer)["evidence"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity_pattern": "x.*"},
        {"identity": None},
        {"san_type": "dns"},
        {"extensions": {"colour": "red"}},
        {"trusted_root": "nowhere"},
        {"name": "-"},
        {"valid_from": "2027-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_an_identity_that_makes_no_sense_is_refused(shop: Api, wrong: dict[str, Any]) -> None:
    path = "/projects/shop/trusted-identities"
    assert shop.refused("POST", path, {**IDENTITY, **wrong}) == (400, "BAD_REQUEST")
    assert shop.get(path) == []


def test_only_project_admins_say_whom_a_project_trusts(shop: Api) -> None:
    with shop.rooms.house.stores.database.read() as tx:
        project = shop.rooms.house.departments.projects.by_name(tx, "shop")
    assert project is not None
    maintainer = shop.rooms.user("maintainer", project, Role.MAINTAINER)
    boss = shop.rooms.user("boss", project, Role.PROJECT_ADMIN)
    denial = {"kind": "digest", "subject": {"digest": digest_of(b"x")}, "reason": "why"}
    for path, body in (
        ("/projects/shop/trusted-identities", IDENTITY),
        ("/projects/shop/notation-stores", {"name": "acme", "type": "ca", "certificates": pem()}),
        ("/projects/shop/denied", denial),
    ):
        assert shop.refused("POST", path, body, by=maintainer) == (403, "FORBIDDEN")
        shop.do("POST", path, body, by=boss)
    for path in ("/denied", "/trusted-roots/other/preview"):
        assert shop.refused("POST", path, denial, by=boss)[0] in {403, 422}
    assert shop.refused("GET", "/denied", by=boss) == (403, "FORBIDDEN")
    body = {"content": OURS.root()}
    assert shop.refused("PUT", "/trusted-roots/other", body, by=boss) == (403, "FORBIDDEN")


def test_a_root_is_imported_after_a_look_at_what_it_changes(shop: Api) -> None:
    wider = {"content": OURS.root(THEIRS)}
    change = shop.do("POST", "/trusted-roots/private/preview", wider).json()
    assert (len(change["adds"]), change["removes"], change["narrows"]) == (2, [], False)
    assert shop.get("/trusted-roots/private")["version"] == 1, "a preview changes nothing"
    assert shop.do("PUT", "/trusted-roots/private", wider).json()["version"] == 2
    narrower = {"content": OURS.root()}
    change = shop.do("PUT", "/trusted-roots/private", narrower).json()["change"]
    assert (len(change["removes"]), change["narrows"]) == (2, True)
    assert len(shop.do("POST", "/trusted-roots/private/preview", wider).json()["returns"]) == 2
    assert shop.refused("PUT", "/trusted-roots/private", wider) == (409, "CONFLICT")
    shop.do("PUT", "/trusted-roots/private", {**wider, "force": True})
    assert shop.get("/trusted-roots/private")["content"] == OURS.root(THEIRS)
    names = {root["name"]: root["version"] for root in shop.get("/trusted-roots")}
    assert names == {"private": 4, "public-good": 0}
    shop.do("DELETE", "/trusted-roots/private")
    assert shop.refused("DELETE", "/trusted-roots/public-good") == (409, "CONFLICT")


def test_thresholds_of_a_root_are_never_lower_than_the_services_it_names(shop: Api) -> None:
    """The public-good root 1/1/1, never lower; a private one at least 1 where the root names such a service."""
    held = shop.get("/trusted-roots/private")
    assert held["thresholds"] == {"tlog": 0, "sct": 0, "timestamp": 1}
    public = shop.get("/trusted-roots/public-good")
    assert public["thresholds"] == {"tlog": 1, "sct": 1, "timestamp": 1}
    none = {"tlog": 0, "sct": 0, "timestamp": 0}
    for name, content in (("private", OURS.root()), ("public-good", public["content"])):
        body = {"content": content, "thresholds": none}
        assert shop.refused("PUT", f"/trusted-roots/{name}", body) == (400, "BAD_REQUEST")
    raised = {"content": OURS.root(), "thresholds": {**none, "timestamp": 2}}
    assert shop.do("PUT", "/trusted-roots/private", raised).json()["change"]["narrows"] is True


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"mediaType": "x"}', "x" * 2_000_000])
def test_what_is_no_root_is_not_imported(shop: Api, content: str) -> None:
    assert shop.refused("PUT", "/trusted-roots/other", {"content": content})[0] in {400, 413}


@pytest.mark.parametrize("base", ["/denied", "/projects/shop/denied"])
def test_something_is_denied_with_a_reason_listed_and_allowed_again(shop: Api, base: str) -> None:
    subject = {"issuer": ISSUER, "name": WORKFLOW}
    asked = {"kind": "identity", "subject": subject, "reason": "its runner was broken into"}
    made = shop.do("POST", base, asked)
    (entry,) = shop.get(base)
    assert (entry["subject"], entry["reason"], entry["creator"]) == (subject, asked["reason"], "admin")
    assert made.headers["location"] == f"/api/v2.0{base}/{entry['id']}"
    assert shop.refused("POST", base, asked) == (409, "CONFLICT")
    assert shop.refused("POST", base, {**asked, "reason": " "}) == (400, "BAD_REQUEST")
    shop.do("DELETE", f"{base}/{entry['id']}")
    assert shop.get(base) == []
    assert shop.refused("DELETE", f"{base}/{entry['id']}") == (404, "NOT_FOUND")


def test_notation_has_stores_and_one_policy(shop: Api) -> None:
    stores, policy = "/projects/shop/notation-stores", "/projects/shop/notation-policy"
    text = pem()
    made = shop.do("POST", stores, {"name": "acme", "type": "ca", "certificates": text})
    assert made.headers["location"] == f"/api/v2.0{stores}/ca/acme"
    assert shop.get(stores)[0]["certificates"] == [text]
    for wrong in ({"type": "x"}, {"certificates": "none"}, {"certificates": ""}):
        body = {"name": "b", "type": "ca", "certificates": text, **wrong}
        assert shop.refused("POST", stores, body) == (400, "BAD_REQUEST")
    assert shop.refused("GET", policy) == (404, "NOT_FOUND")
    for broken in ({}, {**POLICY, "version": "2.0"}, {**POLICY, "more": 1}, {**POLICY, "trustPolicies": []}):
        assert shop.refused("PUT", policy, broken) == (400, "BAD_REQUEST")
    shop.do("PUT", policy, POLICY)
    assert shop.get(policy)["policy"] == POLICY
    shop.do("DELETE", policy)
    assert shop.refused("DELETE", policy) == (404, "NOT_FOUND")
    shop.do("DELETE", f"{stores}/ca/acme")
    assert shop.get(stores) == []


def test_the_audit_log_tells_each_of_it(shop: Api) -> None:
    shop.do("POST", "/projects/shop/trusted-identities", IDENTITY)
    shop.do("DELETE", "/projects/shop/trusted-identities/ci")
    denial = {"kind": "digest", "subject": {"digest": digest_of(b"x")}, "reason": "malware"}
    number = shop.do("POST", "/denied", denial).json()["id"]
    shop.do("DELETE", f"/denied/{number}")
    shop.do("PUT", "/projects/shop/notation-policy", POLICY)
    shop.advance_audit()
    rows = shop.get("/auditlog-exts?page_size=100")
    told = {f"{row['operation']} {row['resource_type']}" for row in rows}
    assert told >= {
        "update trusted_root",
        "create trusted_identity",
        "delete trusted_identity",
        "create denial",
        "delete denial",
        "update notation_policy",
    }
    assert any("malware" in json.dumps(row) for row in rows)
