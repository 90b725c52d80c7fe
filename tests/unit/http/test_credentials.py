"""The Authorization header and the challenges that answer it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import Unauthenticated
from pratique.http.credentials import Basic, Bearer, basic_challenge, bearer_challenge, parse_authorization

WRITTEN = st.characters(codec="utf-8")


def encoded(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_what_is_read() -> None:
    assert parse_authorization(None) is None
    assert parse_authorization(encoded("robot$a+b:c:d")) == Basic("robot$a+b", "c:d")
    assert parse_authorization("bearer abc.def") == Bearer("abc.def")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Digest x",
        "Bearer ",
        "Basic /w==",
    ],
)
def test_wrong_is_never_none(header: str) -> None:
    with pytest.raises(Unauthenticated):
        parse_authorization(header)


@given(st.text(max_size=100))
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        found = parse_authorization(header)
    except Unauthenticated:
        return
    assert found is not None


@given(st.text(WRITTEN).filter(lambda name: ":" not in name), st.text(WRITTEN))
def test_pairs_survive(username: str, password: str) -> None:
    assert parse_authorization(encoded(f"{username}:{password}")) == Basic(username, password)


def test_challenges() -> None:
    assert bearer_challenge("https://r/service/token", "s", ["a", "b"], "insufficient_scope") == (
        'Bearer realm="https://r/service/token",service="s",scope="a b",error="insufficient_scope"'
    )
    assert bearer_challenge('x"y\r\nz', "s", []) == 'Bearer realm="xyz",service="s"'
    assert basic_challenge("s") == 'Basic realm="s", charset="UTF-8"'
