"""What classic layers carry in annotations: each is read strictly, and is nobody's word."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority

from pratique.errors import ManifestInvalid
from pratique.trust.annotated import (
    BUNDLE,
    CERTIFICATE,
    CHAIN,
    SIGNATURE,
    TIMESTAMP,
    read_material,
    read_signature,
)
from pratique.trust.material import BODY_LIMIT, Material
from pratique.trust.strict import Unreadable

LAYOUTS = Path(__file__).parents[3].parent / "shared/testdata/slsa-verifier/gha_generic_container"
needs_vectors = pytest.mark.skipif(
    not LAYOUTS.is_dir(), reason="the public test vectors are not beside the checkout"
)
REFUSAL = (Unreadable, ManifestInvalid)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


BODY = b'{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{}}'
PAYLOAD = {"body": b64(BODY), "integratedTime": 1_700_000_000, "logIndex": 7, "logID": "ab" * 32}
ENTRY = {"SignedEntryTimestamp": b64(b"SET"), "Payload": PAYLOAD}


def read(entry: Any) -> Material:
    return read_material({BUNDLE: entry if isinstance(entry, str) else json.dumps(entry)})


def test_a_log_entry_is_read_as_a_bundles_would_be() -> None:
    (entry,) = read(ENTRY).entries
    assert (entry.kind, entry.version, entry.body) == ("hashedrekord", "0.0.1", BODY)
    assert (entry.log_index, entry.log_id, entry.integrated_time) == (7, b"\xab" * 32, 1_700_000_000)
    assert (entry.promise, entry.proof) == (b"SET", None)


def test_without_annotations_there_is_nothing() -> None:
    assert read_material({}) == Material("classic", None, (), True, (), ())


def test_certificate_and_chain_are_put_together() -> None:
    pem = Authority.new("root").certificate.public_bytes(Encoding.PEM).decode()
    material = read_material({CERTIFICATE: pem, CHAIN: pem * 2})
    assert len(material.certificates) == 3
    assert material.chain_form
    for wrong in ({CERTIFICATE: pem * 2}, {CHAIN: pem * 9}, {CERTIFICATE: pem + "x"}, {CERTIFICATE: "x"}):
        with pytest.raises(Unreadable):
            read_material(wrong)


def test_a_timestamp_is_read() -> None:
    assert read_material({TIMESTAMP: json.dumps({"SignedRFC3161Timestamp": b64(b"token")})}).timestamps == (
        b"token",
    )
    for wrong in (
        "",
        "{}",
        '{"SignedRFC3161Timestamp":"e30"}',
        '{"SignedRFC3161Timestamp":1}',
        "[]",
        "\ud800",
    ):
        if wrong:
            with pytest.raises(REFUSAL):
                read_material({TIMESTAMP: wrong})


def payload(**changes: Any) -> dict[str, Any]:
    return {**ENTRY, "Payload": {**PAYLOAD, **changes}}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{", "not JSON"),
        ("\ud800", "not UTF-8"),
        (json.dumps(ENTRY) + "{}", "Extra data"),
        ({**ENTRY, "signed_entry_timestamp": ""}, "the same to other readers"),
        ({**ENTRY, "SignedEntryTimestamp": ""}, "SignedEntryTimestamp is missing"),
        ({**ENTRY, "SignedEntryTimestamp": "YR=="}, "not canonical base64"),
        (payload(logid="cd" * 32), "the same to other readers"),
        (payload(logID="AB" * 32), "lower-case"),
        (payload(logID="ab" * 31), "lower-case"),
        (payload(logIndex=-1), "logIndex is -1"),
        (payload(logIndex="7"), "not an integer"),
        (payload(logIndex=2**63), "does not fit 64 bits"),
        (payload(integratedTime=1.5), "not an integer"),
        (payload(integratedTime=None), "integratedTime is missing"),
        (payload(body="e30"), "not base64"),
        (payload(body=b64(b"{}")), "kind is missing"),
        (payload(body=b64(b'{"kind":"a","kind":"b"}')), "'kind' occurs twice"),
        (payload(body=b64(b" " * (BODY_LIMIT + 1))), "at most"),
    ],
)
def test_what_could_be_read_otherwise_is_refused_with_its_own_reason(entry: Any, reason: str) -> None:
    with pytest.raises(REFUSAL, match=reason):
        read(entry)


@given(st.sampled_from([BUNDLE, TIMESTAMP, CERTIFICATE, CHAIN]), st.text(max_size=60))
def test_no_text_escapes_as_another_error(name: str, text: str) -> None:
    try:
        material = read_material({name: text})
    except REFUSAL:
        return
    assert material == read_material({})


@given(st.text(max_size=60))
def test_a_signature_is_canonical_base64_or_refused(text: str) -> None:
    try:
        signature = read_signature({SIGNATURE: text})
    except Unreadable:
        return
    assert b64(signature) == text


@needs_vectors
def test_the_annotations_of_real_images_are_read() -> None:
    layers = [
        layer
        for blob in LAYOUTS.glob("*/*/blobs/sha256/*")
        if blob.stat().st_size < 2**20 and b"dev.sigstore.cosign/bundle" in (content := blob.read_bytes())
        for layer in json.loads(content)["layers"]
    ]
    assert len(layers) == 9
    for layer in layers:
        material = read_material(layer["annotations"])
        (entry,) = material.entries
        assert len(material.certificates) == 3
        assert (entry.version, entry.promise is not None) in {("0.0.1", True), ("0.0.2", True)}
