"""Names of artifacts of registries, and challenges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import Invalid
from pratique.net import parse_remote_name
from pratique.net.challenges import Challenge, parse_challenges

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "host", "repository", "wanted"),
    [
        ("r.example/app", "r.example", "app", "latest"),
        ("r.example:5000/a/b:v1", "r.example:5000", "a/b", "v1"),
        ("localhost/app:v1", "localhost", "app", "v1"),
        ("[::1]:5000/app:v1", "[::1]:5000", "app", "v1"),
        (f"r.example/app@{DIGEST}", "r.example", "app", DIGEST),
        (f"r.example/app:v1@{DIGEST}", "r.example", "app", DIGEST),
        ("docker.io/alpine", "docker.io", "library/alpine", "latest"),
    ],
)
def test_names(text: str, host: str, repository: str, wanted: str) -> None:
    name = parse_remote_name(text)
    assert (name.host, name.repository, str(name.wanted)) == (host, repository, wanted)


def test_hosts() -> None:
    assert parse_remote_name("docker.io/alpine").endpoint == "registry-1.docker.io"
    assert parse_remote_name("[::1]:5000/app").bare_host == "::1"
    assert parse_remote_name("R.example:5000/app").bare_host == "r.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "library/app",
        "r.example/",
        "r.example/App",
        "r.example/a:-",
        "r.example/a@sha256:0",
        "a@b/c.d",
    ],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Invalid):
        parse_remote_name(text)


def test_challenges() -> None:
    header = 'Bearer realm="https://r.example/token",service="a, \\"b\\"",scope=x, Basic realm="r"'
    assert parse_challenges(header) == (
        Challenge("bearer", {"realm": "https://r.example/token", "service": 'a, "b"', "scope": "x"}),
        Challenge("basic", {"realm": "r"}),
    )
    assert parse_challenges("") == ()


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    assert all(one.scheme == one.scheme.lower() for one in parse_challenges(header))
