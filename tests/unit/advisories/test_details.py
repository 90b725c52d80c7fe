"""What records say for people, read from what is published, whatever is in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.advisories.details import LINKS_LIMIT, NONE, TEXT_LIMIT, Details, Score, read_details

V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V3_LOW = "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"


def read(**fields: Any) -> Details:
    return read_details(json.dumps({"id": "X-1", **fields}).encode())


def test_all_that_a_record_says() -> None:
    said = read(
        summary="short",
        details=" long ",
        references=[
            {"type": "WEB", "url": "https://a.test"},
            {"url": "https://a.test"},
            {"url": "http://b.test"},
        ],
        severity=[{"type": "CVSS_V3", "score": V3_LOW}, {"type": "CVSS_V2", "score": V2}],
        affected=[{"severity": [{"type": "CVSS_V3", "score": V3}]}, {}],
        database_specific={"cwe_ids": ["CWE-79", 5, "none"]},
    )
    assert said == Details(
        "long", ("https://a.test", "http://b.test"), Score(9.8, V3), Score(7.5, V2), ("CWE-79",)
    )
    assert read(summary="short").text == "short"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.test", "https://" + "a" * 2_000, ""])
def test_what_no_browser_should_follow_is_no_link(url: str) -> None:
    assert read(references=[{"url": url}]).links == ()


def test_nothing_is_unbounded() -> None:
    said = read(
        details="a" * 10 * TEXT_LIMIT, references=[{"url": f"https://a.test/{n}"} for n in range(1_000)]
    )
    assert (len(said.text), len(said.links)) == (TEXT_LIMIT, LINKS_LIMIT)


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/AV:N", "9.8", V2, "CVSS:3.1/" + "AV:N/" * 1_000])
def test_what_is_no_vector_is_no_score(vector: str) -> None:
    assert read(severity=[{"type": "CVSS_V3", "score": vector}]).cvss_v3 is None


@given(
    st.binary()
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_other_bytes_say_nothing(content: bytes) -> None:
    assert read_details(content) == NONE


@pytest.mark.parametrize("fields", [{"details": 5}, {"references": [5]}, {"severity": {}}, {"affected": "x"}])
def test_what_is_spelled_otherwise_says_nothing(fields: dict[str, Any]) -> None:
    assert read(**fields) == NONE
