"""Sigstore bundles as signatures: one that is good, and every way of not being one."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import COSIGN_SIGN, CUSTOM, VSA, SigningKey, bundle, envelope, pae, statement
from tests.unit.trust.asking import NOBODY, OTHER, SUBJECT, ask_bundle, fingerprint, trusting

from pratique.oci.digest import Digest, digest_of
from pratique.policy import Code
from pratique.trust import EvidenceRecord, Subject, marks
from pratique.trust.attested import STATEMENT_LIMIT

KEY = SigningKey()
STRANGER = SigningKey()
TRUST = trusting(SigningKey(), KEY)


def verify(document: Any, subject: Digest | Subject = SUBJECT) -> EvidenceRecord:
    return ask_bundle(document, TRUST, subject)


def good(**changes: Any) -> dict[str, Any]:
    return {**bundle(KEY, statement(SUBJECT)), **changes}


def test_a_signature_by_a_trusted_key_is_verified_and_every_check_is_numbered_and_passed() -> None:
    fact = verify(good())
    assert (fact.code, fingerprint(fact), fact.is_signature) == (Code.VERIFIED, KEY.fingerprint, True)
    assert (fact.predicate_type, fact.subject, fact.scheme) == (COSIGN_SIGN, SUBJECT, "cosign-bundle")
    assert [check.number for check in fact.checks] == list(range(1, 7))
    assert all(check.passed and check.name and check.section for check in fact.checks)
    assert fact.parties == {"key:2"}
    assert marks.of_key(KEY.fingerprint) in fact.marks


def test_a_sha512_digest_is_matched_by_its_own_algorithm() -> None:
    subject = digest_of(b"the manifest", "sha512")
    assert verify(bundle(KEY, statement(subject)), subject).code == Code.VERIFIED
    assert verify(bundle(KEY, statement(subject)), SUBJECT).code == Code.SIGNATURE_WRONG_SUBJECT


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
    ],
)
def test_older_versions_are_read(media_type: str) -> None:
    assert verify(good(mediaType=media_type)).code == Code.VERIFIED


def test_what_is_signed_may_lack_the_predicate_only_where_cosign_left_it_out() -> None:
    """Up to 3.0.4 cosign wrote no predicate into its signatures (cosign#4634)."""

    def without_predicate(predicate_type: str) -> EvidenceRecord:
        payload = json.loads(statement(SUBJECT, predicate_type))
        del payload["predicate"]
        return verify(bundle(KEY, json.dumps(payload).encode()))

    assert without_predicate(COSIGN_SIGN).code == Code.VERIFIED
    assert without_predicate(CUSTOM).code == Code.SIGNATURE_MALFORMED


def test_any_of_several_subjects_will_do() -> None:
    payload = json.loads(statement(OTHER))
    payload["subject"] += json.loads(statement(SUBJECT))["subject"]
    assert verify(bundle(KEY, json.dumps(payload).encode())).code == Code.VERIFIED


@pytest.mark.parametrize(
    "digests", [{"sha1": "a" * 40}, {"sha256": SUBJECT[7:].upper()}, {"gitCommit": SUBJECT[7:]}]
)
def test_no_other_algorithm_or_spelling_of_a_digest_matches(digests: dict[str, str]) -> None:
    payload = json.loads(statement(SUBJECT))
    payload["subject"][0]["digest"] = digests
    assert verify(bundle(KEY, json.dumps(payload).encode())).code == Code.SIGNATURE_WRONG_SUBJECT


def test_the_signature_of_another_digest_is_of_the_wrong_subject() -> None:
    fact = verify(bundle(KEY, statement(OTHER)))
    assert (fact.code, fingerprint(fact)) == (Code.SIGNATURE_WRONG_SUBJECT, KEY.fingerprint)


@pytest.mark.parametrize("predicate_type", [CUSTOM, VSA, COSIGN_SIGN + "/", COSIGN_SIGN.upper()])
def test_an_attestation_by_a_trusted_key_is_no_signature(predicate_type: str) -> None:
    """Otherwise a VSA that says FAILED would let an image out: `cosign verify` takes it."""
    fact = verify(bundle(KEY, statement(SUBJECT, predicate_type, {"verificationResult": "FAILED"})))
    assert (fact.code, fact.is_signature, fingerprint(fact)) == (Code.VERIFIED, False, KEY.fingerprint)
    assert fact.predicate_type == predicate_type


def test_a_strangers_signature_is_not_trusted() -> None:
    fact = verify(bundle(STRANGER, statement(SUBJECT)))
    assert (fact.code, fingerprint(fact), fact.is_signature) == (Code.SIGNATURE_NOT_TRUSTED, None, True)


def test_no_key_at_all_trusts_nothing() -> None:
    record = ask_bundle(good(), NOBODY)
    assert (record.code, record.parties, fingerprint(record)) == (
        Code.SIGNATURE_NOT_TRUSTED,
        frozenset(),
        None,
    )


def test_the_hint_is_nobodys_word() -> None:
    hinted = good(verificationMaterial={"publicKey": {"hint": "whatever"}})
    lying = {
        **bundle(STRANGER, statement(SUBJECT)),
        "verificationMaterial": {"publicKey": {"hint": KEY.hint}},
    }
    assert verify(hinted).code == Code.VERIFIED
    assert verify(good(verificationMaterial={"publicKey": {}})).code == Code.VERIFIED
    assert verify(lying).code == Code.SIGNATURE_INVALID


def test_a_payload_that_was_changed_is_invalid() -> None:
    changed = good()
    changed["dsseEnvelope"]["payload"] = base64.b64encode(statement(SUBJECT, annotations={"a": "b"})).decode()
    assert verify(changed).code == Code.SIGNATURE_INVALID


def test_the_payload_type_is_signed_too() -> None:
    other = good(dsseEnvelope=envelope(KEY, statement(SUBJECT), "application/json"))
    assert verify(other).code == Code.SIGNATURE_MALFORMED
    relabelled = good(dsseEnvelope={**other["dsseEnvelope"], "payloadType": "application/vnd.in-toto+json"})
    assert verify(relabelled).code == Code.SIGNATURE_INVALID


def test_url_safe_base64_and_raw_ecdsa_are_taken_as_dsse_wants_them() -> None:
    assert isinstance(KEY.private, ec.EllipticCurvePrivateKey)
    payload = statement(SUBJECT, annotations={"note": "???>>>"})
    der = KEY.sign(pae("application/vnd.in-toto+json", payload))
    raw = b"".join(number.to_bytes(32) for number in decode_dss_signature(der))
    document = bundle(KEY, payload)
    document["dsseEnvelope"]["payload"] = base64.urlsafe_b64encode(payload).decode()
    document["dsseEnvelope"]["signatures"] = [{"sig": base64.urlsafe_b64encode(raw).decode()}]
    assert verify(document).code == Code.VERIFIED


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in good().items() if key != name}


