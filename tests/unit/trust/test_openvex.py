"""OpenVEX: which statements speak of an artifact and of what in it, and what is refused whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vexing import OPENSSL, OPENVEX_TYPE, openvex, product_of, says

from pratique.clock import parse_rfc3339
from pratique.errors import ManifestInvalid
from pratique.oci.digest import digest_of
from pratique.policy import VexStatement
from pratique.trust.strict import Unreadable
from pratique.trust.vex import READERS, read_vex
from pratique.trust.vex.limits import (
    NAMED_LIMIT,
    NAMES_LIMIT,
    PRODUCTS_LIMIT,
    SAID_LIMIT,
    STATEMENTS_LIMIT,
)

IMAGE = digest_of(b"the image")
OTHER = digest_of(b"another image")
HEX = IMAGE.removeprefix("sha256:")
ZLIB = "pkg:deb/ubuntu/zlib1g"
WHOLE = product_of(IMAGE)


def read(*statements: Any, **more: Any) -> tuple[VexStatement, ...]:
    return read_vex(OPENVEX_TYPE, openvex(*statements, **more), IMAGE)


def test_a_statement_is_read_with_who_why_and_where() -> None:
    said = says(product_of(IMAGE, OPENSSL), impact_statement="never\nloaded\u202e")
    said["vulnerability"] = {"name": "CVE-2026-1", "aliases": ["GHSA-1", "CVE-2026-1"]}
    assert read(said) == (
        VexStatement(
            status="not_affected",
            names=("CVE-2026-1", "GHSA-1"),
            timestamp=parse_rfc3339("2026-06-01T12:00:00Z"),
            components=(OPENSSL,),
            justification="vulnerable_code_not_in_execute_path",
            impact="never loaded",
            author="security@example.com",
            document="https://example.com/vex/1",
            number=1,
        ),
    )


def test_the_first_drafts_had_strings() -> None:
    """0.0.1: `vulnerability`, products and subcomponents are strings, and the last are the statement's."""
    said = {
        "vulnerability": "CVE-2026-1",
        "products": [f"pkg:oci/app@{IMAGE}", "pkg:apk/wolfi/git@2.39.0-r1?arch=armv7"],
        "subcomponents": [OPENSSL, ZLIB],
        "status": "fixed",
        "timestamp": "2023-01-08T18:02:03.647787998-06:00",
    }
    (one,) = read(said, **{"@context": "https://openvex.dev/ns"})
    assert (one.components, one.names, one.status) == ((OPENSSL, ZLIB), ("CVE-2026-1",), "fixed")
    assert one.timestamp == parse_rfc3339("2023-01-09T00:02:03.647787Z")


@pytest.mark.parametrize(
    "product",
    [
        WHOLE,
        {"@id": f"pkg:oci/app@{IMAGE}"},
        {"@id": f"pkg:docker/library/app@{IMAGE}"},
        {"@id": "https://example.com/app", "identifiers": {"purl": f"pkg:oci/app@{IMAGE}"}},
        {"@id": "registry.example/app:1.0", "hashes": {"sha-256": HEX}},
        {"hashes": {"sha-256": HEX.upper(), "sha-512": "ab"}},
        # Without a product it is said of the attestation's subject (ATTESTING.md).
        None,
    ],
    ids=str,
)
def test_a_product_is_the_artifact_by_its_digest(product: Any) -> None:
    (one,) = read(says(*([product] if product else [])))
    assert one.components == ()


@pytest.mark.parametrize(
    "product",
    [
        {"@id": OPENSSL},
        {"@id": "pkg:oci/app"},
        {"@id": "pkg:oci/app@1.0"},
        {"@id": f"pkg:oci/app@{OTHER}"},
        {"@id": f"pkg:generic/app@{IMAGE}"},
        {"@id": f"registry.example/app@{IMAGE}"},
        {"@id": IMAGE},
        {"@id": f"pkg:oci/app@{OTHER}", "hashes": {"sha-256": HEX}},
        {"@id": f"pkg:oci/app@{IMAGE}", "hashes": {"sha-256": OTHER.removeprefix("sha256:")}},
        {"identifiers": {"cpe23": "cpe:2.3:a:x:x:1:*:*:*:*:*:*:*"}},
        {},
    ],
    ids=str,
)
def test_other_products_are_not_the_artifact(product: Any) -> None:
    assert read(says(product)) == ()
    (left,) = read(says(product, product_of(IMAGE, ZLIB)))
    assert left.components == (ZLIB,)


