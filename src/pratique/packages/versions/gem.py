"""RubyGems' order (rubygems, lib/rubygems/version.rb, "How Software Changes" and `<=>`): words before numbers."""

import re
from itertools import zip_longest
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Order, Scheme, by_value, natural

_VERSION: Final = re.compile(
    r"\s*([0-9][0-9a-zA-Z]*(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?\s*", re.ASCII
)
_SEGMENT: Final = re.compile(r"[0-9]+|[a-zA-Z]+")
_ZERO: Final = (1, natural("0"))

_Segments = tuple[tuple[int, Any], ...]


def parse(text: str) -> _Segments:
    """The segments, without the zeros that end the release or the whole. Raises InvalidVersion."""
    if not _VERSION.fullmatch(text):
        raise InvalidVersion(f"{text!r} is no version of a gem")
    segments = [
        (1, natural(one)) if one.isdigit() else (0, one)
        for one in _SEGMENT.findall(text.strip().replace("-", ".pre."))
    ]
    word = next((place for place, (kind, _) in enumerate(segments) if kind == 0), len(segments))
    return _trimmed(segments[:word]) + _trimmed(segments[word:])


def order(a: _Segments, b: _Segments) -> Order:
    """Segment by segment; a missing one is 0."""
    for one, other in zip_longest(a, b, fillvalue=_ZERO):
        if one != other:
            return by_value(one, other)
    return 0


def _trimmed(segments: list[tuple[int, Any]]) -> _Segments:
    while segments and segments[-1] == _ZERO:
        segments.pop()
    return tuple(segments)


SCHEME: Final = Scheme("gem", parse, order)
