"""Patterns on repository paths."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.policy import check_pattern, matches
from pratique.policy.patterns import ALTERNATIVES_LIMIT, PATTERN_LIMIT


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**", "app", True),
        ("**", "team/sub/app", True),
        ("*", "app", True),
        ("*", "team/app", False),
        ("app", "app", True),
        ("app", "apps", False),
        ("team/*", "team/app", True),
        ("team/*", "team/sub/app", False),
        ("team/**", "team/sub/app", True),
        ("team/**", "team", False),
        ("**/app", "app", True),
        ("**/app", "a/b/app", True),
        ("**/app", "a/b/apps", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/m/**/z", "a/m/x/m/y/z", True),
        ("app-?", "app-1", True),
        ("app-?", "app-12", False),
        ("app-?", "app-", False),
        ("{web,api}-*", "api-gateway", True),
        ("{web,api}-*", "db-gateway", False),
        ("{a,b}/{c,d/**}", "b/d/e/f", True),
        ("a**b", "axxb", True),
        ("a**b", "ax/xb", False),
        ("a.c", "abc", False),
        ("*-app-*", "my-app-app-1", True),
    ],
)
def test_a_pattern_matches_what_harbor_s_do(pattern: str, path: str, expected: bool) -> None:
    assert matches(check_pattern(pattern), path) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "/app",
        "app/",
        "a//b",
        "App",
        "[a-z]",
        "a b",
        "{a",
        "a}",
        "{a,{b,c}}",
        "a,b",
        "{a,}/b/{,c}",
        "a\\*",
        "x" * (PATTERN_LIMIT + 1),
        "{a,b}" * 7,
    ],
)
def test_what_could_never_match_or_costs_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(BadRequest):
        check_pattern(pattern)


def test_as_many_alternatives_as_the_limit_allows_are_let_through() -> None:
    assert ALTERNATIVES_LIMIT == 2**6
    assert matches(check_pattern("{a,b}" * 6), "abbaab")


def test_a_pattern_made_to_backtrack_takes_no_time() -> None:
    started = time.perf_counter()
    assert not matches("*a" * 100 + "b", "a" * 255)
    assert not matches("**/a/" * 50 + "b", "/".join("a" * 120))
    assert time.perf_counter() - started < 1


@given(st.text("abc/", min_size=1, max_size=20))
def test_a_path_without_signs_matches_itself_only(path: str) -> None:
    assert matches(path, path)
    assert not matches(path, f"{path}x")
