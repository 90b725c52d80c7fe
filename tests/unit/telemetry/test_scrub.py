"""No secret by name or by form, however deep."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.telemetry import scrub
from pratique.telemetry.scrub import DEPTH_LIMIT, TEXT_LIMIT

NAMES = [
    "password",
    "Authorization",
    "proxy-authorization",
    "client_secret",
    "refresh_token",
    "access_token",
    "old_password",
    "private_key",
    "X-Api-Key",
    "Cookie",
    "credentials",
]


@pytest.mark.parametrize("name", NAMES)
@given(st.text(min_size=20), st.integers(0, 3))
def test_named_secrets_never_appear(name: str, secret: str, depth: int) -> None:
    document: object = {name: [f"~{secret}~"]}
    for _ in range(depth):
        document = {"outer": [document]}
    assert json.dumps(f"~{secret}~")[1:-1] not in json.dumps(scrub(document))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Basic YWRtaW46SGFyYm9yMTIzNDU=", "YWRtaW46"),
        ("authorization: bearer abc.def-ghi", "abc.def-ghi"),
        ("got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln here", "eyJzdWIi"),
        ("postgresql://me:hunter2@host/db", "hunter2"),
        ("/service/token?account=x&password=hunter2&scope=y", "hunter2"),
        ('{"password": "hunter2"}', "hunter2"),
        ("host=h password=hunter2 dbname=d", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----", "MC4CAQ"),
        ("-----BEGIN EC PRIVATE KEY-----\ncut", "cut"),
    ],
)
def test_secrets_are_known_by_their_form(text: str, hidden: str) -> None:
    assert hidden not in scrub(text)
    assert hidden not in json.dumps(scrub({"deep": [{"message": text.encode()}]}))


@pytest.mark.parametrize(
    "value", ["library/app:1.0", "sha256:" + "a" * 64, 7, 1.5, None, True, ["a", "b"], {"method": "GET"}]
)
def test_the_rest_stays_as_it_is(value: object) -> None:
    assert scrub(value, "field") == value


def test_length_and_depth_are_bounded() -> None:
    assert len(scrub("x" * 100_000)) == TEXT_LIMIT + 1
    document: object = "end"
    for _ in range(DEPTH_LIMIT + 5):
        document = [document]
    assert "end" not in json.dumps(scrub(document))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists))
def test_whatever_is_logged_is_json_afterwards(value: object) -> None:
    assert json.dumps(scrub(value))
