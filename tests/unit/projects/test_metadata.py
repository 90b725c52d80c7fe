"""Harbor's project metadata, read strictly: nothing is stored that nothing acts on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.packages import Severity
from pratique.policy import Tolerance
from pratique.projects.asking import Asked
from pratique.projects.metadata import NAMES, read_metadata, shown
from pratique.projects.values import COSIGN, NOTATION, Admission

SWITCHES = [
    "prevent_vul",
    "auto_scan",
    "auto_sbom_generation",
    "allow_unexamined",
    "reuse_sys_cve_allowlist",
]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_stored_in_one_form(name: str) -> None:
    assert {read_metadata({name: value}).texts[name] for value in ("true", "True", "1", " TRUE ")} == {"true"}
    assert {read_metadata({name: value}).texts[name] for value in ("false", "FALSE", "0")} == {"false"}


OPEN, ANY = Asked(), Asked(Admission.SIGNED)
COSIGN_ONLY = Asked(Admission.SIGNED, frozenset({COSIGN}))
BOTH = Asked(Admission.SIGNED, frozenset({COSIGN, NOTATION}))


@pytest.mark.parametrize(
    ("before", "given_metadata", "after"),
    [
        (ANY, {}, ANY),
        (OPEN, {"admission": "signed"}, ANY),
        (BOTH, {"admission": "signed"}, BOTH),
        (BOTH, {"admission": "open"}, OPEN),
        (OPEN, {COSIGN: "true"}, COSIGN_ONLY),
        (ANY, {COSIGN: "1", "admission": "signed"}, COSIGN_ONLY),
        (COSIGN_ONLY, {NOTATION: "true"}, BOTH),
        (BOTH, {NOTATION: "False"}, COSIGN_ONLY),
        (COSIGN_ONLY, {COSIGN: "false"}, OPEN),
        (COSIGN_ONLY, {COSIGN: "false", "admission": "signed"}, ANY),
        # What clients that know only Harbor's names send with everything: it turns nothing off that was not on.
        (ANY, {COSIGN: "false", NOTATION: "false"}, ANY),
        (OPEN, {COSIGN: "false", NOTATION: "false"}, OPEN),
    ],
)
def test_harbors_two_switches_ask_for_a_signature_of_their_own_kind_and_both_for_both(
    before: Asked, given_metadata: dict[str, str], after: Asked
) -> None:
    assert read_metadata(given_metadata).asked(before) == after


@pytest.mark.parametrize("name", [COSIGN, NOTATION])
def test_a_switch_and_open_may_not_contradict_each_other(name: str) -> None:
    with pytest.raises(BadRequest, match="contradict"):
        read_metadata({name: "true", "admission": "open"})


def test_what_is_said_of_signatures_leaves_what_is_asked_of_contents() -> None:
    tolerant = Asked(Admission.SIGNED, frozenset({COSIGN}), Tolerance(Severity.HIGH))
    for given_metadata in ({"admission": "open"}, {COSIGN: "false"}, {NOTATION: "true"}, {}):
        assert read_metadata(given_metadata).asked(tolerant).tolerance == tolerant.tolerance


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
        "enable_content_trust_cosign": "false",
        "enable_content_trust": "false",
        "severity": "low",
    }


@given(st.dictionaries(st.sampled_from(sorted(NAMES)) | st.text(max_size=20), st.text(max_size=10)))
def test_anything_is_read_or_refused(metadata: dict[str, str]) -> None:
    try:
        change = read_metadata(metadata)
    except BadRequest:
        return
    assert set(change.texts) <= set(metadata)
    assert set(change.texts.values()) <= {"true", "false", "none", "low", "medium", "high", "critical"}
