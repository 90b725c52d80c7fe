"""Revocation among the validations: what the policy makes of it, and that a date ends what is known."""

from dataclasses import replace
from typing import Any, Final

import pytest
from cryptography.x509 import ReasonFlags
from tests.authorities import NOW, TIME_STAMPING, Authority, leaf_extensions
from tests.notation import AUTHORITY, notation_signer, sign_jws, stamped, trust_policy
from tests.revoking import crl, crl_place, entry
from tests.stamping import Stamper
from tests.unit.trust.notation.asking import ARTIFACT, ask, failed, trusting

from pratique.clock import DAY, HOUR
from pratique.policy import Code
from pratique.trust import TrustSet
from pratique.trust.notation.revocations import NO_REVOCATIONS, RevocationStore, read_crl

ROOT: Final = Authority.new()
ISSUING: Final = ROOT.issue_authority("issuing")
SIGNER: Final = notation_signer(ISSUING, extensions=[*leaf_extensions(), crl_place()])
SIGNED: Final = sign_jws(SIGNER, ARTIFACT)
GOOD: Final = crl(ISSUING, end=NOW + HOUR)
REVOKED: Final = crl(ISSUING, entry(SIGNER, reason=ReasonFlags.key_compromise))


def kept(*lists: bytes) -> RevocationStore:
    return RevocationStore(tuple(map(read_crl, lists)))


def trust(revocations: RevocationStore, level: str = "strict", **policy: Any) -> TrustSet:
    return trusting({"ca:acme": [ROOT.certificate]}, trust_policy(level, **policy), revocations)


def test_a_list_that_does_not_name_it_lets_it_count_until_the_next_one() -> None:
    record = ask(SIGNED, trust(kept(GOOD)))
    assert (record.code, record.valid_until) == (Code.VERIFIED, NOW + HOUR)
    late = ask(SIGNED, trust(kept(GOOD)), NOW + HOUR + 1)
    assert late.code == Code.REVOCATION_UNAVAILABLE


@pytest.mark.parametrize(
    ("revocations", "code"),
    [(NO_REVOCATIONS, Code.REVOCATION_UNAVAILABLE), (kept(REVOKED), Code.REVOKED)],
)
def test_what_is_revoked_or_not_known_is_refused_or_logged(revocations: RevocationStore, code: Code) -> None:
    record = ask(SIGNED, trust(revocations))
    assert (record.code, failed(record)) == (code, ["revocation"])
    assert ("revocation unavailable" in record.message) is (code is Code.REVOCATION_UNAVAILABLE)
    for level in ("permissive", "audit"):
        logged = ask(SIGNED, trust(revocations, level))
        assert (logged.code, failed(logged)) == (Code.VERIFIED, ["revocation"])
        assert len(logged.warnings) == 1
        assert logged.valid_until is None
        enforced = trust(revocations, level, override={"revocation": "enforce"})
        assert ask(SIGNED, enforced).code == code


def test_a_policy_that_skips_it_says_so() -> None:
    record = ask(SIGNED, trust(kept(REVOKED), override={"revocation": "skip"}))
    assert record.code == Code.VERIFIED
    assert record.facts["revocation"] == "skipped"
    assert record.warnings == ("revocation was not asked about: the policy releases skips it",)


def test_an_authority_of_the_chain_may_be_revoked_and_the_root_is_never_asked() -> None:
    named = Authority.new("named", extensions=None)
    issuing = named.issue_authority("issuing")
    content = sign_jws(notation_signer(issuing), ARTIFACT)
    for listed, code in ((issuing, Code.REVOKED), (named, Code.VERIFIED)):
        revocations = kept(crl(named, entry(listed)))
        assert ask(content, trusting({"ca:acme": [named.certificate]}, None, revocations)).code == code


