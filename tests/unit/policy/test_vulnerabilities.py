"""The rule `vulnerabilities`: what refuses, what waits, what an allowlist accepts and for how long."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.evidence import NOW, OPEN, SIGNED, TOMORROW, YESTERDAY, evidence, signature

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy import (
    NOTHING,
    Allowed,
    Code,
    Contents,
    Exemption,
    Finding,
    Policy,
    State,
    Tolerance,
    Verdict,
    judge,
    refusal_of,
    verdict_bytes,
)
from pratique.policy.vulnerabilities import TOLD_LIMIT

HIGH = Finding(
    "DSA-1", ("CVE-2026-1",), "openssl 1.1.1n", Severity.HIGH, "fixed", ("1.1.1w",), "var/lib/dpkg/status"
)
LOW = Finding("CVE-2026-2", (), "zlib 1.2", Severity.LOW, "affected")


def verdict(
    contents: Contents | None, *allowed: Allowed, policy: Policy = OPEN, at: Moment = NOW, **more: object
) -> Verdict:
    tolerance = replace(Tolerance(Severity.HIGH, allowed=allowed), **more)  # type: ignore[arg-type] # fields by name
    signed = evidence(signature(), contents=contents)
    return judge(replace(policy, tolerance=tolerance), signed, (), at)


def test_without_prevent_vul_nobody_asks_for_contents() -> None:
    for policy in (OPEN, SIGNED):
        found = judge(policy, evidence(signature()), (), NOW)
        assert found.state is State.ADMITTED
        assert all(reason.rule != "vulnerabilities" for reason in found.reasons)


def test_what_is_not_examined_yet_is_pending() -> None:
    found = verdict(None)
    assert (found.state, [reason.code for reason in found.reasons]) == (State.PENDING, [Code.NOT_EXAMINED])
    assert not found.admits(NOW)
    assert "have not been examined yet" in refusal_of(found, "https://r/v").message


def test_signed_and_examined_must_both_hold() -> None:
    assert verdict(NOTHING, policy=SIGNED).state is State.ADMITTED
    assert verdict(None, policy=SIGNED).state is State.PENDING
    assert verdict(Contents((HIGH,)), policy=SIGNED).state is State.QUARANTINED
    unsigned = replace(SIGNED, tolerance=Tolerance(Severity.HIGH))
    assert judge(unsigned, evidence(contents=NOTHING), (), NOW).state is State.QUARANTINED
    # What needs no bytes is decided at once (gate.md 1).
    assert judge(unsigned, evidence(contents=None), (), NOW).state is State.QUARANTINED


def test_a_finding_at_the_severity_refuses_and_says_what_to_do() -> None:
    found = verdict(Contents((LOW, HIGH)))
    assert found.state is State.QUARANTINED
    (reason,) = found.reasons
    assert (reason.code, reason.remedy) == (Code.VULNERABLE, "update to 1.1.1w")
    assert reason.message == "DSA-1 (high) in openssl 1.1.1n (var/lib/dpkg/status)"
    assert "update to 1.1.1w" in refusal_of(found, "https://r/v").message


def test_below_the_severity_nothing_refuses() -> None:
    found = verdict(Contents((LOW,)))
    assert (found.state, found.reasons[0].code) == (State.ADMITTED, Code.NO_VULNERABILITIES)
    assert verdict(Contents((LOW,)), severity=Severity.LOW).state is State.QUARANTINED


@pytest.mark.parametrize(
    ("unknown_as", "state"),
    [(Severity.HIGH, State.QUARANTINED), (Severity.MEDIUM, State.ADMITTED)],
)
def test_what_has_no_severity_counts_as_the_setting_says(unknown_as: Severity, state: State) -> None:
    unknown = replace(HIGH, severity=Severity.UNKNOWN)
    found = verdict(Contents((unknown,)), unknown_as=unknown_as)
    assert found.state is state
    if state is State.QUARANTINED:
        assert "severity unknown" in found.reasons[0].message


@pytest.mark.parametrize(
    "harmless",
    [
        replace(HIGH, state="not_affected"),
        replace(HIGH, state="owned"),
        replace(HIGH, is_informational=True),
    ],
)
def test_what_never_refuses(harmless: Finding) -> None:
    assert verdict(Contents((harmless,))).state is State.ADMITTED


@pytest.mark.parametrize("state", ["fixed", "affected", "wont_fix", "deferred", "end_of_life"])
def test_without_a_fix_it_refuses_all_the_same(state: str) -> None:
    found = verdict(Contents((replace(HIGH, state=state, fixed=()),)))  # type: ignore[arg-type] # each is a state
    assert found.state is State.QUARANTINED
    assert found.reasons[0].remedy


def test_worst_first_and_of_equals_what_can_be_mended() -> None:
    critical = replace(LOW, id="CVE-2026-9", severity=Severity.CRITICAL)
    unfixed = replace(HIGH, id="A-1", fixed=(), state="affected")
    found = verdict(Contents((unfixed, HIGH, critical)))
    assert [reason.message.split()[0] for reason in found.reasons] == ["CVE-2026-9", "DSA-1", "A-1"]


def test_many_findings_are_counted() -> None:
    many = tuple(replace(HIGH, id=f"CVE-1-{number:04}") for number in range(TOLD_LIMIT + 7))
    found = verdict(Contents(many))
    assert len(found.reasons) == TOLD_LIMIT + 1
    assert found.reasons[-1].message == "and 7 more of severity high or worse"


@pytest.mark.parametrize("name", ["DSA-1", "CVE-2026-1", "cve-2026-1"])
def test_an_allowlist_covers_by_any_name_and_the_verdict_rests_on_it(name: str) -> None:
    found = verdict(Contents((HIGH,)), Allowed(name))
    assert (found.state, found.valid_until) == (State.ADMITTED, None)
    assert found.rests_on == {f"allowed:{name.upper()}"}
    assert "1 accepted by an allowlist" in found.reasons[0].message


def test_of_a_bundle_all_must_be_accepted() -> None:
    bundle = replace(HIGH, aliases=("CVE-2026-1", "CVE-2026-2"))
    assert verdict(Contents((bundle,)), Allowed("CVE-2026-1")).state is State.QUARANTINED
    both = verdict(Contents((bundle,)), Allowed("CVE-2026-1"), Allowed("CVE-2026-2", TOMORROW))
    assert (both.state, both.valid_until) == (State.ADMITTED, TOMORROW)
    assert both.rests_on == {"allowed:CVE-2026-1", "allowed:CVE-2026-2"}
    assert verdict(Contents((bundle,)), Allowed("DSA-1")).state is State.ADMITTED


def test_an_id_covers_its_aliases() -> None:
    same = replace(HIGH, id="PYSEC-1", aliases=("CVE-2026-1", "GHSA-1"))
    for name in ("PYSEC-1", "GHSA-1", "CVE-2026-1"):
        assert verdict(Contents((same,)), Allowed(name)).state is State.ADMITTED


def test_an_allowlist_that_is_not_needed_is_not_rested_on() -> None:
    assert verdict(Contents((LOW,)), Allowed("CVE-2026-1")).rests_on == frozenset()


def test_the_verdict_ends_with_the_entry_that_lasts_longest() -> None:
    found = verdict(Contents((HIGH,)), Allowed("DSA-1", TOMORROW), Allowed("CVE-2026-1", Moment(NOW + 1)))
    assert found.valid_until == TOMORROW
    assert found.rests_on == {"allowed:DSA-1"}
    assert verdict(Contents((HIGH,)), Allowed("DSA-1", YESTERDAY)).state is State.QUARANTINED
    assert verdict(Contents((HIGH,)), Allowed("DSA-1", NOW)).state is State.QUARANTINED


def test_what_could_not_be_examined_is_refused_unless_the_project_says_otherwise() -> None:
    contents = Contents(problem="no current advisories for debian:12")
    found = verdict(contents)
    assert (found.state, found.reasons[0].code) == (State.QUARANTINED, Code.COULD_NOT_BE_EXAMINED)
    assert found.reasons[0].message == "could not be examined: no current advisories for debian:12"
    assert verdict(contents, allow_unexamined=True).state is State.ADMITTED


def test_what_was_found_counts_though_it_is_not_all() -> None:
    ended = Contents((HIGH,), problem="no current advisories for debian:10")
    codes = [reason.code for reason in verdict(ended).reasons]
    assert codes == [Code.VULNERABLE, Code.COULD_NOT_BE_EXAMINED]
    assert verdict(ended, allow_unexamined=True).state is State.QUARANTINED
    accepted = verdict(ended, Allowed("CVE-2026-1", TOMORROW), allow_unexamined=True)
    assert (accepted.state, accepted.valid_until) == (State.ADMITTED, TOMORROW)
    assert accepted.rests_on == {"allowed:CVE-2026-1"}


def test_old_advisories_say_nothing() -> None:
    contents = Contents(valid_until=TOMORROW)
    assert verdict(contents).valid_until == TOMORROW
    late = verdict(contents, at=TOMORROW)
    assert (late.state, late.reasons[0].code) == (State.QUARANTINED, Code.COULD_NOT_BE_EXAMINED)


def test_an_exemption_lifts_the_rule_for_one_digest() -> None:
    given_ = evidence(contents=Contents((HIGH,)))
    exempt = Exemption(1, given_.digest, "vulnerabilities", "until Monday", TOMORROW)
    policy = replace(OPEN, tolerance=Tolerance(Severity.HIGH))
    found = judge(policy, given_, (exempt,), NOW)
    assert (found.state, found.valid_until) == (State.ADMITTED, TOMORROW)


findings = st.builds(
    Finding,
    st.sampled_from(["CVE-1", "CVE-2", "GHSA-3"]),
    st.just(()),
    st.sampled_from(["a 1", "b 2"]),
    st.sampled_from(list(Severity)),
    st.sampled_from(["fixed", "affected", "owned"]),
)


@given(st.lists(findings, max_size=6), st.randoms())
def test_the_order_of_findings_has_no_say(some: list[Finding], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    assert verdict_bytes(verdict(Contents(tuple(some)))) == verdict_bytes(verdict(Contents(tuple(shuffled))))


@given(st.lists(findings, max_size=6), findings)
def test_more_findings_never_admit(some: list[Finding], another: Finding) -> None:
    if verdict(Contents(tuple(some))).state is State.QUARANTINED:
        assert verdict(Contents((*some, another))).state is State.QUARANTINED
