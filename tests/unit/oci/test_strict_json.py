"""What strict JSON refuses, and that it refuses in linear time."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import ManifestInvalid
from pratique.oci.strict_json import DEPTH_LIMIT, parse

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(JSON_VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_arbitrary_bytes_are_read_as_json_does_or_refused(content: bytes) -> None:
    try:
        value = parse(content)
    except ManifestInvalid:
        return
    assert value == json.loads(content)


@given(st.text(alphabet='[]{}":,\\ua1e-. \n', max_size=60))
def test_json_like_text_is_read_as_json_does_or_refused(text: str) -> None:
    try:
        value = parse(text.encode())
    except ManifestInvalid:
        return
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1"),
        (b"nothing", "not JSON"),
        (b"{} {}", "Extra data"),
        (b"{}\x00", "Extra data"),
        (b'{"a":1,"a":2}', "'a' occurs twice"),
        (b'{"x":{"a":1,"b":2,"a":1}}', "'a' occurs twice"),
        (b'{"a":1,"\\u0061":2}', "'a' occurs twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "Infinity"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":1e999}', "too large"),
        (b'{"a":9223372036854775808}', "64 bits"),
        (b'{"a":-9223372036854775809}', "64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "64 bits"),
        (b'{"a":"\xff"}', "UTF-8 at byte 6"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
        (b'{"a":"\n"}', "control character"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\uDFFF tail"}', "surrogate"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b"[}", "not JSON"),
        (b"[[[[", "not JSON at line 1, column 5"),
    ],
)
def test_what_parsers_may_read_differently_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(ManifestInvalid) as refused:
        parse(content)
    assert problem in refused.value.message


@pytest.mark.parametrize("content", [b'{"a":9223372036854775807}', b'{"a":-9223372036854775808}'])
def test_the_ends_of_64_bits_are_accepted(content: bytes) -> None:
    assert parse(content) == json.loads(content)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_depth_is_bounded_exactly(opening: bytes, closing: bytes) -> None:
    levels = opening.count(b"[") + opening.count(b"{")
    fits = DEPTH_LIMIT // levels
    assert parse(opening * fits + b"1" + closing * fits) is not None
    with pytest.raises(ManifestInvalid, match="nested deeper"):
        parse(opening * (fits + 1) + b"1" + closing * (fits + 1))


def test_brackets_in_strings_do_not_count() -> None:
    assert parse(b'{"a":"' + b"[" * 200 + b'\\"{"}') == {"a": "[" * 200 + '"{'}


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 4_000_000,
        b'"' + b'\\"' * 2_000_000,
        b"[" + b"[]," * 1_300_000 + b"[]]",
        b'{"a":"' + b"\\\\" * 2_000_000,
        b"\\" * 4_000_000,
        b"[" * 2_000_000 + b"]" * 2_000_000,
        b"9" * 4_000_000,
    ],
    ids=["opened", "escaped-quotes", "shallow", "backslashes", "only-backslashes", "deep", "digits"],
)
def test_four_megabytes_of_malice_take_seconds_at_most(content: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(ManifestInvalid):
        parse(content)
    assert time.process_time() - started < 5
