"""An examination as it goes on: faults and warnings, dates, deny lists, and who vouches in the end."""

import json
from dataclasses import replace

import pytest
from tests.signing import BUNDLE, SigningKey, bundle, statement
from tests.unit.trust.asking import NOBODY, NOW, OTHER, SUBJECT, ask_bundle, trusting

from pratique.clock import Moment
from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import Item, KeyParty, Subject, TrustSet, marks, parse_public_key, verify
from pratique.trust.findings import WARNINGS_LIMIT, Findings, examined
from pratique.trust.strict import Unreadable

KEY = SigningKey()
ITEM = Item("text/plain", b"bytes", digest_of(b"its manifest"))


def findings(trust: TrustSet = NOBODY) -> Findings:
    return Findings("notation-jws", Subject(SUBJECT), trust, NOW)


def test_nothing_is_verified_without_somebody_who_vouches() -> None:
    found = findings()
    found.check("it holds", "", Code.SIGNATURE_INVALID, passed=True, otherwise="")
    record = found.record()
    assert (record.code, record.verified) == (Code.SIGNATURE_NOT_TRUSTED, False)
    assert record.checks[-1].name == "somebody who is trusted vouches"


def test_who_vouches_is_named_only_where_all_of_it_holds() -> None:
    good, bad = findings(), findings()
    for found in (good, bad):
        found.vouched(["key:1", "store:2"])
    bad.check("it holds", "", Code.CHAIN_INVALID, passed=False, otherwise="it does not")
    assert (good.record().code, good.record().parties) == (
        Code.VERIFIED,
        frozenset({"key:1", "store:2"}),
    )
    assert (bad.record().code, bad.record().parties) == (Code.CHAIN_INVALID, frozenset())


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.VERIFIED])
def test_a_fault_of_any_code_is_a_fault(code: Code) -> None:
    found = findings()
    found.vouched(["key:1"])
    found.check("it holds", "", code, passed=False, otherwise="it does not")
    assert (found.record().code, found.record().verified) == (code, False)


def test_of_several_faults_the_one_that_tells_most_is_told() -> None:
    found = findings()
    for code in (Code.SIGNATURE_NOT_TRUSTED, Code.CHAIN_INVALID, Code.SIGNATURE_WRONG_SUBJECT, Code.REVOKED):
        found.check("it holds", "", code, passed=False, otherwise=f"because of {code}")
    record = found.record()
    assert (record.code, record.message) == (
        Code.SIGNATURE_WRONG_SUBJECT,
        "because of SIGNATURE_WRONG_SUBJECT",
    )


def test_what_is_not_enforced_warns() -> None:
    found = findings()
    found.vouched(["store:1"])
    assert not found.check("expiry", "", Code.SIGNATURE_EXPIRED, passed=False, otherwise="old", enforce=False)
    with found.tried("revocation", "", Code.REVOCATION_UNAVAILABLE, enforce=False):
        raise Unreadable("offline")
    record = found.record()
    assert (record.code, record.warnings) == (Code.VERIFIED, ("old", "offline"))
    assert [check.passed for check in record.checks] == [False, False]


def test_warnings_are_limited() -> None:
    found = findings()
    for _ in range(WARNINGS_LIMIT + 5):
        found.check("it", "", Code.REVOKED, passed=False, otherwise="no", enforce=False)
    assert len(found.record().warnings) == WARNINGS_LIMIT


def test_after_what_was_tried_the_examination_goes_on_and_after_what_was_needed_it_does_not() -> None:
    def examine(found: Findings) -> None:
        with found.tried("a log entry", "", Code.LOG_ENTRY_INVALID):
            raise Unreadable("bad entry")
        with found.needed("a chain", "", Code.CHAIN_INVALID):
            raise Unreadable("bad chain")
        raise AssertionError("never reached")

    record = examined("cosign-bundle", Subject(SUBJECT), NOBODY, NOW, ITEM, examine)
    assert record.code == Code.LOG_ENTRY_INVALID
    assert [(check.number, check.message) for check in record.checks] == [(1, "bad entry"), (2, "bad chain")]


def test_an_error_that_nobody_expected_is_an_answer_too() -> None:
    def examine(found: Findings) -> None:
        found.vouched(["key:1"])
        raise ZeroDivisionError

    record = examined("cosign-bundle", Subject(SUBJECT), NOBODY, NOW, ITEM, examine)
    assert (record.code, record.parties) == (Code.SIGNATURE_MALFORMED, frozenset())
    assert "ZeroDivisionError" in record.message


def test_the_first_date_ends_it() -> None:
    found = findings()
    for at in (30, 10, 20):
        found.ends(Moment(at))
    assert found.record().valid_until == 10
    assert findings().record().valid_until is None


GOOD = json.dumps(bundle(KEY, statement(SUBJECT))).encode()
CARRIER = digest_of(b"the manifest of the evidence")


@pytest.mark.parametrize(
    "mark",
    [
        marks.of_key(KEY.fingerprint),
        marks.of_digest(SUBJECT),
        marks.of_digest(CARRIER),
        marks.of_digest(digest_of(GOOD)),
    ],
    ids=["key", "subject", "manifest of the evidence", "evidence"],
)
def test_what_is_denied_does_not_count_whoever_signed_it(mark: str) -> None:
    item = Item(BUNDLE, GOOD, CARRIER)
    trust = trusting(KEY)
    before = verify(item, Subject(SUBJECT), trust, NOW)
    after = verify(item, Subject(SUBJECT), replace(trust, denied=frozenset({mark, "digest:x"})), NOW)
    assert before is not None
    assert after is not None
    assert mark in before.marks
    assert (before.code, after.code, after.parties) == (Code.VERIFIED, Code.DENIED, frozenset())
    assert mark in after.message


def test_a_deny_list_that_names_something_else_takes_nothing_away() -> None:
    trust = trusting(KEY, denied=frozenset({marks.of_digest(OTHER), marks.of_key("0" * 64)}))
    assert ask_bundle(GOOD, trust).code == Code.VERIFIED


def test_a_key_under_several_names_has_all_its_parties_vouch() -> None:
    public = parse_public_key(KEY.pem)
    trust = TrustSet("1", (KeyParty("key:1", public), KeyParty("key:7", public)))
    assert ask_bundle(GOOD, trust).parties == {"key:1", "key:7"}


def test_a_party_that_asks_for_log_entries_does_not_vouch_without_them() -> None:
    public = parse_public_key(KEY.pem)
    asking = KeyParty("key:1", public, tlog=1)
    assert ask_bundle(GOOD, TrustSet("1", (asking,))).code == Code.LOG_ENTRY_INVALID
    assert ask_bundle(GOOD, TrustSet("1", (asking, KeyParty("key:7", public)))).parties == {"key:7"}
