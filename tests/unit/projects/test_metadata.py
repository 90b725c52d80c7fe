"""Harbor's project metadata, read strictly: no security switch is on without being enforced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.projects.metadata import NAMES, read_metadata, shown
from pratique.projects.values import Admission

SWITCHES = ["enable_content_trust", "prevent_vul", "auto_scan", "auto_sbom_generation"]


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["true", "True", "1", " TRUE "])
def test_a_switch_that_is_not_enforced_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadRequest, match=f"metadata {name} can't be turned on"):
        read_metadata({name: value})


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["false", "FALSE", "0"])
def test_a_switch_may_be_off(name: str, value: str) -> None:
    assert read_metadata({name: value}).texts == {name: "false"}


@pytest.mark.parametrize(
    ("given_metadata", "admission"),
    [
        ({}, None),
        ({"admission": "signed"}, Admission.SIGNED),
        ({"admission": "open"}, Admission.OPEN),
        ({"enable_content_trust_cosign": "true"}, Admission.SIGNED),
        ({"enable_content_trust_cosign": "False"}, Admission.OPEN),
        ({"enable_content_trust_cosign": "1", "admission": "signed"}, Admission.SIGNED),
    ],
)
def test_admission_has_two_names(given_metadata: dict[str, str], admission: Admission | None) -> None:
    assert read_metadata(given_metadata).admission is admission


def test_the_two_names_may_not_contradict_each_other() -> None:
    with pytest.raises(BadRequest, match="contradict"):
        read_metadata({"enable_content_trust_cosign": "false", "admission": "signed"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("publik", "true", "did you mean 'public'"),
        ("public", "yes", "neither true nor false"),
        ("admission", "closed", "neither open nor signed"),
        ("severity", "urgent", "not one of none, low, medium, high, critical"),
        ("retention_id", "3", "can't be set"),
        ("reuse_sys_cve_allowlist", "perhaps", "neither true nor false"),
    ],
)
def test_what_makes_no_sense_is_said(name: str, value: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_metadata({name: value})


def test_texts_are_stored_in_one_form() -> None:
    change = read_metadata({"severity": "High", "reuse_sys_cve_allowlist": "1", "public": "TRUE"})
    assert change.texts == {"severity": "high", "reuse_sys_cve_allowlist": "true"}
    assert change.public is True


def test_what_is_for_proxy_caches_is_ignored_as_harbor_does() -> None:
    assert read_metadata({"proxy_speed_kb": "-1", "max_upstream_conn": "-1"}).texts == {}


def test_shown_by_harbors_names() -> None:
    assert shown(True, Admission.SIGNED, {"severity": "low"}) == {
        "public": "true",
        "admission": "signed",
        "enable_content_trust_cosign": "true",
        "severity": "low",
    }


@given(st.dictionaries(st.sampled_from(sorted(NAMES)) | st.text(max_size=20), st.text(max_size=10)))
def test_anything_is_read_or_refused(metadata: dict[str, str]) -> None:
    try:
        change = read_metadata(metadata)
    except BadRequest:
        return
    for name in SWITCHES:
        assert change.texts.get(name, "false") == "false"
