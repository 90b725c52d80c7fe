"""Notation's validations: each of them passes, fails and is logged, and says what the record rests on."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, Authority, Holder
from tests.notation import (
    AUTHORITY,
    descriptor,
    notation_signer,
    self_signed_signer,
    sign_cose,
    sign_jws,
    trust_policy,
)
from tests.unit.trust.notation.asking import (
    ARTIFACT,
    COSE,
    JWS,
    REFERENCE,
    SUBJECT,
    ask,
    failed,
    trusting,
)

from pratique.clock import DAY, SECOND
from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import Subject, TrustSet, marks
from pratique.trust.certificates.dates import valid_until
from pratique.trust.keys import parse_public_key

ROOT: Final = Authority.new()
ISSUING: Final = ROOT.issue_authority("issuing")
SIGNER: Final = notation_signer(ISSUING)
TRUST: Final = trusting({"ca:acme": [ROOT.certificate]})
OTHERS: Final = {"ca:acme": [Authority.new("other").certificate]}
GOOD: Final = sign_jws(SIGNER, ARTIFACT)
Sign = Callable[..., bytes]


@pytest.mark.parametrize("sign", [sign_jws, sign_cose])
def test_a_signature_whose_chain_ends_in_a_store_is_vouched_for_by_the_store(sign: Sign) -> None:
    record = ask(sign(SIGNER, ARTIFACT, expiry=NOW + DAY), TRUST)
    assert (record.code, record.message) == (
        Code.VERIFIED,
        "verified with a certificate of CN=signer,O=example,ST=WA,C=US",
    )
    assert record.is_signature
    assert record.parties == {"ca:acme"}
    assert record.valid_until == NOW + DAY
    assert record.times == ()
    assert not record.warnings
    assert record.signer is not None
    assert (record.signer.kind, record.signer.name) == ("x509", "CN=signer,O=example,ST=WA,C=US")
    assert record.scheme == ("notation-jws" if sign is sign_jws else "notation-cose")
    assert record.facts["policy"] == "releases"
    assert record.facts["stores"] == ["ca:acme"]
    assert record.facts["signing_agent"] == "notation/1.3.0"


def test_checks_are_numbered_and_named_as_the_specification_names_them() -> None:
    checks = ask(GOOD, TRUST).checks
    assert [check.number for check in checks] == list(range(1, len(checks) + 1))
    validations = dict.fromkeys(check.name.partition(":")[0] for check in checks)
    assert list(validations) == [
        "there is an applicable trust policy",
        "integrity",
        "the subject is this digest",
        "no verification plugin is demanded",
        "authenticity",
        "expiry",
        "authentic timestamp",
        "revocation",
    ]
    assert all("trust-store-trust-policy.md" in check.section for check in checks)


def test_it_carries_the_marks_that_a_deny_list_may_name() -> None:
    leaf = SIGNER.certificate
    key = parse_public_key(leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    issuer = ISSUING.certificate
    for mark in (
        marks.of_key(key.fingerprint),
        marks.of_certificate(leaf.serial_number, leaf.issuer.rfc4514_string()),
        marks.of_certificate(issuer.serial_number, issuer.issuer.rfc4514_string()),
        marks.of_digest(digest_of(GOOD)),
    ):
        assert ask(GOOD, replace(TRUST, denied=frozenset({mark}))).code == Code.DENIED


# --- the applicable policy


@pytest.mark.parametrize(
    ("trust", "said"),
    [
        (TrustSet("1"), "no trust policy of notation is configured"),
        (
            trusting({"ca:acme": [ROOT.certificate]}, trust_policy(scopes=["registry.example/shop/other"])),
            f"no trust policy is for {REFERENCE}",
        ),
    ],
)
def test_without_a_policy_nothing_counts(trust: TrustSet, said: str) -> None:
    record = ask(GOOD, trust)
    assert (record.code, record.message) == (Code.IDENTITY_NOT_CONFIGURED, said)
    assert not record.parties


def test_a_policy_is_for_the_repositories_that_it_names() -> None:
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy(scopes=[REFERENCE]))
    assert ask(GOOD, trust).verified
    assert not ask(GOOD, trust, subject=replace(SUBJECT, reference=f"{REFERENCE}/inner")).verified
    assert not ask(GOOD, trust, subject=replace(SUBJECT, reference="")).verified


def test_what_a_policy_skips_counts_for_nothing() -> None:
    skipping = trust_policy("skip", scopes=[REFERENCE], stores=(), identities=())
    record = ask(GOOD, trusting({}, skipping))
    assert record.code == Code.IDENTITY_NOT_CONFIGURED
    assert "skips verification" in record.message


# --- integrity


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"invalid signature\n", JWS, Code.SIGNATURE_MALFORMED),
        (b"", COSE, Code.SIGNATURE_MALFORMED),
        (GOOD, COSE, Code.SIGNATURE_MALFORMED),
        (sign_jws(SIGNER, ARTIFACT, payload=b"{}"), JWS, Code.SIGNATURE_MALFORMED),
        (sign_jws(replace(SIGNER, private=ISSUING.private), ARTIFACT), JWS, Code.SIGNATURE_INVALID),
        (sign_jws(SIGNER, descriptor(f"sha256:{'a' * 64}", 12)), JWS, Code.SIGNATURE_WRONG_SUBJECT),
        (sign_jws(SIGNER, {**ARTIFACT, "size": 13}), JWS, Code.SIGNATURE_WRONG_SUBJECT),
        (sign_jws(SIGNER, {**ARTIFACT, "mediaType": "text/plain"}), JWS, Code.SIGNATURE_WRONG_SUBJECT),
    ],
)
@pytest.mark.parametrize("level", ["strict", "permissive", "audit"])
def test_integrity_is_always_enforced(content: bytes, media_type: str, code: Code, level: str) -> None:
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy(level), lenient_party="policy")
    record = ask(content, trust, media_type=media_type)
    assert record.code == code
    assert not record.parties


def test_before_the_artifact_is_here_nobody_knows_its_size() -> None:
    early = ask(GOOD, TRUST, subject=Subject(SUBJECT.digest, reference=REFERENCE))
    assert early.code == Code.SIGNATURE_WRONG_SUBJECT
    assert early.awaits_content
    assert not ask(GOOD, TRUST).awaits_content


def test_a_file_has_no_media_type_to_compare() -> None:
    assert ask(GOOD, TRUST, subject=replace(SUBJECT, media_type="")).verified


# --- authenticity


@pytest.mark.parametrize(
    ("signer", "store"),
    [
        (SIGNER, [ISSUING.certificate]),
        (SIGNER, [Authority.new("other").certificate, ROOT.certificate]),
        *[(alone, [alone.certificate]) for alone in [self_signed_signer()]],
    ],
)
def test_a_chain_ends_in_a_store_that_holds_one_of_its_authorities(signer: Holder, store: list[Any]) -> None:
    assert ask(sign_jws(signer, ARTIFACT), trusting({"ca:acme": store})).verified


@pytest.mark.parametrize(
    ("stores", "said"),
    [
        (OTHERS, r"is in none of the policy's stores \(ca:acme\)$"),
        ({"ca:acme": [SIGNER.certificate]}, "is in none of the policy's stores"),
        ({"ca:other": [ROOT.certificate]}, "there is no store ca:acme$"),
        ({"signingAuthority:acme": [ROOT.certificate]}, "there is no store ca:acme$"),
    ],
)
def test_a_chain_that_ends_elsewhere_is_nobody_s(stores: dict[str, Any], said: str) -> None:
    record = ask(GOOD, trusting(stores))
    assert record.code == Code.SIGNATURE_NOT_TRUSTED
    assert record.signer is None
    assert re.search(said, record.message)


def test_every_store_that_the_chain_ends_in_vouches() -> None:
    stores = {"ca:acme": [ROOT.certificate], "ca:issuing": [ISSUING.certificate], "ca:not": []}
    trust = trusting(stores, trust_policy(stores=["ca:acme", "ca:issuing", "ca:not", "ca:gone"]))
    assert ask(GOOD, trust).parties == {"ca:acme", "ca:issuing"}


def test_a_signing_authority_is_looked_for_in_stores_of_its_own() -> None:
    content = sign_jws(SIGNER, ARTIFACT, scheme=AUTHORITY)
    policy = trust_policy(stores=["ca:acme", "signingAuthority:cloud"])
    trust = trusting({"signingAuthority:cloud": [ROOT.certificate]}, policy)
    assert ask(content, trust).parties == {"signingAuthority:cloud"}
    assert ask(content, trusting({"ca:acme": [ROOT.certificate]}, policy)).code == Code.SIGNATURE_NOT_TRUSTED
    assert ask(GOOD, trust).code == Code.SIGNATURE_NOT_TRUSTED


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (SIGNER.chain[:-1], "incomplete"),
        (SIGNER.chain[:1], "incomplete"),
        ((SIGNER.chain[0], SIGNER.chain[2], SIGNER.chain[1]), "self-signed and not the end|not issued"),
        ((*SIGNER.chain, Authority.new("superfluous").certificate), "self-signed"),
    ],
)
@pytest.mark.parametrize("level", ["strict", "audit"])
def test_a_chain_that_breaks_the_rules_never_counts(chain: Any, said: str, level: str) -> None:
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy(level), lenient_party="policy")
    record = ask(sign_jws(SIGNER, ARTIFACT, chain=chain), trust)
    assert record.code == Code.CHAIN_INVALID
    assert re.search(said, record.message)
    assert not record.parties


@pytest.mark.parametrize(
    ("identities", "code"),
    [
        (["x509.subject: C=US, ST=WA, O=example"], Code.VERIFIED),
        (
            ["x509.subject: C=US, ST=WA, O=other", "x509.subject: C=US, ST=WA, O=example, CN=signer"],
            Code.VERIFIED,
        ),
        (["x509.subject: C=US, ST=WA, O=example, CN=somebody"], Code.IDENTITY_MISMATCH),
        (["x509.subject: C=US, ST=WA, O=other"], Code.IDENTITY_MISMATCH),
    ],
)
def test_the_signer_is_one_of_those_who_are_meant(identities: list[str], code: Code) -> None:
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy(identities=identities))
    assert ask(GOOD, trust).code == code


@pytest.mark.parametrize(
    ("stores", "identities"),
    [
        (OTHERS, ["*"]),
        ({"ca:acme": [ROOT.certificate]}, ["x509.subject: C=US, ST=WA, O=other"]),
    ],
)
def test_where_authenticity_is_logged_somebody_has_to_vouch_all_the_same(
    stores: dict[str, Any], identities: list[str]
) -> None:
    policy = trust_policy("audit", identities=identities)
    record = ask(GOOD, trusting(stores, policy))
    assert record.code == Code.SIGNATURE_NOT_TRUSTED
    assert record.message == "nobody who is trusted here vouches for it"
    lenient = ask(GOOD, trusting(stores, policy, lenient_party="policy"))
    assert lenient.verified
    assert lenient.parties == {"policy"}
    assert lenient.message == "verified with a trust policy"
    assert len(lenient.warnings) == 1


def test_where_authenticity_is_logged_a_store_vouches_as_ever() -> None:
    record = ask(
        GOOD, trusting({"ca:acme": [ROOT.certificate]}, trust_policy("audit"), lenient_party="policy")
    )
    assert record.parties == {"ca:acme"}


# --- expiry


@pytest.mark.parametrize(
    ("level", "override", "at", "code", "until"),
    [
        ("strict", {}, NOW + DAY - 1, Code.VERIFIED, NOW + DAY),
        ("strict", {}, NOW + DAY, Code.SIGNATURE_EXPIRED, NOW + DAY),
        ("strict", {"expiry": "log"}, NOW + DAY, Code.VERIFIED, None),
        ("permissive", {}, NOW + DAY, Code.VERIFIED, None),
        ("audit", {"expiry": "enforce"}, NOW + DAY, Code.SIGNATURE_EXPIRED, NOW + DAY),
    ],
)
def test_an_expiry_ends_it_unless_it_is_logged(
    level: str, override: dict[str, str], at: int, code: Code, until: int | None
) -> None:
    policy = trust_policy(level, override={"authenticTimestamp": "log", **override})
    record = ask(
        sign_jws(SIGNER, ARTIFACT, expiry=NOW + DAY), trusting({"ca:acme": [ROOT.certificate]}, policy), at
    )
    assert (record.code, record.valid_until) == (code, until)
    assert ("expiry" in failed(record)) is (at == NOW + DAY)


# --- authentic timestamp, without timestamps


def test_without_timestamps_the_certificates_have_to_be_valid_now() -> None:
    brief = notation_signer(ISSUING, end=NOW + DAY)
    content = sign_jws(brief, ARTIFACT)
    last = valid_until(brief.certificate)
    assert (ask(content, TRUST, last).code, ask(content, TRUST, last).valid_until) == (
        Code.VERIFIED,
        last + 1,
    )
    late = ask(content, TRUST, last + 1)
    assert (late.code, failed(late)) == (Code.CHAIN_INVALID, ["authentic timestamp"])
    early = ask(sign_jws(notation_signer(ISSUING, start=NOW + DAY), ARTIFACT), TRUST)
    assert early.code == Code.CHAIN_INVALID


def test_dates_that_are_logged_end_nothing() -> None:
    brief = notation_signer(ISSUING, end=NOW + DAY)
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy("permissive"))
    for at in (NOW, NOW + 2 * DAY):
        record = ask(sign_jws(brief, ARTIFACT), trust, at)
        assert (record.code, record.valid_until) == (Code.VERIFIED, None)
        assert len(record.warnings) == (at > NOW)


@pytest.mark.parametrize(
    ("signed_at", "code"),
    [
        (NOW - 10 * SECOND, Code.VERIFIED),
        (NOW + DAY - SECOND, Code.TIMESTAMP_INVALID),
        (NOW - 400 * DAY, Code.TIMESTAMP_INVALID),
    ],
)
def test_a_signing_authority_says_when_it_signed(signed_at: int, code: Code) -> None:
    brief = notation_signer(ISSUING, end=NOW + DAY)
    content = sign_cose(brief, ARTIFACT, scheme=AUTHORITY, at=signed_at)
    trust = trusting(
        {"signingAuthority:cloud": [ROOT.certificate]}, trust_policy(stores=["signingAuthority:cloud"])
    )
    record = ask(content, trust)
    assert (record.code, record.valid_until) == (code, None)
    if code is Code.VERIFIED:
        assert record.times == (signed_at,)
        assert ask(content, trust, NOW + 200 * DAY).verified


# --- extended validation


@pytest.mark.parametrize("level", ["strict", "audit"])
def test_who_demands_a_plugin_does_not_count(level: str) -> None:
    trust = trusting({"ca:acme": [ROOT.certificate]}, trust_policy(level), lenient_party="policy")
    record = ask(sign_jws(SIGNER, ARTIFACT, plugin="com.example.signer"), trust)
    assert record.code == Code.SIGNATURE_NOT_TRUSTED
    assert "com.example.signer" in record.message


# --- whatever the bytes are


@pytest.mark.parametrize("content", [GOOD, sign_cose(SIGNER, ARTIFACT)], ids=["jws", "cose"])
@given(data=st.data())
def test_a_changed_envelope_says_the_same_or_does_not_count(content: bytes, data: st.DataObject) -> None:
    """Outside of what is signed there are the chain, which must end in the store, and the name of the tool."""
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= data.draw(st.integers(1, 255))
    good, record = (
        ask(content, TRUST),
        ask(bytes(changed), TRUST, media_type=JWS if content is GOOD else COSE),
    )
    if record.verified:
        assert {**record.facts, "signing_agent": ""} == {**good.facts, "signing_agent": ""}
        assert (record.parties, record.signer, record.times) == (good.parties, good.signer, good.times)


@given(content=st.binary(max_size=200), media_type=st.sampled_from([JWS, COSE]))
def test_any_bytes_end_in_a_record(content: bytes, media_type: str) -> None:
    assert ask(content, TRUST, media_type=media_type).code == Code.SIGNATURE_MALFORMED
