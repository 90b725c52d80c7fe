"""VEX in CycloneDX: which states say what, of which components, and of which artifact at all."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vexing import CYCLONEDX_TYPE, OPENSSL, cyclonedx

from pratique.clock import parse_rfc3339
from pratique.errors import ManifestInvalid
from pratique.oci.digest import digest_of
from pratique.policy import VexStatement
from pratique.trust.strict import Unreadable
from pratique.trust.vex import read_vex
from pratique.trust.vex.cyclonedx import JUSTIFICATIONS, STATES
from pratique.trust.vex.limits import STATEMENTS_LIMIT

IMAGE = digest_of(b"the image")
OTHER = digest_of(b"another image")
ZLIB = "pkg:deb/ubuntu/zlib1g@1.2"
SCHEMA = Path(__file__).parents[1] / "inventory" / "schemas" / "bom-1.6.SNAPSHOT.schema.json"


def read(document: Any) -> tuple[VexStatement, ...]:
    return read_vex(CYCLONEDX_TYPE, document, IMAGE)


def changed(**parts: Any) -> dict[str, Any]:
    """The document about two packages with `product`, `entry` and `analysis` changed, or what else is named."""
    document = copy.deepcopy(cyclonedx(IMAGE, purls=(OPENSSL, ZLIB)))
    document["metadata"]["component"].update(parts.pop("product", {}))
    document["vulnerabilities"][0].update(parts.pop("entry", {}))
    document["vulnerabilities"][0]["analysis"].update(parts.pop("analysis", {}))
    return {**document, **parts}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
        ("not_affected", "not_affected"),
    ],
)
def test_each_state_has_its_status(state: str, status: str) -> None:
    (one,) = read(changed(analysis={"state": state}))
    assert (one.status, one.components, one.names) == (status, (OPENSSL, ZLIB), ("CVE-2026-1",))


def test_states_and_justifications_are_those_of_the_schema() -> None:
    named = json.loads(SCHEMA.read_text())["definitions"]
    assert set(STATES) == set(named["impactAnalysisState"]["enum"])
    assert set(named["impactAnalysisJustification"]["enum"]) == JUSTIFICATIONS


def test_equivalents_and_dates() -> None:
    said = {
        "firstIssued": "2026-05-01T00:00:00Z",
        "lastUpdated": "2026-05-02T00:00:00+02:00",
        "detail": "why",
    }
    references = [{"id": "GHSA-1", "source": {"name": "GitHub"}}]
    (one,) = read(changed(analysis=said, entry={"references": references}))
    assert (one.names, one.impact) == (("CVE-2026-1", "GHSA-1"), "why")
    assert one.timestamp == parse_rfc3339("2026-05-01T22:00:00Z")
    assert read(changed())[0].timestamp == parse_rfc3339("2026-06-01T12:00:00Z")


@pytest.mark.parametrize(
    "product",
    [
        {},
        {"version": "1.0", "purl": f"pkg:oci/app@{IMAGE}"},
        {"version": "1.0", "hashes": [{"alg": "SHA-256", "content": IMAGE.removeprefix("sha256:")}]},
    ],
    ids=str,
)
def test_the_product_is_the_artifact_by_its_digest(product: dict[str, Any]) -> None:
    assert len(read(changed(product=product))) == 1


@pytest.mark.parametrize(
    "product",
    [
        {"version": "1.0"},
        {"version": OTHER},
        {"purl": f"pkg:oci/app@{OTHER}"},
        {"version": "1.0", "purl": OPENSSL},
        {"hashes": [{"alg": "SHA-256", "content": OTHER.removeprefix("sha256:")}]},
    ],
    ids=str,
)
def test_a_document_of_something_else_says_nothing(product: dict[str, Any]) -> None:
    assert read(changed(product=product)) == ()
    assert read(changed(metadata={"timestamp": "2026-06-01T12:00:00Z"})) == ()


def test_a_reference_to_the_product_means_all_of_it() -> None:
    (one,) = read(changed(entry={"affects": [{"ref": "c0"}, {"ref": "app"}]}))
    assert one.components == ()


@pytest.mark.parametrize(
    "affects",
    [
        [],
        [{"ref": "nothing"}],
        [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#c0"}],
        [{"ref": "c0", "versions": [{"version": "1", "status": "unaffected"}]}],
    ],
    ids=str,
)
def test_what_can_not_be_told_is_not_waived_and_affected_with_the_whole_artifact(affects: Any) -> None:
    assert read(changed(entry={"affects": affects})) == ()
    (one,) = read(changed(entry={"affects": affects}, analysis={"state": "exploitable"}))
    assert one.components == ()


def test_a_reference_may_be_a_package_url() -> None:
    (one,) = read(changed(entry={"affects": [{"ref": "pkg:npm/left@1"}]}))
    assert one.components == ("pkg:npm/left@1",)


def test_components_lie_in_components() -> None:
    inner = {"name": "z", "bom-ref": "z", "purl": ZLIB}
    parts = [{"name": "o", "bom-ref": "o", "components": [inner]}]
    (one,) = read(changed(components=parts, entry={"affects": [{"ref": "z"}]}))
    assert one.components == (ZLIB,)


def test_a_scanners_finding_is_no_statement() -> None:
    assert read(changed(vulnerabilities=[{"id": "CVE-2026-1", "affects": [{"ref": "c0"}]}])) == ()
    assert read(changed(vulnerabilities=[{"id": "C", "analysis": {"detail": "perhaps"}}])) == ()
    # What is no VEX is not asked which version it is of.
    assert read({"bomFormat": "CycloneDX", "specVersion": "1.7"}) == ()


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (changed(specVersion="1.3"), "are read"),
        (changed(specVersion="1.7"), "are read"),
        (changed(bomFormat="Other"), "are read"),
        (changed(analysis={"state": "fine"}), "are known"),
        (changed(analysis={"justification": "because"}), "none of the list"),
        (changed(analysis={"lastUpdated": "soon"}), "no date and time"),
        (changed(entry={"id": None}), "id is missing"),
        (changed(product={"bom-ref": "c0"}), "bom-ref"),
        (changed(components=[{"bom-ref": "a"}, {"bom-ref": "a"}]), "bom-ref"),
        (changed(vulnerabilities=[{}] * (STATEMENTS_LIMIT + 1)), "at most"),
    ],
)
def test_what_is_refused_whole(document: Any, why: str) -> None:
    with pytest.raises((Unreadable, ManifestInvalid)) as refused:
        read(document)
    assert why in str(refused.value)


def test_too_deep_components_are_refused() -> None:
    nested: dict[str, Any] = {"name": "x"}
    for _ in range(40):
        nested = {"name": "x", "components": [nested]}
    with pytest.raises(Unreadable, match="deep"):
        read(changed(components=[nested]))


@given(
    st.sampled_from(["metadata", "components", "vulnerabilities", "specVersion"]),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["component", "bom-ref", "analysis", "affects", "purl"]), inner)
        ),
        max_leaves=10,
    ),
)
def test_whatever_it_is_it_is_read_or_refused(name: str, value: Any) -> None:
    try:
        found = read(changed(**{name: value}))
    except (Unreadable, ManifestInvalid):
        return
    assert all(one.names for one in found)
