"""DSSE envelopes, in bundles and alone: exact bytes, one spelling, few signatures."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import pae

from pratique.errors import ManifestInvalid
from pratique.trust.dsse import SIGNATURES_LIMIT, Envelope, read_alone, read_bundled
from pratique.trust.strict import Unreadable

REFUSAL = (Unreadable, ManifestInvalid)
SIG = {"sig": "AAAA", "keyid": "whatever"}
GOOD: dict[str, Any] = {"payloadType": "text/plain", "payload": "e30=", "signatures": [SIG]}


@given(
    st.text(min_size=1, max_size=20), st.binary(min_size=1, max_size=60), st.binary(min_size=1, max_size=70)
)
def test_what_is_written_is_read_and_signed_as_its_exact_bytes(
    kind: str, payload: bytes, signature: bytes
) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        document = {
            "payloadType": kind,
            "payload": encode(payload).decode(),
            "signatures": [{"sig": encode(signature).decode()}],
        }
        for read in (read_alone, read_bundled):
            assert read(document, "envelope") == Envelope(kind, payload, (signature,))
    size = len(kind.encode())
    signed = Envelope(kind, payload, ()).signed_bytes
    assert signed == b"DSSEv1 %d %b %d %b" % (size, kind.encode(), len(payload), payload)
    if kind.isascii():
        assert signed == pae(kind, payload)


def test_no_two_envelopes_have_the_same_signed_bytes_for_a_different_split() -> None:
    assert Envelope("a 1 b", b"c", ()).signed_bytes != Envelope("a", b"1 b 1 c", ()).signed_bytes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": ""}, "payload is missing"),
        ({"payload": "e30"}, "payload is not base64"),
        ({"payload": "e30=\n"}, "payload is not base64"),
        ({"payload": "+_=="}, "mixes the two alphabets"),
        ({"payloadType": ""}, "payloadType is missing"),
        ({"payloadType": 1}, "payloadType is not a string"),
        ({"signatures": []}, "has 0 signatures"),
        ({"signatures": {}}, "signatures is not an array"),
        ({"signatures": [SIG] * (SIGNATURES_LIMIT + 1)}, "has 9 signatures"),
        ({"signatures": [{"keyid": "x"}]}, "sig is missing"),
        ({"signatures": ["AAAA"]}, "not an object"),
    ],
)
def test_each_fault_has_its_own_reason_in_both_places(changes: dict[str, Any], reason: str) -> None:
    for read in (read_alone, read_bundled):
        with pytest.raises(REFUSAL, match=reason):
            read({**GOOD, **changes}, "envelope")


def test_alone_it_may_have_further_fields_and_in_a_bundle_none() -> None:
    further = {**GOOD, "extension": 1, "signatures": [{**SIG, "cert": "x"}]}
    assert read_alone(further, "envelope") == read_alone(GOOD, "envelope")
    with pytest.raises(Unreadable, match="unknown field 'extension'"):
        read_bundled(further, "envelope")


@pytest.mark.parametrize("spelled", ["payload_type", "PayloadType", "PAYLOAD", "Signatures"])
def test_a_second_spelling_is_refused_in_both_places(spelled: str) -> None:
    for read in (read_alone, read_bundled):
        with pytest.raises(Unreadable):
            read({**GOOD, spelled: "x"}, "envelope")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["AAAA", "e30="]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sig", "keyid", "payload", "payloadType", "signatures"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(_json)
def test_no_value_escapes_as_another_error(value: Any) -> None:
    for read in (read_alone, read_bundled):
        try:
            envelope = read(json.loads(json.dumps(value)), "envelope")
        except REFUSAL:
            continue
        assert envelope.payload_type
        assert 1 <= len(envelope.signatures) <= SIGNATURES_LIMIT
