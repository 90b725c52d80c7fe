"""Just enough CBOR to know a COSE_Sign1 from anything else (RFC 8949, section 3; RFC 9052, section 4.2).

A walk over the heads of the data items, with a limit on depth, that builds nothing. Steps not taken: items of
indefinite length, which COSE's signers do not write, and tags and simple values inside of headers are not interpreted.
"""

from dataclasses import dataclass
from typing import Final

from pratique.trust.strict import Unreadable

DEPTH_LIMIT: Final = 16
"""Arrays, maps and tags within each other."""

COSE_SIGN1: Final = 18
"""The tag of COSE_Sign1."""

_BYTES, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 4, 5, 6, 7
_NULL: Final = 22


@dataclass(frozen=True, slots=True)
class _Head:
    """Major type, argument, and where the head ends."""

    major: int
    argument: int
    end: int


def is_cose_sign1(content: bytes) -> bool:
    """Whether `content` is one tagged COSE_Sign1: [protected bytes, unprotected map, payload or nil, signature]."""
    try:
        tag = _head(content, 0)
        array = _head(content, tag.end)
        if (tag.major, tag.argument, array.major, array.argument) != (_TAG, COSE_SIGN1, _ARRAY, 4):
            return False
        at = array.end
        for allowed in ({_BYTES}, {_MAP}, {_BYTES, _SIMPLE}, {_BYTES}):
            head = _head(content, at)
            if head.major not in allowed or (head.major == _SIMPLE and head.argument != _NULL):
                return False
            at = _skip(content, at, DEPTH_LIMIT)
    except Unreadable:
        return False
    return at == len(content)


def _head(content: bytes, at: int) -> _Head:
    if at >= len(content):
        raise Unreadable("the CBOR item is cut off")
    major, short = content[at] >> 5, content[at] & 0x1F
    if short < 24:
        return _Head(major, short, at + 1)
    if short > 27:
        raise Unreadable("a CBOR item has an indefinite or reserved length")
    size = 1 << (short - 24)
    end = at + 1 + size
    if end > len(content):
        raise Unreadable("the CBOR item is cut off")
    return _Head(major, int.from_bytes(content[at + 1 : end]), end)


def _skip(content: bytes, at: int, depth: int) -> int:
    """Where the item that starts at `at` ends. Each step moves on by a byte at least, so it is linear."""
    if depth == 0:
        raise Unreadable("the CBOR item is nested too deeply")
    head = _head(content, at)
    match head.major:
        case 2 | 3:
            end = head.end + head.argument
            if end > len(content):
                raise Unreadable("the CBOR item is cut off")
            return end
        case 4 | 5 | 6:
            inner = {_ARRAY: head.argument, _MAP: 2 * head.argument, _TAG: 1}[head.major]
            at = head.end
            for _ in range(inner):
                at = _skip(content, at, depth - 1)
            return at
        case _:
            return head.end
