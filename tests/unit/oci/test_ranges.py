"""Ranges of downloads and uploads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import PratiqueError, UploadInvalid
from pratique.oci.ranges import RANGES_LIMIT, ByteRange, parse_content_range, parse_range, unsatisfied


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=500-1499", [(500, 1500)]),
        ("bytes=500-", [(500, 2048)]),
        ("bytes=-500", [(1548, 2048)]),
        ("bytes=-5000", [(0, 2048)]),
        ("bytes=2000-5000", [(2000, 2048)]),
        ("bytes=2000-99999999999999999999999999", [(2000, 2048)]),
        ("Bytes = 0-1", [(0, 2)]),
        ("bytes=10-19, 0-4 ,-1", [(10, 20), (0, 5), (2047, 2048)]),
        ("bytes=,0-0,", [(0, 1)]),
        ("bytes=9999-,0-0", [(0, 1)]),
        ("bytes=0-99,50-149", [(0, 100), (50, 150)]),
    ],
)
def test_ranges_are_clamped_and_keep_their_order(header: str, parts: list[tuple[int, int]]) -> None:
    assert parse_range(header, 2048) == tuple(ByteRange(*part) for part in parts)


@pytest.mark.parametrize("header", [None, "", "bytes", "lines=0-1", "0-1"])
def test_what_is_no_byte_range_sends_the_whole(header: str | None) -> None:
    assert parse_range(header, 2048) is None


@pytest.mark.parametrize(
    "header",
    [
        "bytes=",
        "bytes=500-0",
        "bytes=5000-10000",
        "bytes=-0",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-1;2-3",
        "bytes=0x1-2",
        "bytes=\u0661-\u0662",
        "bytes=0-1,nonsense",
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-,0-,0-,0-",
        "bytes=" + ",".join(["0-0"] * (RANGES_LIMIT + 1)),
    ],
)
def test_what_can_not_be_satisfied_or_asks_for_too_much_is_416(header: str) -> None:
    assert parse_range(header, 2048) == ()


def test_a_thousand_chunks_are_one_request() -> None:
    header = "bytes=" + ",".join(f"{start}-{start + 9}" for start in range(0, 10_240, 10))
    assert len(parse_range(header, 10_240) or ()) == 1_024


def test_nothing_has_no_ranges() -> None:
    assert parse_range("bytes=0-", 0) == ()
    assert parse_range("bytes=-5", 0) is None
    assert unsatisfied(0) == "bytes */0"


@given(st.text(max_size=40) | st.text("bytes=0123456789-, ", max_size=40), st.integers(0, 100))
def test_parts_are_always_inside(header: str, size: int) -> None:
    for part in parse_range(header, size) or ():
        assert 0 <= part.start < part.stop <= size
        assert part.content_range(size) == f"bytes {part.start}-{part.start + len(part) - 1}/{size}"


def test_a_chunk_names_its_first_and_last_byte() -> None:
    assert parse_content_range("0-0") == ByteRange(0, 1)
    assert parse_content_range("1024-2047") == ByteRange(1024, 2048)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes 0-1",
        "bytes=0-1",
        "0-",
        "-1",
        "2-1",
        "0-1/2",
        " 0-1",
        "0-1\n",
        "\u0661-\u0662",
        "9" * 20 + "-1",
    ],
)
def test_other_chunk_ranges_are_refused(header: str) -> None:
    with pytest.raises(UploadInvalid):
        parse_content_range(header)


@given(st.text(max_size=30))
def test_arbitrary_chunk_ranges_raise_nothing_but_our_errors(header: str) -> None:
    try:
        part = parse_content_range(header)
    except PratiqueError:
        return
    assert header == f"{header.partition('-')[0]}-{header.partition('-')[2]}"
    assert len(part) > 0
