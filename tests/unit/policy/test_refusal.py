"""How a refusal is said: limits, characters, and that it helps."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.evidence import NOW, SIGNED, SUBJECT, TOMORROW, evidence, party, signature

from pratique.policy import Code, Outcome, Reason, Refusal, State, Verdict, judge, refusal_of, warning_value
from pratique.policy.refusal import BODY_LIMIT, HEADER_LIMIT, MESSAGE_LIMIT, PHRASE_LIMIT, clean

URL = f"https://registry.example/api/v2.0/projects/shop/repositories/team%252Fapp/artifacts/{SUBJECT}/verdict"


def _quarantined(*reasons: Reason) -> Verdict:
    return replace(judge(SIGNED, evidence(), (), NOW), reasons=reasons)


def _failed(message: str, remedy: str = "") -> Reason:
    return Reason("signed", Code.SIGNATURE_MISSING, Outcome.FAIL, message, remedy)


def _body(refusal: Refusal) -> bytes:
    error = {"code": "DENIED", "message": refusal.message, "detail": refusal.detail}
    return json.dumps({"errors": [error]}).encode()


def test_a_missing_signature_is_refused_with_the_command_that_helps_and_the_url() -> None:
    refusal = refusal_of(judge(SIGNED, evidence(), (), NOW), URL)
    command = f"cosign sign --key cosign.key registry.example:5000/shop/team/app@{SUBJECT}"
    assert refusal.message == (
        "SIGNATURE_MISSING: no signature was found for this digest; "
        f"sign with a key that the project trusts: {command}; see {URL}"
    )
    assert refusal.phrase == "SIGNATURE_MISSING: no signature was found for this digest"
    assert refusal.warning == f'299 - "{refusal.message}"'
    assert refusal.detail["reasons"][0]["remedy"].endswith(command)
    assert (refusal.detail["state"], refusal.detail["digest"]) == ("QUARANTINED", SUBJECT)


def test_only_the_reasons_that_refuse_are_told() -> None:
    passed = Reason("signed", Code.SIGNED, Outcome.PASS, "signed with key-1")
    refusal = refusal_of(_quarantined(passed, _failed("why not")), URL)
    assert [reason["message"] for reason in refusal.detail["reasons"]] == ["why not"]
    assert "key-1" not in refusal.message


def test_a_lapsed_admission_says_when_it_ended() -> None:
    verdict = judge(SIGNED, evidence(signature(), parties=(party(valid_until=TOMORROW),)), (), NOW)
    refusal = refusal_of(verdict, URL)
    assert refusal.phrase.startswith("ADMISSION_LAPSED: it was admitted until 2025-11-22T")
    assert refusal.detail["state"] == State.QUARANTINED


def test_a_pending_artifact_is_said_to_be_unexamined() -> None:
    pending = replace(_quarantined(), state=State.PENDING)
    refusal = refusal_of(pending, URL)
    assert refusal.phrase == "NOT_EXAMINED: it has not been examined yet"
    assert refusal.detail["state"] == "PENDING"


def test_a_body_with_many_reasons_is_cut_politely() -> None:
    refusal = refusal_of(_quarantined(*(_failed(f"{number} " + "x" * 900) for number in range(40))), URL)
    shown = len(refusal.detail["reasons"])
    assert len(_body(refusal)) <= BODY_LIMIT
    assert 0 < shown < 40
    assert refusal.detail["omitted"] == 40 - shown


def test_a_command_or_url_is_whole_or_left_out() -> None:
    refusal = refusal_of(_quarantined(_failed("why", "cosign sign " + "x" * 790)), "https://x/" + "y" * 600)
    assert refusal.message == "SIGNATURE_MISSING: why; see https://x/" + "y" * 600


def test_characters_that_steer_terminals_or_turn_text_are_taken_out() -> None:
    evil = "a\x1b[31mb\u202ec\u2066d\r\nSet-Cookie: x\u2028e\u200ff\x00\x7f\x9b\ud800\U000e0041 g"
    refusal = refusal_of(_quarantined(_failed(evil, evil)), f"{URL}\r\n")
    assert clean(evil) == "a[31mbcd Set-Cookie: x ef g"
    assert "\n" not in refusal.message
    assert "\x1b" not in _body(refusal).decode()
    assert refusal.detail["reasons"][0]["message"] == clean(evil)


def test_quotes_and_backslashes_need_no_escaping_in_headers() -> None:
    assert warning_value('say "no" \\ é') == "299 - \"say 'no' / ?\""


@given(
    st.lists(st.builds(_failed, st.text(max_size=2_000), st.text(max_size=2_000)), min_size=1, max_size=12),
    st.text(max_size=2_000),
)
def test_whatever_a_reason_says_every_form_keeps_its_limits(reasons: list[Reason], url: str) -> None:
    refusal = refusal_of(_quarantined(*reasons), url)
    assert len(refusal.message) <= MESSAGE_LIMIT
    assert clean(refusal.message) == refusal.message
    assert 0 < len(refusal.phrase) <= PHRASE_LIMIT
    assert len(refusal.warning) + len(refusal.phrase) <= HEADER_LIMIT
    assert all(" " <= sign <= "~" for sign in refusal.phrase + refusal.warning)
    assert not set("\"'\\") & (set(refusal.phrase) - {"'"})
    assert len(_body(refusal)) <= BODY_LIMIT
    assert len(refusal.detail["reasons"]) + refusal.detail["omitted"] == len(reasons)
