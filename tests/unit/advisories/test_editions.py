"""What a bundle's statement says, and when a bundle may be taken."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.advisories.editions import (
    LONGEST,
    PREDICATE_TYPE,
    VERSION_LIMIT,
    Edition,
    Packed,
    check_dates,
    check_order,
    read_edition,
)
from pratique.clock import DAY, MINUTE, Moment
from pratique.errors import Conflict, Invalid
from pratique.oci.digest import digest_of

NOW: Final = Moment(1_800_000_000 * 1_000_000)
EDITION: Final = Edition(
    "advisories",
    7,
    NOW,
    Moment(NOW + 14 * DAY),
    digest_of(b"manifest"),
    (Packed("Debian", digest_of(b"zip"), 2),),
)


def predicate(**fields: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(EDITION.statement())["predicate"]
    return {**said, **fields}


def test_what_is_signed_names_the_bundle_its_version_dates_and_sources() -> None:
    said = json.loads(EDITION.statement())
    assert said == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "advisories", "digest": {"sha256": EDITION.digest.removeprefix("sha256:")}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "name": "advisories",
            "version": 7,
            "created": "2027-01-15T08:00:00.000Z",
            "expires": "2027-01-29T08:00:00.000Z",
            "sources": [{"name": "Debian", "digest": digest_of(b"zip"), "records": 2}],
        },
    }


def test_what_was_signed_is_read_again() -> None:
    assert read_edition(predicate(), EDITION.digest) == EDITION


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 0},
        {"version": -1},
        {"version": VERSION_LIMIT},
        {"version": "7"},
        {"version": 7.5},
        {"expires": "2027-01-15T08:00:00.000Z"},
        {"expires": "2029-01-15T08:00:00.000Z"},
        {"created": "yesterday"},
        {"created": "2027-01-15T08:00:00"},
        {"sources": {}},
        {"sources": [{"name": "Debian"}]},
        {"sources": [{"name": "Debian", "digest": "md5:1"}]},
        {"name": None},
        {"name": ""},
        {"name": "x" * 300},
    ],
    ids=str,
)
def test_what_is_no_edition(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_edition(predicate(**wrong), EDITION.digest)


@pytest.mark.parametrize("value", [None, [], "x", 7, {}])
def test_what_is_not_even_an_object(value: Any) -> None:
    with pytest.raises(Invalid):
        read_edition(value, EDITION.digest)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "version", "created", "expires", "sources"]), inner, max_size=5
            )
        ),
        max_leaves=9,
    )
)
def test_whatever_was_signed_is_an_edition_or_invalid(value: Any) -> None:
    try:
        edition = read_edition(value, EDITION.digest)
    except Invalid:
        return
    assert 0 < edition.expires - edition.created <= LONGEST


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (0, ""),
        (14 * DAY - 1, ""),
        (14 * DAY, "expired on 2027-01-29"),
        (99 * DAY, "expired"),
        (-4 * MINUTE, ""),
        (-6 * MINUTE, "yet to come"),
    ],
)
def test_when_it_may_be_taken(after: int, problem: str) -> None:
    if problem:
        with pytest.raises(Conflict, match=problem):
            check_dates(EDITION, Moment(NOW + after))
    else:
        check_dates(EDITION, Moment(NOW + after))


def test_versions_only_rise() -> None:
    check_order(EDITION, None)
    check_order(EDITION, (6, digest_of(b"older")))
    check_order(EDITION, (7, EDITION.digest))
    with pytest.raises(Conflict, match=r"is older than what is here \(8\)"):
        check_order(EDITION, (8, digest_of(b"newer")))
    with pytest.raises(Conflict, match="must not share a version"):
        check_order(replace(EDITION, digest=digest_of(b"other")), (7, EDITION.digest))
