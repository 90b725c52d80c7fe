"""What an attestation says of contents: read from the very bytes that were verified, and never an error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import CUSTOM, SigningKey, bundle, envelope, statement
from tests.unit.trust.asking import NOW, SUBJECT, trusting
from tests.vexing import CYCLONEDX_TYPE, OPENVEX_TYPE, SPDX_TYPE, openvex, product_of, says

from pratique.admission.hearing import SILENT, Heard, heard
from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import EvidenceRecord, Item, Subject, verify
from pratique.trust.contained import predicate_in
from pratique.trust.strict import Unreadable

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
KEY = SigningKey()
ABOUT = openvex(says(product_of(SUBJECT)))


def hear(predicate: Any, predicate_type: str = OPENVEX_TYPE, **how: Any) -> tuple[EvidenceRecord, Heard]:
    """Of a bundle, unless it is said to be an `envelope`; by a key that is trusted, unless by another."""
    key, is_envelope = how.get("key", KEY), how.get("envelope", False)
    payload = statement(how.get("subject", SUBJECT), predicate_type, predicate)
    document = envelope(key, payload) if is_envelope else bundle(key, payload)
    content = json.dumps(document).encode()
    item = Item(DSSE if is_envelope else BUNDLE, content, digest_of(content))
    record = verify(item, Subject(SUBJECT), trusting(KEY), NOW)
    assert record is not None
    return heard(item, record)


@pytest.mark.parametrize("is_envelope", [False, True])
def test_it_is_read_from_bundles_and_from_envelopes(is_envelope: bool) -> None:
    record, said = hear(ABOUT, envelope=is_envelope)
    assert [one.names for one in said.statements] == [("CVE-2026-1",)]
    assert (record.code, record.facts["vex_statements"]) == (Code.VERIFIED, 1)


def test_what_does_not_hold_says_nothing() -> None:
    for how in ({"key": SigningKey()}, {"subject": digest_of(b"another")}):
        record, said = hear(ABOUT, **how)
        assert (said, record.verified, "vex_statements" in record.facts) == (SILENT, False, False)
        with pytest.raises(Unreadable):
            predicate_in(Item(BUNDLE, b"{}", SUBJECT), record)


def test_other_attestations_say_nothing_of_contents() -> None:
    record, said = hear({"a": 1}, CUSTOM)
    assert (said, record.verified) == (SILENT, True)


def test_a_problem_is_told_and_the_attestation_stands() -> None:
    record, said = hear({**ABOUT, "author": ""})
    assert (said, record.verified) == (SILENT, True)
    assert "author is missing" in record.facts["vex_problem"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
PURLS = st.text(max_size=20).map("pkg:{}".format) | st.sampled_from(
    [
        "pkg:swift/x@1",
        "pkg:npm/%ff@1",
        "pkg:deb/x?distro=a-1",
        "pkg:deb/debian/x?distro=b-2",
        "pkg:golang/a/b/c@go1",
    ]
)


@given(
    st.sampled_from([CYCLONEDX_TYPE, SPDX_TYPE, OPENVEX_TYPE]),
    JSON
    | st.lists(PURLS, max_size=4).map(
        lambda purls: {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": [{"name": "x", "purl": purl} for purl in purls],
        }
    ),
)
def test_whatever_it_is_there_is_an_answer(predicate_type: str, predicate: Any) -> None:
    record, said = hear(predicate, predicate_type)
    assert record.verified
    assert said.statements == () or predicate_type != SPDX_TYPE
