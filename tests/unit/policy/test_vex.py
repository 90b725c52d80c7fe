"""VEX in the rule `vulnerabilities`: whose word waives a finding, for how long, and that it is always said."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.evidence import NOW, OPEN, TOMORROW, YESTERDAY, evidence, party, signature

from pratique.clock import DAY, Moment
from pratique.oci.digest import digest_of
from pratique.packages import Severity
from pratique.policy import (
    Allowed,
    Code,
    Contents,
    Finding,
    Party,
    State,
    Tolerance,
    Verdict,
    VexDocument,
    VexStatement,
    judge,
    verdict_bytes,
)
from pratique.policy.vulnerabilities import TOLD_LIMIT

OPENSSL = "pkg:deb/debian/openssl@1.1.1n?arch=amd64&distro=debian-11"
HIGH = Finding("DSA-1", ("CVE-2026-1",), "openssl 1.1.1n", Severity.HIGH, "fixed", ("1.1.1w",), purl=OPENSSL)
NO_MATTER = VexStatement(
    "not_affected",
    ("CVE-2026-1",),
    YESTERDAY,
    ("pkg:deb/debian/openssl@1.1.1n",),
    "vulnerable_code_not_in_execute_path",
    author="shop@example.com",
    document="https://example.com/vex/1",
)
AFFECTED = replace(NO_MATTER, status="affected", justification="")
VEX = frozenset({"vex"})


def says(*statements: VexStatement, by: int = 1, **more: Any) -> VexDocument:
    return VexDocument(signature(by, is_signature=False, message=f"{statements}", **more), statements)


def trusted(*numbers: int, **more: Any) -> tuple[Party, ...]:
    return tuple(party(number, purposes=VEX, **more) for number in numbers or (1,))


def verdict(
    *documents: VexDocument,
    parties: tuple[Party, ...] | None = None,
    found: tuple[Finding, ...] = (HIGH,),
    allowed: tuple[Allowed, ...] = (),
    at: Moment = NOW,
    **more: Any,
) -> Verdict:
    presented = evidence(
        parties=trusted() if parties is None else parties,
        contents=Contents(found),
        vex=documents,
        **more,
    )
    return judge(replace(OPEN, tolerance=Tolerance(Severity.HIGH, allowed=allowed)), presented, (), at)


def waived(found: Verdict) -> list[str]:
    return [reason.message for reason in found.reasons if reason.code == Code.WAIVED]


@pytest.mark.parametrize("status", ["not_affected", "fixed"])
def test_a_counting_statement_waives_and_it_is_said_who_why_and_where(status: Any) -> None:
    found = verdict(says(replace(NO_MATTER, status=status)))
    assert found.state is State.ADMITTED
    (text,) = waived(found)
    assert text == (
        f"DSA-1 (high) in openssl 1.1.1n: the key key-1 says {status} (vulnerable_code_not_in_execute_path)"
        " by statement 1 of https://example.com/vex/1"
    )
    assert "key:1" in found.rests_on


@pytest.mark.parametrize("status", ["affected", "under_investigation"])
def test_other_statuses_turn_nothing(status: Any) -> None:
    found = verdict(says(replace(NO_MATTER, status=status)))
    assert (found.state, waived(found)) == (State.QUARANTINED, [])


def test_a_verdict_ends_with_the_party_the_evidence_or_never() -> None:
    assert verdict(says(NO_MATTER)).valid_until is None
    ended = verdict(says(NO_MATTER), parties=trusted(valid_until=TOMORROW))
    assert (ended.state, ended.valid_until) == (State.ADMITTED, TOMORROW)
    assert verdict(says(NO_MATTER, valid_until=TOMORROW)).valid_until == TOMORROW
    later = verdict(says(NO_MATTER), parties=trusted(valid_until=TOMORROW), at=TOMORROW)
    assert later.state is State.QUARANTINED
    assert "does not count: the key key-1 counted until" in later.reasons[0].message


@pytest.mark.parametrize(
    ("parties", "said", "why"),
    [
        ((), {}, "signed by somebody whom the project does not trust"),
        ((party(1),), {}, "trusted for signature, not for vex"),
        ((party(1, purposes=frozenset({"signature", "sbom"})),), {}, "not for vex"),
        (trusted(repositories=("other/**",)), {}, "counts for other/** in the project"),
        (trusted(since=5), {"epoch": 4}, "verified again in a moment"),
        (trusted(), {"code": Code.SIGNATURE_INVALID}, ""),
        (trusted(), {"subject": digest_of(b"another image")}, "not for this digest"),
        (trusted(), {"marks": frozenset({"digest:x"})}, "a deny list names"),
    ],
)
def test_whose_word_does_not_count_waives_nothing_and_it_is_said_why(
    parties: tuple[Party, ...], said: dict[str, Any], why: str
) -> None:
    found = verdict(says(NO_MATTER, **said), parties=parties, denied=frozenset({"digest:x"}))
    assert found.state is State.QUARANTINED
    assert "a VEX statement on it does not count" in found.reasons[0].message
    assert why in found.reasons[0].message


@pytest.mark.parametrize(
    ("component", "covers"),
    [
        ("pkg:deb/debian/openssl", True),
        ("pkg:deb/debian/openssl@1.1.1n", True),
        ("pkg:deb/debian/openssl@1.1.1n?arch=amd64", True),
        ("pkg:deb/debian/openssl@1.1.1w", False),
        ("pkg:deb/debian/openssl@1.1.1n?arch=arm64", False),
        ("pkg:deb/ubuntu/openssl@1.1.1n", False),
        ("pkg:rpm/debian/openssl@1.1.1n", False),
        ("pkg:deb/debian/libssl1.1@1.1.1n", False),
        ("openssl", False),
    ],
)
def test_it_speaks_of_the_packages_that_it_names(component: str, covers: bool) -> None:
    found = verdict(says(replace(NO_MATTER, components=(component,))))
    assert (found.state is State.ADMITTED) is covers


def test_without_components_it_speaks_of_the_whole_artifact_by_any_name_of_the_vulnerability() -> None:
    for name in ("cve-2026-1", "DSA-1"):
        whole = replace(NO_MATTER, components=(), names=(name,))
        assert verdict(says(whole)).state is State.ADMITTED
    assert verdict(says(replace(NO_MATTER, names=("CVE-2026-2",)))).state is State.QUARANTINED


def test_an_advisory_of_several_vulnerabilities_is_waived_as_a_whole_only() -> None:
    bundle = replace(HIGH, aliases=("CVE-2026-1", "CVE-2026-2"))
    one, other = NO_MATTER, replace(NO_MATTER, names=("CVE-2026-2",))
    whole = replace(NO_MATTER, names=("DSA-1",))
    assert verdict(says(one), found=(bundle,)).state is State.QUARANTINED
    assert verdict(says(one, other), found=(bundle,)).state is State.ADMITTED
    assert verdict(says(whole), found=(bundle,)).state is State.ADMITTED
    harmful = replace(other, status="affected", timestamp=Moment(YESTERDAY + 1))
    assert verdict(says(whole, harmful), found=(bundle,)).state is State.QUARANTINED


def test_of_one_party_the_newest_counts_whatever_document_it_is_in() -> None:
    later = Moment(YESTERDAY + 1)
    fine, harmful = replace(NO_MATTER, timestamp=later), replace(AFFECTED, timestamp=later)
    assert verdict(says(AFFECTED), says(fine)).state is State.ADMITTED
    assert verdict(says(NO_MATTER), says(harmful)).state is State.QUARANTINED
    assert verdict(says(NO_MATTER, AFFECTED)).state is State.QUARANTINED


def test_between_parties_the_most_severe_counts_whichever_is_newer() -> None:
    both = trusted(1, 2)
    for status in ("affected", "under_investigation"):
        harmful = replace(AFFECTED, status=status, timestamp=Moment(YESTERDAY - DAY))
        said = says(NO_MATTER), says(harmful, by=2)
        assert verdict(*said, parties=both).state is State.QUARANTINED
        # Only who may speak of it can object.
        assert verdict(*said, parties=(*trusted(1), party(2))).state is State.ADMITTED


def test_it_ends_with_the_first_party_that_had_to_agree() -> None:
    parties = (*trusted(1, valid_until=TOMORROW), *trusted(2))
    found = verdict(says(NO_MATTER), says(NO_MATTER, by=2), parties=parties)
    assert (found.valid_until, found.rests_on >= {"key:1", "key:2"}) == (TOMORROW, True)


def test_between_an_allowlist_and_a_statement_whichever_lasts_longer_covers() -> None:
    short = Allowed("CVE-2026-1", TOMORROW)
    found = verdict(says(NO_MATTER), allowed=(short,))
    assert (found.valid_until, len(waived(found))) == (None, 1)
    ending = trusted(valid_until=TOMORROW)
    found = verdict(says(NO_MATTER), parties=ending, allowed=(Allowed("CVE-2026-1"),))
    assert (found.valid_until, waived(found)) == (None, [])
    assert "allowed:CVE-2026-1" in found.rests_on


def test_what_refuses_comes_first_and_what_is_waived_is_told_all_the_same() -> None:
    other = replace(HIGH, id="CVE-2026-7", aliases=())
    found = verdict(says(NO_MATTER), found=(HIGH, other))
    assert found.state is State.QUARANTINED
    assert [reason.code for reason in found.reasons] == [Code.VULNERABLE, Code.WAIVED]


def test_many_waivers_are_counted_and_each_of_them_binds() -> None:
    many = tuple(replace(HIGH, path=f"p{number}") for number in range(TOLD_LIMIT + 5))
    found = verdict(says(NO_MATTER), found=many, parties=trusted(valid_until=TOMORROW))
    assert len(waived(found)) == TOLD_LIMIT + 1
    assert waived(found)[-1].startswith("and 5 more of severity high or worse are waived")
    assert (found.reasons[-1].valid_until, "key:1" in found.reasons[-1].rests_on) == (TOMORROW, True)


STATEMENTS = st.builds(
    VexStatement,
    st.sampled_from(["not_affected", "affected", "fixed", "under_investigation"]),
    st.sampled_from([("CVE-2026-1",), ("DSA-1",), ("CVE-2026-9", "cve-2026-1"), ("CVE-2026-9",)]),
    st.integers(0, 3).map(Moment),
    st.sampled_from([(), (OPENSSL,), ("pkg:deb/debian/zlib",)]),
)
DOCUMENTS = st.lists(
    st.builds(
        lambda statements, by: says(*statements, by=by),
        st.lists(STATEMENTS, max_size=3),
        st.integers(1, 3),
    ),
    max_size=4,
)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_has_no_say_and_the_same_inputs_give_the_same_bytes(said: Any, chance: Any) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)
    parties = (*trusted(1, 2), party(3))
    assert verdict_bytes(verdict(*said, parties=parties)) == verdict_bytes(
        verdict(*shuffled, parties=parties)
    )


@given(DOCUMENTS)
def test_whatever_is_said_by_others_changes_nothing(said: Any) -> None:
    counting = [one for one in said if not one.signature.parties & {"key:3"}]
    parties = (*trusted(1, 2), party(3))
    assert verdict(*said, parties=parties).state is verdict(*counting, parties=parties).state


@given(DOCUMENTS, STATEMENTS)
def test_a_further_partys_harmful_word_never_admits(said: Any, further: VexStatement) -> None:
    harmful = says(replace(further, status="affected"), by=4)
    before = verdict(*said, parties=trusted(1, 2, 4))
    after = verdict(*said, harmful, parties=trusted(1, 2, 4))
    assert before.state is State.ADMITTED or after.state is State.QUARANTINED


@given(DOCUMENTS)
def test_an_admission_that_needs_a_word_rests_on_who_gave_it(said: Any) -> None:
    """Removing the party narrows: without those that it rests on, nothing is waived."""
    parties = trusted(1, 2)
    found = verdict(*said, parties=parties)
    if found.state is State.ADMITTED:
        left = tuple(one for one in parties if one.id not in found.rests_on)
        assert verdict(*said, parties=left).state is State.QUARANTINED