def test_what_can_not_be_told_is_not_waived_and_affected_with_the_whole_artifact() -> None:
    unknown = {"identifiers": {"cpe23": "cpe:2.3:a:x:x:1:*:*:*:*:*:*:*"}}
    product = {**WHOLE, "subcomponents": [unknown]}
    assert read(says(product)) == ()
    for status in ("affected", "under_investigation"):
        (one,) = read(says(product, status=status))
        assert one.components == ()
    both = {**WHOLE, "subcomponents": [unknown, {"@id": ZLIB}]}
    (one,) = read(says(both))
    assert one.components == (ZLIB,)


def test_an_identifier_goes_before_the_name_of_a_component() -> None:
    part = {"@id": OPENSSL, "identifiers": {"purl": ZLIB}}
    (one,) = read(says({**WHOLE, "subcomponents": [part]}))
    assert one.components == (ZLIB,)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "harmless"}, "harmless"),
        ({"status": "Not_Affected"}, "are known"),
        ({"justification": "because"}, "none of the list"),
        ({"justification": None}, "nothing says why"),
        ({"justification": None, "impact_statement": "  "}, "nothing says why"),
        ({"timestamp": "2026-06-01"}, "no date and time with an offset"),
        ({"timestamp": "yesterday"}, "no date and time"),
        ({"vulnerability": {"@id": "https://nvd.nist.gov/x"}}, "name is missing"),
        ({"vulnerability": {"name": "x" * 300}}, "too long"),
        ({"vulnerability": {"name": "C", "aliases": [str(n) for n in range(NAMES_LIMIT)]}}, "at most"),
        ({"vulnerability": "\u200b"}, "does not name its vulnerability"),
        ({"vulnerability": None}, "is not an object"),
        ({"products": [WHOLE] * (PRODUCTS_LIMIT + 1)}, "at most"),
        ({"products": [7]}, "is not an object"),
        ({"Status": "fixed"}, "the same to other readers"),
    ],
)
def test_one_bad_statement_refuses_all_of_it(changes: dict[str, Any], why: str) -> None:
    with pytest.raises((Unreadable, ManifestInvalid)) as refused:
        read(says(WHOLE), {**says(WHOLE), **changes})
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"@context": "https://openvex.dev/ns/v9"}, "no version known here"),
        ({"@context": ["https://openvex.dev/ns"]}, "not a string"),
        ({"author": ""}, "author is missing"),
        ({"@id": None}, "is missing"),
        ({"timestamp": None}, "timestamp is missing"),
        ({"statements": {}}, "not an array"),
        ({"statements": [{}] * (STATEMENTS_LIMIT + 1)}, "at most"),
    ],
)
def test_what_a_document_must_have(changes: dict[str, Any], why: str) -> None:
    with pytest.raises((Unreadable, ManifestInvalid)) as refused:
        read_vex(OPENVEX_TYPE, {**openvex(says(WHOLE)), **changes}, IMAGE)
    assert why in str(refused.value)


def test_packages_of_all_statements_are_counted() -> None:
    many = product_of(IMAGE, *(f"pkg:npm/p{number}" for number in range(1_500)))
    for said in (says(many), says(*[{"@id": OPENSSL}] * 1_500)):
        with pytest.raises(Unreadable, match="products and components in all"):
            read(*[said] * (NAMED_LIMIT // 1_500 + 1))


def test_texts_are_cut() -> None:
    (one,) = read(says(WHOLE, impact_statement="x" * 5_000))
    assert len(one.impact) == SAID_LIMIT + 1


def test_other_predicates_are_no_vex() -> None:
    assert read_vex("https://openvex.dev/nsx", openvex(says(WHOLE)), IMAGE) == ()
    assert read_vex("https://openvex.dev/ns/v0.2.0", openvex(says(WHOLE)), IMAGE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(["vulnerability", "products", "status", "subcomponents", "timestamp", "justification"]),
    JSON,
)


@given(
    st.sampled_from(sorted(READERS)), JSON | st.builds(lambda one: openvex({**says(WHOLE), **one}), FIELDS)
)
def test_whatever_it_is_it_is_read_or_refused(predicate_type: str, predicate: Any) -> None:
    try:
        found = read_vex(predicate_type, predicate, IMAGE)
    except (Unreadable, ManifestInvalid):
        return
    assert all(one.names for one in found)
