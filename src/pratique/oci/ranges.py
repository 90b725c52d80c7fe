"""Byte ranges: of downloads (RFC 9110, 14.1.2, 14.2), of uploaded chunks (distribution-spec, end-5).

podman's zstd:chunked and stargz ask for a thousand ranges at once and read the parts in the order they asked
in, so ranges are never merged or sorted.
"""

import re
from dataclasses import dataclass
from typing import Final

from pratique.errors import UploadInvalid

RANGES_LIMIT: Final = 1_100
"""Ranges in one request. zstd:chunked asks for up to 1,024."""

OVERLAP_LIMIT: Final = 2
"""Overlaps in one request. More is refused, as RFC 9110 (14.2, 17.15) advises: it multiplies what is sent."""

_DIGITS: Final = 40
_SPEC: Final = re.compile(rf"([0-9]{{0,{_DIGITS}}})-([0-9]{{0,{_DIGITS}}})")
_CHUNK: Final = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from `start` up to and without `stop`."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The `Content-Range` of this part of `size` bytes."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def unsatisfied(size: int) -> str:
    """The `Content-Range` of a 416."""
    return f"bytes */{size}"


def parse_range(header: str | None, size: int) -> tuple[ByteRange, ...] | None:
    """The parts of `size` bytes that a `Range` header asks for, clamped, in the order asked for.

    None: send the whole (no header, or a unit other than bytes, which must be ignored). Empty: answer 416,
    because no part can be satisfied, the header makes no sense, or it asks for too much (RANGES_LIMIT,
    OVERLAP_LIMIT).
    """
    unit, equals, specs = (header or "").partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    if specs.count(",") >= RANGES_LIMIT:
        return ()
    asked = [spec.strip() for spec in specs.split(",")]
    parts = []
    for spec in asked:
        if not spec:
            continue
        match = _SPEC.fullmatch(spec)
        if match is None or not _is_ordered(match[1], match[2]):
            return ()
        parts.append(_part(match[1], match[2], size))
    if size == 0 and any(re.fullmatch(r"-0*[1-9][0-9]*", spec) for spec in asked):
        return None  # a suffix of nothing is satisfied by nothing, and 206 can't say that
    satisfied = tuple(part for part in parts if part is not None)
    return satisfied if _overlaps(satisfied) <= OVERLAP_LIMIT else ()


def parse_content_range(header: str) -> ByteRange:
    """The range of an uploaded chunk: `<first>-<last>`, inclusive, without a unit. Raises UploadInvalid."""
    match = _CHUNK.fullmatch(header)
    if match is None or int(match[2]) < int(match[1]):
        raise UploadInvalid(
            f"the Content-Range {header[:80]!r} is not <first byte>-<last byte>, as in 0-1023"
        )
    return ByteRange(int(match[1]), int(match[2]) + 1)


def _is_ordered(first: str, last: str) -> bool:
    if not first:
        return bool(last)
    return not last or int(first) <= int(last)


def _part(first: str, last: str, size: int) -> ByteRange | None:
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    return ByteRange(start, stop) if start < stop else None


def _overlaps(parts: tuple[ByteRange, ...]) -> int:
    overlaps, reached = 0, 0
    for part in sorted(parts, key=lambda part: part.start):
        overlaps += part.start < reached
        reached = max(reached, part.stop)
    return overlaps
