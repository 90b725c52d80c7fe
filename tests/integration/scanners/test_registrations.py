"""Registrations of scanners by Harbor's API, on both databases."""

import re
from typing import Any

from tests.adapters import Said
from tests.integration.scanners.conftest import CREDENTIAL, Harbour

from pratique.access import Role
from pratique.db import Statement
from pratique.scanners import BUILT_IN

OWN = BUILT_IN.id


def test_our_own_examination_is_a_scanner_that_stays(harbour: Harbour) -> None:
    api = harbour.api
    (own,) = api.get("/scanners")
    assert (own["uuid"], own["name"], own["is_default"]) == (OWN, "Pratique", True)
    assert api.refused("DELETE", f"/scanners/{OWN}") == (403, "FORBIDDEN")
    body = {"name": "other", "url": "https://scanner.example.org"}
    assert api.refused("PUT", f"/scanners/{OWN}", body) == (403, "FORBIDDEN")
    told = api.get(f"/scanners/{OWN}/metadata")
    assert told["scanner"]["name"] == "Pratique"
    assert {one["type"] for one in told["capabilities"]} == {"vulnerability", "sbom"}


def test_a_scanner_is_registered_changed_made_the_default_and_removed(harbour: Harbour) -> None:
    api = harbour.api
    number = harbour.register(auth="Bearer", access_credential=CREDENTIAL, skip_certVerify=True)
    assert re.fullmatch(r"[0-9a-f-]{36}", number)
    found = api.get(f"/scanners/{number}")
    assert (found["auth"], found["skip_certVerify"], found["use_internal_addr"]) == ("Bearer", True, False)
    assert CREDENTIAL not in str(found)
    body = {"name": "renamed", "url": harbour.adapter.url, "auth": "Bearer", "skip_certVerify": True}
    api.do("PUT", f"/scanners/{number}", body)
    assert api.get("/scanners?q=name=renamed")[0]["uuid"] == number
    api.do("PATCH", f"/scanners/{number}", {"is_default": True})
    assert [one["is_default"] for one in api.get("/scanners")] == [False, True]
    assert api.get(f"/scanners/{number}/metadata")["scanner"]["version"] == "1.2.3"
    assert harbour.adapter.heads[-1][2]["authorization"] == f"Bearer {CREDENTIAL}"
    assert api.do("DELETE", f"/scanners/{number}").json()["name"] == "renamed"
    assert api.refused("GET", f"/scanners/{number}") == (404, "NOT_FOUND")
    assert [one["is_default"] for one in api.get("/scanners")] == [True]


def test_a_credential_is_sealed_and_follows_to_no_other_address(harbour: Harbour) -> None:
    api = harbour.api
    number = harbour.register(auth="Basic", access_credential=f"me:{CREDENTIAL}")
    every = Statement(_rows())
    with api.rooms.house.stores.database.read() as tx:
        (row,) = tx.rows(every)
    assert CREDENTIAL not in str(row)
    body: dict[str, Any] = {"name": "fake", "url": "https://elsewhere.example.org", "auth": "Basic"}
    assert api.refused("PUT", f"/scanners/{number}", body) == (400, "BAD_REQUEST")
    unproven = {"name": "fake", "url": harbour.adapter.url, "auth": "Basic", "skip_certVerify": True}
    assert api.refused("PUT", f"/scanners/{number}", unproven) == (400, "BAD_REQUEST")
    api.do("PUT", f"/scanners/{number}", {**body, "access_credential": "other:secret"})


def test_what_can_not_be_a_registration_is_refused(harbour: Harbour) -> None:
    api = harbour.api
    harbour.register()
    assert api.refused("POST", "/scanners", {"name": "fake", "url": "https://x.example"}) == (409, "CONFLICT")
    assert api.refused("POST", "/scanners", {"name": "Pratique", "url": "https://x.example"})[0] == 409
    for url in (
        "ftp://x.example",
        "https://",
        "https://me:pw@x.example",
        "https://x.example/?a=b",
        "x",
        "http://[::",
    ):
        assert api.refused("POST", "/scanners", {"name": "new", "url": url}) == (400, "BAD_REQUEST")
    for wrong in (
        {"auth": "Digest"},
        {"auth": "Basic", "access_credential": "nocolon"},
        {"access_credential": "a\nb"},
    ):
        asked = {"name": "new", "url": "https://x.example", **wrong}
        assert api.refused("POST", "/scanners", asked) == (400, "BAD_REQUEST")


def test_scanners_are_for_administrators_and_a_projects_own_for_its_people(harbour: Harbour) -> None:
    api, number = harbour.api, harbour.register()
    project = api.rooms.project("shop")
    guest = api.rooms.user("guest", project, Role.GUEST)
    keeper = api.rooms.user("keeper", project, Role.PROJECT_ADMIN)
    assert api.refused("GET", "/scanners", by=keeper) == (403, "FORBIDDEN")
    assert (
        api.refused("POST", "/scanners/ping", {"name": "x", "url": harbour.adapter.url}, by=keeper)[0] == 403
    )
    assert api.refused("PUT", "/projects/shop/scanner", {"uuid": number}, by=guest) == (403, "FORBIDDEN")
    assert api.get("/projects/shop/scanner", by=guest)["uuid"] == OWN
    offered = [one["uuid"] for one in api.get("/projects/shop/scanner/candidates", by=keeper)]
    assert offered == [OWN, number]
    api.do("PUT", "/projects/shop/scanner", {"uuid": number}, by=keeper)
    assert api.get("/projects/shop/scanner", by=guest)["uuid"] == number
    assert api.refused("PUT", "/projects/shop/scanner", {"uuid": "nobody"}, by=keeper) == (404, "NOT_FOUND")


def test_a_ping_asks_what_answers_and_only_where_that_is_allowed(harbour: Harbour) -> None:
    api, ping = harbour.api, "/scanners/ping"
    api.do("POST", ping, {"name": "x", "url": harbour.adapter.url})
    port = harbour.adapter.url.rpartition(":")[2]
    for url in (
        f"http://localhost:{port}",
        f"https://[::1]:{port}",
        "http://169.254.169.254",
        "https://10.1.2.3",
    ):
        answer = api.ask("POST", ping, {"name": "x", "url": url})
        assert answer.status_code == 400, url
        assert "can't be used" in answer.text
    harbour.adapter.metadata = Said(302, b"", {"Location": "http://127.0.0.1:1/"})
    assert api.refused("POST", ping, {"name": "x", "url": harbour.adapter.url}) == (400, "BAD_REQUEST")
    harbour.adapter.metadata = Said(200, b"{}")
    assert api.refused("POST", ping, {"name": "x", "url": harbour.adapter.url}) == (400, "BAD_REQUEST")


def _rows() -> Any:
    from sqlalchemy import select

    from pratique.scanners.store.tables import scanner_registration

    return select(scanner_registration)
