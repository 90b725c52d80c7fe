"""When a signature was made: timestamps of an authority of our own, and what they let pass."""

from dataclasses import replace
from typing import Any, Final

import pytest
from cryptography import x509
from tests.authorities import END, NOW, START, TIME_STAMPING, Authority, leaf_extensions
from tests.notation import AUTHORITY, notation_signer, sign_cose, sign_jws, stamped, trust_policy
from tests.stamping import Stamper
from tests.unit.trust.notation.asking import ARTIFACT, ask, failed, trusting

from pratique.clock import DAY, SECOND
from pratique.policy import Code
from pratique.trust import TrustSet

ROOT: Final = Authority.new()
TSA_ROOT: Final = Authority.new("tsa root")
STAMPER: Final = replace(Stamper.new(TSA_ROOT), response=False)
BRIEF: Final = notation_signer(ROOT, start=NOW - 2 * DAY, end=NOW - DAY)
"""Whose certificate has expired."""
WITHIN: Final = NOW - DAY - 3_600 * SECOND
EXPIRED: Final = sign_jws(BRIEF, ARTIFACT, at=WITHIN)
CURRENT: Final = sign_jws(notation_signer(ROOT, end=NOW + DAY), ARTIFACT)


def trust(level: str = "strict", *, tsa: Authority = TSA_ROOT, **policy: Any) -> TrustSet:
    return trusting(
        {"ca:acme": [ROOT.certificate], "tsa:stamps": [tsa.certificate]},
        trust_policy(level, stores=["ca:acme", "tsa:stamps"], **policy),
    )


@pytest.mark.parametrize("sign", [sign_jws, sign_cose])
@pytest.mark.parametrize("timestamp", ["always", "afterCertExpiry"])
def test_a_timestamp_lets_a_signature_outlive_its_certificate(sign: Any, timestamp: str) -> None:
    content = stamped(sign(BRIEF, ARTIFACT, at=WITHIN), STAMPER, WITHIN)
    record = ask(content, trust(timestamp=timestamp))
    assert record.code == Code.VERIFIED
    assert record.times == (WITHIN,)
    assert record.valid_until is None
    assert record.parties == {"ca:acme"}, "authorities of timestamps vouch for nobody"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (EXPIRED, "there is no timestamp"),
        (stamped(EXPIRED, STAMPER), "was not valid at"),
        (stamped(EXPIRED, STAMPER, NOW - DAY + SECOND), "was not valid at"),
        (stamped(EXPIRED, replace(STAMPER, accuracy={"seconds": 7_200}), WITHIN), "was not valid from"),
        (stamped(EXPIRED, STAMPER, NOW + SECOND), "a time to come"),
        (stamped(EXPIRED, replace(STAMPER, ess=("signing_certificate",)), WITHIN), "signing-certificate-v2"),
        (stamped(EXPIRED, replace(STAMPER, embedded=()), WITHIN), "does not bring"),
        (stamped(EXPIRED, replace(STAMPER, signature=b"no"), WITHIN), "does not verify"),
        (
            stamped(
                EXPIRED,
                replace(Stamper.new(TSA_ROOT, extensions=leaf_extensions(TIME_STAMPING)), response=False),
                WITHIN,
            ),
            "critically",
        ),
        (stamped(EXPIRED, replace(Stamper.new(Authority.new("other")), response=False), WITHIN), "authority"),
        (sign_jws(BRIEF, ARTIFACT, timestamp=b"no token"), "timestamp"),
    ],
)
@pytest.mark.parametrize("timestamp", ["always", "afterCertExpiry"])
def test_a_timestamp_that_proves_nothing_does_not(content: bytes, said: str, timestamp: str) -> None:
    record = ask(content, trust(timestamp=timestamp))
    assert record.code == Code.TIMESTAMP_INVALID
    assert said in record.message
    assert failed(record) == ["authentic timestamp"]
    assert record.times == ()
    logged = ask(content, trust("permissive", timestamp=timestamp))
    assert logged.code == Code.VERIFIED
    assert said in logged.warnings[0]


def test_a_timestamp_of_another_signature_is_none() -> None:
    other = stamped(sign_jws(BRIEF, ARTIFACT, at=WITHIN), STAMPER, WITHIN)
    signature = STAMPER.token(b"another signature", WITHIN)
    assert ask(other, trust()).verified
    record = ask(sign_jws(BRIEF, ARTIFACT, at=WITHIN, timestamp=signature), trust())
    assert "over something else" in record.message


