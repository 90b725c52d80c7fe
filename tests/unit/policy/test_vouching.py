"""Whose word counts for what: purposes, reach, dates, epochs, deny lists; and one signature of each kind asked for."""

from typing import Any

import pytest
from tests.unit.policy.evidence import (
    NOW,
    PARENT,
    SIGNED,
    SUBJECT,
    TOMORROW,
    YESTERDAY,
    evidence,
    party,
    signature,
)

from pratique.clock import Moment
from pratique.policy import Code, Policy, State, judge
from pratique.policy.vouching import Basis, Miss, vouching

COSIGN = Policy("signed", 1, frozenset({"cosign"}))
NOTATION = Policy("signed", 1, frozenset({"notation"}))
BOTH = Policy("signed", 1, frozenset({"cosign", "notation"}))
STORE = party(2, kind="store")
NOTARISED = signature(2, scheme="notation-jws")


@pytest.mark.parametrize(
    ("purposes", "purpose", "counts"),
    [
        ({"signature"}, "signature", True),
        ({"signature"}, "vex", False),
        ({"signature"}, "sbom", False),
        ({"vex"}, "signature", False),
        ({"vex", "sbom"}, "vex", True),
    ],
)
def test_who_signs_images_may_not_waive_cves(purposes: set[str], purpose: str, counts: bool) -> None:
    """Each party carries `for`, `signature` only by default."""
    assert party().purposes == {"signature"}
    held = party(purposes=frozenset(purposes))
    (found,) = vouching(signature(), evidence(parties=(held,)), purpose, NOW)
    assert isinstance(found, Basis) is counts
    assert counts or (isinstance(found, Miss) and found.code == Code.PURPOSE_MISMATCH)


@pytest.mark.parametrize(
    ("one", "held", "code"),
    [
        (signature(marks=frozenset({"log:ab:1"})), party(), Code.DENIED),
        (signature(valid_until=NOW), party(), Code.SIGNATURE_EXPIRED),
        (signature(epoch=3), party(since=4), Code.NOT_EXAMINED),
        (signature(code=Code.REVOKED), party(), Code.REVOKED),
        (signature(code=Code.REVOCATION_UNAVAILABLE), party(), Code.REVOCATION_UNAVAILABLE),
        (signature(code=Code.IDENTITY_MISMATCH), party(), Code.IDENTITY_MISMATCH),
        (signature(code=Code.CHAIN_INVALID), party(), Code.CHAIN_INVALID),
        (signature(code=Code.LOG_ENTRY_INVALID), party(), Code.LOG_ENTRY_INVALID),
        (signature(code=Code.TIMESTAMP_INVALID), party(), Code.TIMESTAMP_INVALID),
    ],
)
def test_each_way_to_miss_has_its_reason(one: Any, held: Any, code: Code) -> None:
    asked = evidence(one, parties=(held,), denied=frozenset({"log:ab:1", "log:ab:2"}))
    verdict = judge(SIGNED, asked, (), NOW)
    assert (verdict.state, verdict.reasons[0].code) == (State.QUARANTINED, code)


def test_what_is_verified_again_after_a_narrowing_counts() -> None:
    assert (
        judge(SIGNED, evidence(signature(epoch=4), parties=(party(since=4),)), (), NOW).state
        is State.ADMITTED
    )


def test_a_verdict_rests_on_parties_on_what_evidence_carries_and_on_the_artifact_itself() -> None:
    marks = frozenset({"fingerprint:ab", "digest:x"})
    own = frozenset({f"digest:{SUBJECT}"})
    verdict = judge(SIGNED, evidence(signature(marks=marks), marks=own), (), NOW)
    assert verdict.rests_on == {"key:1"} | marks | own


def test_a_denied_artifact_is_refused_whoever_signed_it_or_passes_a_signature_on() -> None:
    own = frozenset({f"digest:{SUBJECT}"})
    for one in (signature(), signature(subject=PARENT)):
        verdict = judge(SIGNED, evidence(one, marks=own, denied=own), (), NOW)
        assert [reason.code for reason in verdict.reasons] == [Code.DENIED]
        assert "deny list" in verdict.reasons[0].remedy


def test_a_verdict_ends_with_the_first_date_that_its_basis_rests_on() -> None:
    """Certificate and party dates, signature expiry, nextUpdate of a CRL."""
    later = Moment(TOMORROW + 1)
    for one, held in (
        (signature(valid_until=TOMORROW), party(valid_until=later)),
        (signature(valid_until=later), party(valid_until=TOMORROW)),
    ):
        assert judge(SIGNED, evidence(one, parties=(held,)), (), NOW).valid_until == TOMORROW


@pytest.mark.parametrize(
    ("policy", "signatures", "state"),
    [
        (SIGNED, (signature(),), State.ADMITTED),
        (SIGNED, (NOTARISED,), State.ADMITTED),
        (COSIGN, (signature(),), State.ADMITTED),
        (COSIGN, (NOTARISED,), State.QUARANTINED),
        (NOTATION, (signature(),), State.QUARANTINED),
        (NOTATION, (NOTARISED,), State.ADMITTED),
        (BOTH, (signature(),), State.QUARANTINED),
        (BOTH, (NOTARISED,), State.QUARANTINED),
        (BOTH, (signature(), NOTARISED), State.ADMITTED),
    ],
)
def test_harbors_switches_ask_for_their_kind_and_both_for_both(
    policy: Policy, signatures: Any, state: State
) -> None:
    verdict = judge(policy, evidence(*signatures, parties=(party(), STORE)), (), NOW)
    assert verdict.state is state
    if state is State.QUARANTINED:
        (reason,) = verdict.reasons
        assert "too)" in reason.message
        assert ("notation sign" in reason.remedy) is (
            "notation" in policy.requires and signature() in signatures
        )


def test_of_two_kinds_asked_for_the_one_that_ends_first_ends_the_verdict() -> None:
    parties = (party(valid_until=Moment(TOMORROW + 1)), party(2, kind="store", valid_until=TOMORROW))
    verdict = judge(BOTH, evidence(signature(), NOTARISED, parties=parties), (), NOW)
    assert verdict.valid_until == TOMORROW
    assert (
        judge(BOTH, evidence(signature(), NOTARISED, parties=parties), (), TOMORROW).state
        is State.QUARANTINED
    )


def test_the_kinds_that_are_asked_for_are_part_of_the_policys_digest() -> None:
    asked = evidence(signature(), parties=(party(),))
    digests = {
        judge(policy, asked, (), YESTERDAY).policy_digest for policy in (SIGNED, COSIGN, NOTATION, BOTH)
    }
    assert len(digests) == 4
