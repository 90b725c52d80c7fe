"""The strict reader: one document, one reading."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import ManifestInvalid
from pratique.trust.strict import (
    MARKS_LIMIT,
    Closed,
    Unreadable,
    decode_base64,
    open_object,
    read_json,
)


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":1}',
        b'{"a":NaN}',
        b'{"a":9223372036854775808}',
        b"{} {}",
        b"{}\0",
        b"[" * 65 + b"]" * 65,
        b'\xef\xbb\xbf{"a":1}',
        b"",
    ],
)
def test_what_two_parsers_read_differently_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_json(content)


def test_a_closed_message_takes_either_spelling_of_a_field() -> None:
    for spelled in ("tlogEntries", "tlog_entries"):
        assert Closed({spelled: [1]}, "bundle", ["tlogEntries"]).items("tlogEntries") == [1]


def test_a_closed_message_refuses_both_spellings_and_unknown_fields() -> None:
    with pytest.raises(Unreadable, match="two spellings"):
        Closed({"tlogEntries": [], "tlog_entries": []}, "bundle", ["tlogEntries"])
    with pytest.raises(Unreadable, match="unknown field 'other'"):
        Closed({"dsseEnvelope": {}, "other": {}}, "bundle", ["dsseEnvelope"])
    with pytest.raises(Unreadable, match="unknown field 'DsseEnvelope'"):
        Closed({"DsseEnvelope": {}}, "bundle", ["dsseEnvelope"])


@pytest.mark.parametrize("value", [{}, {"a": None}, {"a": 1, "b": 1}])
def test_of_a_oneof_exactly_one_is_there(value: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match="one of a, b"):
        Closed(value, "message", ["a", "b"]).one_of("a", "b")


@pytest.mark.parametrize("spelled", ["Subject", "predicate_type", "PredicateType", "type", "\u017fubject"])
def test_an_open_object_refuses_known_fields_in_another_spelling(spelled: str) -> None:
    known = ["subject", "predicateType", "_type"]
    assert open_object({"subject": "x", "more": 1}, "statement", known).text("subject") == "x"
    with pytest.raises(Unreadable, match="the same to other readers"):
        open_object({"subject": "x", spelled: "x"}, "statement", known)


def test_what_is_no_object_has_no_fields() -> None:
    nothing: list[object] = [None, [], "x", 1]
    for value in nothing:
        with pytest.raises(ManifestInvalid, match="not an object"):
            open_object(value, "statement", ["subject"])
        with pytest.raises(Unreadable, match="not an object"):
            Closed(value, "bundle", ["mediaType"])


def test_no_spelling_between_the_two_of_protobuf_is_taken() -> None:
    """Other readers would ignore it, or refuse the document."""
    for spelled in ("x509Certificate_chain", "x509_certificateChain", "x509_Certificate_Chain"):
        with pytest.raises(Unreadable, match="unknown field"):
            Closed({spelled: {}}, "material", ["x509CertificateChain"])


@given(st.one_of(st.integers(), st.text("0123456789-+e. ", max_size=22), st.booleans(), st.floats()))
def test_an_int64_is_read_as_written_or_refused(value: object) -> None:
    try:
        read = Closed({"logIndex": value}, "entry", ["logIndex"]).int64("logIndex")
    except Unreadable:
        return
    assert str(read) == str(value)
    assert -(2**63) <= read < 2**63


@given(st.binary(max_size=40), st.integers(0, 40))
def test_no_more_bytes_are_taken_than_the_limit(content: bytes, limit: int) -> None:
    fields = Closed({"body": base64.b64encode(content).decode()}, "entry", ["body"])
    if len(content) <= limit:
        assert fields.content("body", limit) == content
    else:
        with pytest.raises(Unreadable, match="more than"):
            fields.content("body", limit)


@pytest.mark.parametrize("text", ["YQ", "YQ=", "YR==", "YQ==\n", " YQ==", "YQ==YQ==", "-_==", "é", "Y"])
def test_base64_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        decode_base64(text, "field")


def test_the_url_safe_alphabet_is_taken_only_where_it_is_allowed() -> None:
    assert decode_base64("-_-_", "field", url_safe=True) == decode_base64("+/+/", "field") == b"\xfb\xff\xbf"
    for text, url_safe in (("-_-_", False), ("-/-_", True)):
        with pytest.raises(Unreadable):
            decode_base64(text, "field", url_safe=url_safe)


@given(st.text(max_size=40), st.booleans())
def test_base64_is_decoded_or_unreadable(text: str, url_safe: bool) -> None:
    try:
        content = decode_base64(text, "field", url_safe=url_safe)
    except Unreadable:
        return
    assert base64.b64encode(content, b"-_" if {"-", "_"} & set(text) else None).decode() == text


def test_a_document_of_very_many_values_is_refused_before_it_is_read() -> None:
    """Four million empty arrays are 12 MiB, and would be 300 in memory."""
    half = MARKS_LIMIT // 2
    assert len(read_json(b"[" + b"[]," * (half - 1) + b"[]]")) == half
    for inner in (b"[]", b"{}"):
        with pytest.raises(Unreadable, match="more than 1,000,000 commas"):
            read_json(b"[" + (inner + b",") * half + inner + b"]")
