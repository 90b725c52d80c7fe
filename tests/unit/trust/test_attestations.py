"""Classic attestations and what nobody signed: envelopes in `.att` layers, bare statements, documents."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority
from tests.signing import COSIGN_SIGN, CUSTOM, VSA, SigningKey, envelope, statement
from tests.unit.trust.asking import NOW, OTHER, SUBJECT, ask, fingerprint, trusting

from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import EvidenceRecord, Item, Subject, verify
from pratique.trust.annotated import CERTIFICATE, SIGNATURE
from pratique.trust.attested import STATEMENT_LIMIT

KEY = SigningKey()
TRUST = trusting(SigningKey(), KEY)
DSSE = "application/vnd.dsse.envelope.v1+json"
IN_TOTO = "application/vnd.in-toto+json"
CERTIFIED = {CERTIFICATE: Authority.new("root").certificate.public_bytes(Encoding.PEM).decode()}
PAYLOAD = statement(SUBJECT, CUSTOM, {"Data": "x"})


def attested(document: Any, **annotations: str) -> EvidenceRecord:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return ask(DSSE, content, TRUST, annotations={SIGNATURE: "", **annotations})


def test_an_envelope_by_a_trusted_key_is_a_verified_attestation_and_no_signature() -> None:
    record = attested(envelope(KEY, PAYLOAD))
    assert (record.code, record.scheme, record.is_signature) == (Code.VERIFIED, "cosign-attestation", False)
    assert (record.parties, record.predicate_type) == (frozenset({"key:2"}), CUSTOM)
    assert record.facts == {"kind": "other", "predicate": {"Data": "x"}}


def test_cosigns_own_signature_statement_is_a_signature_in_any_container() -> None:
    assert attested(envelope(KEY, statement(SUBJECT))).is_signature


def test_the_predicate_type_of_the_annotation_is_nobodys_word() -> None:
    record = attested(envelope(KEY, statement(SUBJECT, VSA, {})), predicateType=COSIGN_SIGN)
    assert (record.predicate_type, record.is_signature) == (VSA, False)


def test_one_of_several_signatures_suffices_for_a_key() -> None:
    both = envelope(SigningKey(), PAYLOAD)
    both["signatures"] += envelope(KEY, PAYLOAD)["signatures"]
    record = attested(both)
    assert (record.code, fingerprint(record)) == (Code.VERIFIED, KEY.fingerprint)


def test_a_certificate_beside_an_envelope_is_said_not_to_be_configured_unless_a_key_signed() -> None:
    stranger = SigningKey()
    assert attested(envelope(KEY, PAYLOAD), **{CERTIFICATE: "x"}).code == Code.VERIFIED
    assert attested(envelope(stranger, PAYLOAD), **{CERTIFICATE: "x"}).code == Code.SIGNATURE_MALFORMED
    assert attested(envelope(stranger, PAYLOAD), **CERTIFIED).code == Code.IDENTITY_NOT_CONFIGURED


def test_beside_a_certificate_one_signature_stands() -> None:
    two = envelope(SigningKey(), PAYLOAD)
    two["signatures"] *= 2
    record = attested(two, **CERTIFIED)
    assert record.code == Code.SIGNATURE_MALFORMED
    assert "beside 2 signatures" in record.message


def test_another_subject_another_key_and_another_payload_do_not_count() -> None:
    changed = {**envelope(KEY, PAYLOAD), "payload": base64.b64encode(statement(SUBJECT)).decode()}
    assert attested(envelope(KEY, statement(OTHER, CUSTOM))).code == Code.SIGNATURE_WRONG_SUBJECT
    assert attested(envelope(SigningKey(), PAYLOAD)).code == Code.SIGNATURE_NOT_TRUSTED
    assert attested(changed).code == Code.SIGNATURE_NOT_TRUSTED


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**envelope(KEY, PAYLOAD), "signatures": []}, "has 0 signatures"),
        ({**envelope(KEY, PAYLOAD), "signatures": None}, "has 0 signatures"),
        ({**envelope(KEY, PAYLOAD), "signatures": envelope(KEY, PAYLOAD)["signatures"] * 17}, "has 17"),
        ({**envelope(KEY, PAYLOAD), "payload_type": ""}, "the same to other readers"),
        ({**envelope(KEY, PAYLOAD), "Payload": ""}, "the same to other readers"),
        (envelope(KEY, PAYLOAD, "text/plain"), "the payload type is 'text/plain'"),
        (envelope(KEY, b"{"), "not JSON"),
        (json.dumps(envelope(KEY, PAYLOAD)).encode() + b"{}", "Extra data"),
        (b" " * (STATEMENT_LIMIT + 1), "at most"),
    ],
)
def test_what_is_no_signed_statement_is_malformed(document: Any, reason: str) -> None:
    record = attested(document)
    assert record.code == Code.SIGNATURE_MALFORMED
    assert reason in record.message


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_no_bytes_make_it_raise_or_pass(content: bytes, annotations: dict[str, str]) -> None:
    for media_type in (DSSE, IN_TOTO):
        record = ask(media_type, content, TRUST, annotations=annotations)
        assert record.code in {Code.SIGNATURE_MALFORMED, Code.UNSIGNED}


def test_buildkits_bare_statement_is_shown_and_never_trusted() -> None:
    payload = statement(
        SUBJECT, "https://slsa.dev/provenance/v0.2", {"builder": {"id": "b"}, "buildType": "t"}
    )
    record = ask(IN_TOTO, payload, TRUST)
    assert (record.code, record.scheme, record.parties) == (Code.UNSIGNED, "unsigned", frozenset())
    assert (record.facts["kind"], record.facts["builder"]) == ("provenance", "b")


def test_a_bare_statement_that_calls_itself_a_signature_is_none() -> None:
    record = ask(IN_TOTO, statement(SUBJECT), TRUST)
    assert (record.code, record.is_signature) == (Code.UNSIGNED, False)


def test_a_signed_envelope_under_in_totos_media_type_is_examined_as_one() -> None:
    record = ask(IN_TOTO, json.dumps(envelope(KEY, PAYLOAD)).encode(), TRUST)
    assert (record.code, record.scheme) == (Code.VERIFIED, "cosign-attestation")


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("text/spdx+json", "spdx"),
        ("application/vnd.cyclonedx+json", "cyclonedx"),
        ("application/vnd.syft+json", "syft"),
        ("application/vex+json", "openvex"),
    ],
)
def test_documents_beside_an_image_are_unsigned(media_type: str, kind: str) -> None:
    record = ask(media_type, b"anything", TRUST, annotations={SIGNATURE: "AAAA"})
    assert (record.code, record.facts, record.is_signature) == (Code.UNSIGNED, {"kind": kind}, False)


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/vnd.oci.empty.v1+json", ""])
def test_what_claims_nothing_has_no_record(media_type: str) -> None:
    item = Item(media_type, b"{}", digest_of(b"x"))
    assert verify(item, Subject(SUBJECT), TRUST, NOW) is None