def test_both_ends_of_the_timestamp_lie_within_the_dates_of_the_certificates() -> None:
    """Its accuracy decides whether the signature may have been made too late, or too early."""
    for at, seconds, code in (
        (NOW - DAY - 10 * SECOND, 9, Code.VERIFIED),
        (NOW - DAY - 10 * SECOND, 11, Code.TIMESTAMP_INVALID),
        (NOW - 2 * DAY + 10 * SECOND, 9, Code.VERIFIED),
        (NOW - 2 * DAY + 10 * SECOND, 11, Code.TIMESTAMP_INVALID),
    ):
        content = stamped(EXPIRED, replace(STAMPER, accuracy={"seconds": seconds}), at)
        assert ask(content, trust()).code == code


def test_where_always_is_asked_a_certificate_that_is_valid_is_not_enough() -> None:
    assert ask(CURRENT, trust()).code == Code.TIMESTAMP_INVALID
    record = ask(stamped(CURRENT, STAMPER), trust())
    assert (record.code, record.valid_until) == (Code.VERIFIED, None)


def test_after_expiry_only_a_certificate_that_is_valid_is_enough_until_then() -> None:
    asking = trust(timestamp="afterCertExpiry")
    bare, with_timestamp = ask(CURRENT, asking), ask(stamped(CURRENT, STAMPER), asking)
    assert (bare.code, bare.valid_until, bare.times) == (Code.VERIFIED, NOW + DAY + 1, ())
    assert (with_timestamp.code, with_timestamp.valid_until) == (Code.VERIFIED, None)
    assert with_timestamp.times == (NOW,)
    assert ask(CURRENT, asking, NOW + DAY).verified
    assert ask(CURRENT, asking, NOW + DAY + 1).code == Code.TIMESTAMP_INVALID
    assert ask(stamped(CURRENT, STAMPER), asking, NOW + DAY + 1).verified


def test_after_expiry_only_a_wrong_timestamp_does_no_harm_before() -> None:
    wrong = stamped(CURRENT, replace(STAMPER, signature=b"no"))
    record = ask(wrong, trust(timestamp="afterCertExpiry"))
    assert (record.code, record.valid_until, record.times) == (Code.VERIFIED, NOW + DAY + 1, ())


def test_after_expiry_only_what_is_not_valid_yet_does_not_count() -> None:
    early = stamped(sign_jws(notation_signer(ROOT, start=NOW + DAY), ARTIFACT), STAMPER)
    assert ask(early, trust(timestamp="afterCertExpiry")).code == Code.CHAIN_INVALID


def test_without_a_tsa_store_a_timestamp_counts_for_nothing() -> None:
    record = ask(stamped(EXPIRED, STAMPER, WITHIN), trusting({"ca:acme": [ROOT.certificate]}))
    assert record.code == Code.CHAIN_INVALID
    assert record.times == ()


def test_a_tsa_store_that_is_not_there_verifies_nothing() -> None:
    policy = trust_policy(stores=["ca:acme", "tsa:stamps"])
    record = ask(stamped(CURRENT, STAMPER), trusting({"ca:acme": [ROOT.certificate]}, policy))
    assert record.code == Code.TIMESTAMP_INVALID
    assert "are not there" in record.message


def test_an_authority_of_timestamps_is_trusted_by_its_root_only() -> None:
    issuing = TSA_ROOT.issue_authority("tsa issuing")
    stamper = replace(Stamper.new(issuing), response=False)
    content = stamped(CURRENT, stamper)
    assert ask(content, trust()).verified
    assert ask(content, trust(tsa=issuing)).code == Code.TIMESTAMP_INVALID


def test_a_signing_authority_needs_no_timestamp() -> None:
    content = sign_jws(BRIEF, ARTIFACT, scheme=AUTHORITY, at=WITHIN)
    stores = {"signingAuthority:cloud": [ROOT.certificate], "tsa:stamps": [TSA_ROOT.certificate]}
    assert ask(content, trusting(stores, trust_policy(stores=list(stores)))).verified


def test_an_authority_of_timestamps_that_may_be_revoked_proves_nothing_where_nobody_knows() -> None:
    """Always enforced within the validation, also where the policy skips revocation."""
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier("http://crl.example/tsa.crl")], None, None, None
    )
    named = [
        *leaf_extensions(TIME_STAMPING, critical=True),
        (x509.CRLDistributionPoints([point]), False),
    ]
    stamper = replace(Stamper.new(TSA_ROOT, extensions=named, start=START, end=END), response=False)
    record = ask(stamped(CURRENT, stamper), trust(override={"revocation": "skip"}))
    assert record.code == Code.TIMESTAMP_INVALID
    assert "revocation unavailable" in record.message