def _with_signatures(change: Callable[[list[Any]], list[Any]]) -> dict[str, Any]:
    document = good()
    document["dsseEnvelope"]["signatures"] = change(document["dsseEnvelope"]["signatures"])
    return document


def _signed_text(text: bytes) -> dict[str, Any]:
    return bundle(KEY, text)


STATEMENT = statement(SUBJECT)
SIGNED_ONCE = json.dumps(good()).encode()
"""ECDSA is random: where hypothesis chooses a place in the bytes, they must stay the same."""
MALFORMED: dict[str, Any] = {
    "nothing": b"",
    "no object": b"[]",
    "no UTF-8": b"\xff\xfe",
    "trailing bytes": json.dumps(good()).encode() + b"{}",
    "too large": b" " * (STATEMENT_LIMIT + 1),
    "two DSSE signatures": _with_signatures(lambda one: one * 2),
    "no DSSE signature": _with_signatures(lambda _: []),
    "no media type": _without("mediaType"),
    "an unknown version": good(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.9"),
    "no material": _without("verificationMaterial"),
    "two materials": good(verificationMaterial={"publicKey": {"hint": ""}, "certificate": {"rawBytes": ""}}),
    "no content": _without("dsseEnvelope"),
    "two contents": good(messageSignature={"messageDigest": {}, "signature": ""}),
    "an unknown field": good(dsseEnvelopeV2={}),
    "two spellings": good(dsse_envelope=good()["dsseEnvelope"]),
    "a duplicate key": json.dumps(good()).replace('"payload"', '"payload": "", "payload"').encode(),
    "white space in base64": _with_signatures(lambda one: [{"sig": one[0]["sig"] + "\n"}]),
    "no padding in base64": good(dsseEnvelope={**good()["dsseEnvelope"], "payload": "e30"}),
    "a statement that is no JSON": _signed_text(b"{"),
    "a statement of an unknown type": _signed_text(STATEMENT.replace(b"Statement/v1", b"Statement/v2")),
    "a statement with duplicate keys": _signed_text(
        STATEMENT.replace(b'"subject"', b'"subject":[],"subject"')
    ),
    "a statement with Go's other letters": _signed_text(
        STATEMENT.replace(b'"_type"', b'"Subject":[],"_type"')
    ),
    "a statement without subject": _signed_text(STATEMENT.replace(b'"subject"', b'"about"')),
    "a subject without digest": _signed_text(STATEMENT.replace(b'"digest"', b'"uri":"x","dig"')),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_could_be_read_in_two_ways_is_malformed(name: str) -> None:
    fact = verify(MALFORMED[name])
    assert fact.code == Code.SIGNATURE_MALFORMED
    assert fact.message
    assert not fact.checks[-1].passed


def test_a_certificate_is_recognised_and_said_not_to_be_configured() -> None:
    for material in (
        {"certificate": {"rawBytes": "AA=="}},
        {"x509CertificateChain": {"certificates": [{"rawBytes": "AA=="}]}},
    ):
        fact = verify(good(verificationMaterial=material))
        assert (fact.code, fingerprint(fact), fact.is_signature) == (Code.IDENTITY_NOT_CONFIGURED, None, True)
        assert "no identity is trusted here" in fact.message


def test_a_signature_over_the_manifests_bytes_is_no_image_signature() -> None:
    digest = hashlib.sha256(b"the manifest").digest()
    document = _without("dsseEnvelope")
    document["messageSignature"] = {
        "messageDigest": {"algorithm": "SHA2_256", "digest": base64.b64encode(digest).decode()},
        "signature": base64.b64encode(KEY.sign(b"the manifest")).decode(),
    }
    fact = verify(document)
    assert (fact.code, fact.is_signature, fingerprint(fact)) == (Code.VERIFIED, False, KEY.fingerprint)
    assert verify(document, OTHER).signer is None


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    assert verify(content).code == Code.SIGNATURE_MALFORMED


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"]), _json)
def test_no_value_in_any_place_makes_it_raise_or_pass(name: str, value: Any) -> None:
    assert verify(good(**{name: value})).code != Code.VERIFIED or (name, value) == ("messageSignature", None)


@given(st.sampled_from(["_type", "subject", "predicateType"]), _json)
def test_no_signed_value_makes_it_raise_or_pass(name: str, value: Any) -> None:
    payload = {**json.loads(STATEMENT), name: value}
    record = verify(bundle(KEY, json.dumps(payload).encode()))
    assert not (record.verified and record.is_signature)


@given(st.data())
def test_a_changed_byte_never_passes_where_it_changes_a_value(data: st.DataObject) -> None:
    content = bytearray(SIGNED_ONCE)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    fact = verify(bytes(content))
    if fact.code == Code.VERIFIED:
        changed = json.loads(bytes(content))
        assert changed["dsseEnvelope"] == json.loads(SIGNED_ONCE)["dsseEnvelope"]
