"""cosign's classic signatures: one that is good, and every way of not being one."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority
from tests.signing import SIGNATURE, SigningKey, sign_classic, simple_signing
from tests.unit.trust.asking import OTHER, SUBJECT, ask_classic, fingerprint, trusting

from pratique.oci.digest import Digest
from pratique.policy import Code
from pratique.trust import EvidenceRecord
from pratique.trust.annotated import CERTIFICATE
from pratique.trust.classic import PAYLOAD_LIMIT

KEY = SigningKey()
TRUST = trusting(KEY)


def signed(payload: bytes, key: SigningKey = KEY) -> dict[str, str]:
    return {SIGNATURE: base64.b64encode(key.sign(payload)).decode()}


def verify(
    payload: bytes, annotations: dict[str, str] | None = None, subject: Digest = SUBJECT
) -> EvidenceRecord:
    return ask_classic(payload, signed(payload) if annotations is None else annotations, TRUST, subject)


def payload_with(**critical: Any) -> bytes:
    document = json.loads(simple_signing(SUBJECT))
    document["critical"].update(critical)
    return json.dumps(document).encode()


def test_each_layer_that_cosign_would_append_is_verified_by_itself() -> None:
    stranger = SigningKey()
    manifest, blobs = sign_classic(KEY, stranger, subject=SUBJECT, optional={"who": "me"})
    facts = [verify(blobs[layer["digest"]], layer["annotations"]) for layer in json.loads(manifest)["layers"]]
    assert [fact.code for fact in facts] == [Code.VERIFIED, Code.SIGNATURE_NOT_TRUSTED]
    assert fingerprint(facts[0]) == KEY.fingerprint
    assert [check.number for check in facts[0].checks] == [1, 2, 3, 4, 5, 6]
    assert all(check.passed for check in facts[0].checks)


def test_the_spelling_of_the_specifications_example_is_taken() -> None:
    assert verify(payload_with(image={"Docker-manifest-digest": SUBJECT})).code == Code.VERIFIED


def test_the_signature_of_another_digest_is_of_the_wrong_subject() -> None:
    fact = verify(simple_signing(OTHER))
    assert (fact.code, fingerprint(fact)) == (Code.SIGNATURE_WRONG_SUBJECT, KEY.fingerprint)
    assert OTHER in fact.message


def test_another_type_is_no_signature() -> None:
    assert verify(payload_with(type="atomic container signature")).code == Code.NOT_A_SIGNATURE


def test_a_payload_that_was_changed_is_not_trusted() -> None:
    fact = verify(simple_signing(SUBJECT, reference="evil.example/app"), signed(simple_signing(SUBJECT)))
    assert (fact.code, fingerprint(fact)) == (Code.SIGNATURE_NOT_TRUSTED, None)


def test_a_certificate_beside_it_is_recognised_and_a_key_still_counts() -> None:
    payload = simple_signing(SUBJECT)
    certificate = Authority.new("root").certificate.public_bytes(Encoding.PEM).decode()
    stranger = signed(payload, SigningKey())
    assert verify(payload, {**stranger, CERTIFICATE: certificate}).code == Code.IDENTITY_NOT_CONFIGURED
    assert verify(payload, {**stranger, CERTIFICATE: "-----BEGIN"}).code == Code.SIGNATURE_MALFORMED
    assert verify(payload, {**signed(payload), CERTIFICATE: "-----BEGIN"}).code == Code.VERIFIED


def _raw(payload: bytes) -> str:
    assert isinstance(KEY.private, ec.EllipticCurvePrivateKey)
    return base64.b64encode(
        b"".join(n.to_bytes(32) for n in decode_dss_signature(KEY.sign(payload)))
    ).decode()


PAYLOAD = simple_signing(SUBJECT)
ANNOTATION = signed(PAYLOAD)[SIGNATURE]


@pytest.mark.parametrize(
    ("annotations", "code"),
    [
        ({}, Code.SIGNATURE_MALFORMED),
        ({SIGNATURE: ""}, Code.SIGNATURE_MALFORMED),
        ({SIGNATURE: "not base64!"}, Code.SIGNATURE_MALFORMED),
        ({SIGNATURE: ANNOTATION.rstrip("=") + "=\n"}, Code.SIGNATURE_MALFORMED),
        ({SIGNATURE: base64.urlsafe_b64encode(b"\xfb\xff" * 30).decode()}, Code.SIGNATURE_MALFORMED),
        ({SIGNATURE: _raw(PAYLOAD)}, Code.SIGNATURE_NOT_TRUSTED),
        ({SIGNATURE: "AAAA"}, Code.SIGNATURE_NOT_TRUSTED),
    ],
)
def test_the_annotation_must_be_canonical_base64_of_a_der_signature(
    annotations: dict[str, str], code: Code
) -> None:
    assert verify(PAYLOAD, annotations).code == code


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b'"critical"',
        b'{"critical":null,"optional":null}',
        PAYLOAD + b"\n{}",
        PAYLOAD.replace(b'"type"', b'"type":"","type"'),
        PAYLOAD.replace(b'"critical"', b'"Critical":{},"critical"'),
        PAYLOAD.replace(b'"optional":null', b'"optional":"x"'),
        payload_with(image={}),
        payload_with(image={"docker-manifest-digest": SUBJECT, "Docker-manifest-digest": OTHER}),
        payload_with(image={"DOCKER-MANIFEST-DIGEST": SUBJECT}),
        payload_with(image={"docker-manifest-digest": [SUBJECT]}),
        payload_with(identity=None),
        payload_with(type=None),
        payload_with(expires="2020-01-01"),
        b" " * (PAYLOAD_LIMIT + 1),
    ],
)
def test_a_payload_that_could_be_read_in_two_ways_is_malformed_even_when_signed(payload: bytes) -> None:
    assert verify(payload).code == Code.SIGNATURE_MALFORMED


@given(
    st.binary(max_size=300),
    st.dictionaries(st.sampled_from([SIGNATURE, CERTIFICATE]), st.text(max_size=90)),
)
def test_no_bytes_make_it_raise_or_pass(payload: bytes, annotations: dict[str, str]) -> None:
    assert verify(payload, annotations).code == Code.SIGNATURE_MALFORMED


@given(st.text(max_size=120))
def test_no_annotation_makes_it_raise_or_pass(text: str) -> None:
    assert verify(PAYLOAD, {SIGNATURE: text}).code in {Code.SIGNATURE_MALFORMED, Code.SIGNATURE_NOT_TRUSTED}


def test_thousands_of_signatures_are_examined_quickly_enough_to_be_refused_one_by_one() -> None:
    facts = {verify(PAYLOAD, {SIGNATURE: "AAAA"}).code for _ in range(1_000)}
    assert facts == {Code.SIGNATURE_NOT_TRUSTED}