def test_what_was_revoked_after_a_trusted_time_was_good_then() -> None:
    """InvalidityDate: the key was in other hands from then on. The signer's own word for the time is none."""
    later = kept(crl(ISSUING, entry(SIGNER, invalid_from=NOW - HOUR)))
    stores = {"signingAuthority:acme": [ROOT.certificate], "ca:acme": [ROOT.certificate]}
    policy = trust_policy(stores=list(stores))
    for at, code in ((NOW - 2 * HOUR, Code.VERIFIED), (NOW, Code.REVOKED)):
        content = sign_jws(SIGNER, ARTIFACT, scheme=AUTHORITY, at=at)
        assert ask(content, trusting(stores, policy, later)).code == code
        own_word = sign_jws(SIGNER, ARTIFACT, at=at)
        assert ask(own_word, trusting(stores, policy, later)).code == Code.REVOKED


def test_a_timestamp_is_such_a_time_at_its_latest() -> None:
    tsa = Authority.new("tsa root")
    stamper = replace(Stamper.new(tsa), response=False)
    later = kept(crl(ISSUING, entry(SIGNER, invalid_from=NOW - HOUR)))
    stores = {"ca:acme": [ROOT.certificate], "tsa:stamps": [tsa.certificate]}
    for accuracy, code in ((60, Code.VERIFIED), (7_200, Code.REVOKED)):
        content = stamped(SIGNED, replace(stamper, accuracy={"seconds": accuracy}), NOW - 2 * HOUR)
        assert ask(content, trusting(stores, trust_policy(stores=list(stores)), later)).code == code


def test_the_list_of_an_authority_of_timestamps_ends_it_too() -> None:
    tsa = Authority.new("tsa root")
    named = [*leaf_extensions(TIME_STAMPING, critical=True), crl_place()]
    stamper = replace(Stamper.new(tsa, extensions=named), response=False)
    stores = {"ca:acme": [ROOT.certificate], "tsa:stamps": [tsa.certificate]}
    plain = sign_jws(notation_signer(ROOT, end=NOW + DAY), ARTIFACT)
    for timestamp, until in (("always", NOW + HOUR), ("afterCertExpiry", NOW + DAY + 1)):
        policy = trust_policy(stores=list(stores), timestamp=timestamp)
        record = ask(stamped(plain, stamper), trusting(stores, policy, kept(crl(tsa, end=NOW + HOUR))))
        assert (record.code, record.valid_until) == (Code.VERIFIED, until)
    revoked = kept(crl(tsa, entry(stamper.holder)))
    record = ask(stamped(plain, stamper), trusting(stores, trust_policy(stores=list(stores)), revoked))
    assert record.code == Code.TIMESTAMP_INVALID
    assert "revoked" in record.message


def test_nobody_asks_about_a_stranger_s_chain_unless_the_policy_takes_strangers() -> None:
    strangers = {"ca:acme": [Authority.new("other").certificate]}
    assert failed(ask(SIGNED, trusting(strangers))) == ["authenticity"]
    logged = trusting(strangers, trust_policy(override={"authenticity": "log"}), lenient_party="policy")
    assert ask(SIGNED, logged).code == Code.REVOCATION_UNAVAILABLE


def test_what_counts_by_a_timestamp_alone_counts_as_long_as_that_is_known_to_hold() -> None:
    """The list that lets its authority stand ends before the certificate, which nobody but the time saves."""
    tsa = Authority.new("tsa root")
    named = [*leaf_extensions(TIME_STAMPING, critical=True), crl_place()]
    content = stamped(SIGNED, replace(Stamper.new(tsa, extensions=named), response=False), NOW - 2 * HOUR)
    stores = {"ca:acme": [ROOT.certificate], "tsa:stamps": [tsa.certificate]}
    revoked = crl(ISSUING, entry(SIGNER, invalid_from=NOW - HOUR), end=NOW + DAY)
    for override in ({}, {"authenticTimestamp": "log"}):
        policy = trust_policy(stores=list(stores), timestamp="afterCertExpiry", override=override)
        record = ask(content, trusting(stores, policy, kept(revoked, crl(tsa, end=NOW + HOUR))))
        assert (record.code, record.valid_until) == (Code.VERIFIED, NOW + HOUR)
