"""CRLs and OCSP responses over the API: who may, what is said, what is refused, and what the audit log tells."""

import base64
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.integration.http.api.conftest import Api
from tests.revoking import crl, crl_place, entry, ocsp_answer, signer_of

from pratique.clock import DAY, SECOND

ROOT = Authority.new("acme")
SIGNER = signer_of(ROOT, crl_place())
WHERE = "/revocation-lists"


def in_base64(content: bytes) -> dict[str, str]:
    return {"content": base64.b64encode(content).decode()}


def in_pem(content: bytes) -> dict[str, str]:
    return {"content": x509.load_der_x509_crl(content).public_bytes(Encoding.PEM).decode()}


@pytest.mark.parametrize("written", [in_base64, in_pem])
def test_a_list_is_imported_shown_replaced_and_removed(
    api: Api, written: Callable[[bytes], dict[str, str]]
) -> None:
    now = api.rooms.clock.now()
    first = crl(ROOT, start=now - DAY, end=now + DAY)
    made = api.do("POST", WHERE, written(first))
    shown = made.json()
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v2.0{WHERE}/{shown['id']}"
    assert (shown["kind"], shown["creator"]) == ("crl", "admin")
    assert "acme" in shown["scope"]
    whole = api.get(f"{WHERE}/{shown['id']}")
    assert base64.b64decode(whole["content"]) == first
    assert [one["digest"] for one in api.get(WHERE)] == [whole["digest"]]
    second = crl(ROOT, entry(SIGNER, when=now), start=now - SECOND, end=now + DAY, number=2)
    replaced = api.do("POST", WHERE, written(second)).json()
    assert replaced["id"] == shown["id"]
    assert [one["digest"] for one in api.get(WHERE)] == [replaced["digest"]] != [shown["digest"]]
    assert api.refused("POST", WHERE, written(first)) == (409, "CONFLICT")
    assert api.do("POST", WHERE, written(second)).json()["digest"] == replaced["digest"]
    api.do("DELETE", f"{WHERE}/{shown['id']}")
    assert api.get(WHERE) == []
    assert api.refused("DELETE", f"{WHERE}/{shown['id']}") == (404, "NOT_FOUND")
    assert api.refused("GET", f"{WHERE}/{shown['id']}") == (404, "NOT_FOUND")


def test_an_ocsp_response_is_told_from_a_crl(api: Api) -> None:
    now = api.rooms.clock.now()
    der = ocsp_answer(ROOT, SIGNER, start=now - DAY, end=now + DAY)
    made = api.do("POST", WHERE, in_base64(der)).json()
    assert (made["kind"], f"{SIGNER.certificate.serial_number:x}" in made["scope"]) == ("ocsp", True)
    block = base64.encodebytes(der).decode()
    text = f"-----BEGIN OCSP RESPONSE-----\n{block}-----END OCSP RESPONSE-----\n"
    assert api.do("POST", WHERE, {"content": text}).json()["id"] == made["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": ""},
        {"content": "%%%"},
        {"content": "AAAA"},
        {"content": "MAMKAQE="},
        {"content": "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"},
        {"content": "-----BEGIN X509 CRL-----\nA\n-----END X509 CRL-----\n"},
        {"content": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        {"content": "-----BEGIN X509 CRL-----\nAAAA\n-----END OCSP RESPONSE-----\n"},
    ],
    ids=str,
)
def test_what_is_no_list_is_refused(sqlite_api: Api, wrong: dict[str, object]) -> None:
    assert sqlite_api.refused("POST", WHERE, wrong) == (400, "BAD_REQUEST")
    assert sqlite_api.get(WHERE) == []


def test_a_body_of_another_shape_is_refused(sqlite_api: Api) -> None:
    for wrong in ({}, {"content": 1}, {"content": "AAAA", "more": 1}):
        assert sqlite_api.refused("POST", WHERE, wrong) == (422, "UNPROCESSABLE_ENTITY")


def test_administrators_import_and_everybody_known_may_look(sqlite_api: Api) -> None:
    now = sqlite_api.rooms.clock.now()
    body = in_base64(crl(ROOT, start=now - DAY, end=now + DAY))
    alice = sqlite_api.rooms.user("alice")
    assert sqlite_api.refused("POST", WHERE, body, by=alice)[0] == 403
    assert sqlite_api.refused("POST", WHERE, body, by=None)[0] == 401
    number = sqlite_api.do("POST", WHERE, body).json()["id"]
    assert len(sqlite_api.get(WHERE, by=alice)) == 1
    assert sqlite_api.refused("GET", WHERE, by=None)[0] == 401
    assert sqlite_api.refused("DELETE", f"{WHERE}/{number}", by=alice)[0] == 403


def test_the_audit_log_tells_of_it(sqlite_api: Api) -> None:
    now = sqlite_api.rooms.clock.now()
    revoked = crl(ROOT, entry(SIGNER, when=now - DAY), start=now - DAY, end=now + DAY)
    number = sqlite_api.do("POST", WHERE, in_base64(revoked)).json()["id"]
    sqlite_api.do("DELETE", f"{WHERE}/{number}")
    sqlite_api.advance_audit()
    rows = [
        row
        for row in sqlite_api.get("/auditlog-exts?page_size=100")
        if row["resource_type"] == "revocation_list"
    ]
    assert {row["operation"] for row in rows} == {"update", "delete"}
    assert any("1 newly revoked" in row["operation_description"] for row in rows)
