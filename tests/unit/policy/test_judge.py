"""The judge: what admits, what does not, for how long, and that it decides the same each time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.evidence import (
    NOW,
    OPEN,
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
from pratique.policy import (
    RULES,
    Code,
    Evidence,
    Exemption,
    Outcome,
    Party,
    Policy,
    Reason,
    Signature,
    State,
    judge,
    verdict_bytes,
)


def test_an_open_project_admits_everything_and_says_that_it_asks_for_nothing() -> None:
    verdict = judge(OPEN, evidence(), (), NOW)
    assert verdict.state is State.ADMITTED
    assert [reason.code for reason in verdict.reasons] == [Code.EMPTY_POLICY]
    assert verdict.admits(TOMORROW)


def test_a_trusted_signature_admits_and_the_verdict_rests_on_its_party() -> None:
    verdict = judge(SIGNED, evidence(signature()), (), NOW)
    assert (verdict.state, verdict.rests_on, verdict.valid_until) == (
        State.ADMITTED,
        frozenset({"key:1"}),
        None,
    )
    assert verdict.reasons[0].message == "signed with key-1"


def test_a_signature_of_an_admitted_parent_admits_its_child() -> None:
    verdict = judge(SIGNED, evidence(signature(subject=PARENT)), (), NOW)
    assert verdict.state is State.ADMITTED
    assert verdict.reasons[0].message == "signed through an index that contains it with key-1"


MISSES: list[tuple[Code, tuple[Signature, ...], tuple[Party, ...]]] = [
    (Code.NO_TRUSTED_KEYS, (), ()),
    (Code.NO_TRUSTED_KEYS, (signature(),), ()),
    (Code.SIGNATURE_MISSING, (), (party(),)),
    (Code.SIGNATURE_NOT_TRUSTED, (signature(2),), (party(),)),
    (Code.SIGNATURE_NOT_TRUSTED, (signature(code=Code.SIGNATURE_NOT_TRUSTED),), (party(),)),
    (Code.SIGNATURE_WRONG_SUBJECT, (replace(signature(subject=PARENT), inherited=False),), (party(),)),
    (Code.SIGNATURE_WRONG_SUBJECT, (signature(code=Code.SIGNATURE_WRONG_SUBJECT),), (party(),)),
    (Code.SIGNATURE_INVALID, (signature(code=Code.SIGNATURE_INVALID),), (party(),)),
    (Code.NOT_A_SIGNATURE, (signature(code=Code.NOT_A_SIGNATURE),), (party(),)),
    # Verified by a trusted key, and still no signature: a VSA that says FAILED is that too.
    (Code.NOT_A_SIGNATURE, (signature(is_signature=False),), (party(),)),
    (Code.KEY_OUT_OF_REACH, (signature(),), (party(repositories=("infra/**", "other")),)),
    (Code.KEY_NOT_YET_VALID, (signature(),), (party(valid_from=TOMORROW),)),
    (Code.KEY_EXPIRED, (signature(),), (party(valid_until=NOW),)),
    (Code.ADMISSION_LAPSED, (signature(subject=PARENT, inherited_until=NOW),), (party(),)),
]


@pytest.mark.parametrize(("code", "signatures", "parties"), MISSES)
def test_each_way_of_not_being_signed_has_its_own_code_and_the_command_that_helps(
    code: Code, signatures: tuple[Signature, ...], parties: tuple[Party, ...]
) -> None:
    verdict = judge(SIGNED, evidence(*signatures, parties=parties), (), NOW)
    (reason,) = verdict.reasons
    assert (verdict.state, reason.outcome, reason.code) == (State.QUARANTINED, Outcome.FAIL, code)
    assert reason.remedy.endswith(
        f"cosign sign --key cosign.key registry.example:5000/shop/team/app@{SUBJECT}"
    )
    assert verdict.rests_on == frozenset()


def test_the_nearest_miss_is_told_first_and_the_others_are_counted() -> None:
    presented = evidence(
        signature(code=Code.NOT_A_SIGNATURE, message="an SBOM"),
        signature(2),
        signature(code=Code.NOT_A_SIGNATURE, message="a VSA"),
    )
    (reason,) = judge(SIGNED, presented, (), NOW).reasons
    assert reason.code == Code.SIGNATURE_NOT_TRUSTED
    assert reason.message.endswith("(others do not count either: 2 x NOT_A_SIGNATURE)")


def test_a_bad_signature_beside_a_good_one_takes_nothing_away() -> None:
    verdict = judge(SIGNED, evidence(signature(code=Code.SIGNATURE_INVALID), signature()), (), NOW)
    assert verdict.state is State.ADMITTED


def test_a_verdict_holds_until_its_key_expires_and_not_a_moment_longer() -> None:
    verdict = judge(SIGNED, evidence(signature(), parties=(party(valid_until=TOMORROW),)), (), NOW)
    assert verdict.valid_until == TOMORROW
    assert verdict.admits(Moment(TOMORROW - 1))
    assert not verdict.admits(TOMORROW)


def test_of_two_bases_the_longer_lived_one_decides_the_end_and_both_are_rested_on() -> None:
    later = Moment(TOMORROW + 1)
    parties = (party(1, valid_until=TOMORROW), party(2, valid_until=later))
    verdict = judge(SIGNED, evidence(signature(), signature(2), parties=parties), (), NOW)
    assert (verdict.valid_until, verdict.rests_on) == (later, frozenset({"key:1", "key:2"}))


def test_a_basis_without_end_makes_a_verdict_without_end() -> None:
    parties = (party(1, valid_until=TOMORROW), party(2))
    verdict = judge(SIGNED, evidence(signature(1, 2), parties=parties), (), NOW)
    assert (verdict.valid_until, verdict.rests_on) == (None, frozenset({"key:1", "key:2"}))


def test_an_inherited_signature_ends_with_the_admission_of_its_parent() -> None:
    inherited = signature(subject=PARENT, inherited_until=TOMORROW)
    assert judge(SIGNED, evidence(inherited), (), NOW).valid_until == TOMORROW


def test_dates_of_a_party_are_compared_with_when_the_evidence_was_received() -> None:
    """Received before its day it never counts, however late it is judged; from its end on nothing counts."""
    early = evidence(signature(), parties=(party(valid_from=NOW),))
    verdict = judge(SIGNED, early, (), TOMORROW)
    assert [reason.code for reason in verdict.reasons] == [Code.KEY_NOT_YET_VALID]
    assert "push that signature again" in verdict.reasons[0].remedy
    again = replace(signature(), received_at=NOW)
    assert judge(SIGNED, replace(early, signatures=(again,)), (), NOW).state is State.ADMITTED
    late = evidence(again, parties=(party(valid_until=NOW),))
    assert [reason.code for reason in judge(SIGNED, late, (), YESTERDAY).reasons] == [Code.KEY_EXPIRED]


class _Broken:
    name = "broken"

    def weigh(self, policy: Policy, evidence: Evidence, at: Moment) -> tuple[Reason]:
        raise KeyError(f"secret of {evidence.digest} under {policy} at {at}")


def test_an_exception_in_a_rule_is_a_denial_that_tells_no_internals() -> None:
    verdict = judge(SIGNED, evidence(signature()), (), NOW, {"signed": (*RULES["signed"], _Broken())})
    broken = verdict.reasons[1]
    assert (verdict.state, broken.code, broken.outcome) == (State.QUARANTINED, Code.RULE_ERROR, Outcome.ERROR)
    assert "secret" not in broken.message


def test_a_policy_that_this_version_does_not_know_denies() -> None:
    newer = Policy("scanned", 1)  # type: ignore[arg-type]  # a row written by a newer version
    assert judge(newer, evidence(signature()), (), NOW).state is State.QUARANTINED


def test_an_exemption_lifts_a_failed_rule_until_its_date() -> None:
    exemption = Exemption(7, SUBJECT, "signed", "agreed with security", TOMORROW)
    verdict = judge(SIGNED, evidence(), (exemption,), NOW)
    assert (verdict.state, verdict.valid_until) == (State.ADMITTED, TOMORROW)
    assert verdict.reasons[0].outcome is Outcome.EXEMPT
    assert judge(SIGNED, evidence(), (exemption,), TOMORROW).state is State.QUARANTINED


@pytest.mark.parametrize("wrong", [{"digest": PARENT}, {"rule": "other"}, {"valid_until": YESTERDAY}])
def test_an_exemption_of_another_artifact_rule_or_time_lifts_nothing(wrong: dict[str, object]) -> None:
    exemption = replace(Exemption(7, SUBJECT, "signed", "agreed"), **wrong)  # type: ignore[arg-type]  # by name
    assert judge(SIGNED, evidence(), (exemption,), NOW).state is State.QUARANTINED


def test_no_exemption_lifts_a_rule_that_could_not_be_evaluated() -> None:
    exemption = Exemption(7, SUBJECT, "broken", "agreed")
    verdict = judge(SIGNED, evidence(), (exemption,), NOW, {"signed": (_Broken(),)})
    assert verdict.state is State.QUARANTINED


def test_the_digests_tell_policy_evidence_and_trust_apart() -> None:
    base = judge(SIGNED, evidence(signature()), (), NOW)
    other_policy = judge(OPEN, evidence(signature()), (), NOW)
    other_evidence = judge(SIGNED, evidence(signature(), signature(2)), (), NOW)
    other_trust = judge(SIGNED, evidence(signature(), parties=(party(valid_until=TOMORROW),)), (), NOW)
    assert base.policy_digest != other_policy.policy_digest
    assert base.evidence_digest == other_policy.evidence_digest == other_trust.evidence_digest
    assert base.evidence_digest != other_evidence.evidence_digest
    assert base.trust_digest == other_evidence.trust_digest != other_trust.trust_digest


_signatures = st.builds(
    signature,
    st.integers(1, 3),
    code=st.sampled_from([*Code, "A_CODE_OF_A_LATER_VERSION"]),
    message=st.text(max_size=20),
    subject=st.sampled_from([SUBJECT, PARENT]),
)
_moments = st.none() | st.sampled_from([YESTERDAY, NOW, TOMORROW])
_parties = st.builds(
    party,
    st.integers(1, 3),
    st.sampled_from([("**",), ("team/*",), ("other",)]),
    _moments,
    _moments,
)


@given(
    st.data(), st.lists(_signatures, max_size=5), st.lists(_parties, max_size=3, unique_by=lambda one: one.id)
)
def test_the_order_of_arrival_has_no_say_and_the_same_inputs_give_the_same_bytes(
    data: st.DataObject, signatures: list[Signature], parties: list[Party]
) -> None:
    shuffled = evidence(
        *data.draw(st.permutations(signatures)), parties=tuple(data.draw(st.permutations(parties)))
    )
    first = judge(SIGNED, evidence(*signatures, parties=tuple(parties)), (), NOW)
    assert verdict_bytes(first) == verdict_bytes(judge(SIGNED, shuffled, (), NOW))


@given(st.lists(_signatures, max_size=5), st.lists(_parties, max_size=3, unique_by=lambda one: one.id))
def test_until_its_end_a_verdict_would_be_given_again_and_at_its_end_not(
    signatures: list[Signature], parties: list[Party]
) -> None:
    presented = evidence(*signatures, parties=tuple(parties))
    verdict = judge(SIGNED, presented, (), NOW)
    if verdict.state is State.ADMITTED and verdict.valid_until is not None:
        just_before = Moment(verdict.valid_until - 1)
        assert judge(SIGNED, presented, (), just_before).state is State.ADMITTED
        assert judge(SIGNED, presented, (), verdict.valid_until).state is State.QUARANTINED
    good = {name for one in signatures if one.code == Code.VERIFIED for name in one.parties}
    assert verdict.state is State.QUARANTINED or good & {one.id for one in parties}


@pytest.mark.parametrize(
    ("kinds", "remedy"),
    [
        (
            ["key", "identity", "store"],
            "sign with a key that the project trusts: cosign sign --key cosign.key ",
        ),
        (["identity", "store"], "sign as an identity that the project trusts: cosign sign registry"),
        (["store"], "sign with a certificate that the project trusts: notation sign registry"),
    ],
)
def test_the_remedy_names_the_tool_of_those_whom_the_project_trusts(kinds: list[str], remedy: str) -> None:
    parties = tuple(replace(party(number), kind=kind) for number, kind in enumerate(kinds))  # type: ignore[arg-type]  # each is one
    (reason,) = judge(SIGNED, evidence(parties=parties), (), NOW).reasons
    assert reason.remedy.startswith(remedy)
