"""The little of DER (X.690, section 10) that is needed to take a structure apart and leave its bytes as they are.

Certificates are parsed by `cryptography`; here bytes are cut out of one exactly as they stand in it (RFC 6962 signs a
certificate without one of its extensions), and whole structures are checked to have one reading only: definite and
shortest lengths, tags of one byte, nothing behind the end.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from pratique.trust.strict import Unreadable

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTF8_STRING: Final = 0x0C
GENERALIZED_TIME: Final = 0x18
VISIBLE_STRING: Final = 0x1A
SEQUENCE: Final = 0x30
SET: Final = 0x31
NULL: Final = b"\x05\x00"
"""The whole element."""

DEPTH_LIMIT: Final = 32
"""Structures within each other."""
ELEMENT_LIMIT: Final = 5_000
"""Elements of one structure, those within others included."""

_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F


class Element(NamedTuple):
    """One element: `tag` is its first byte, `encoded` the whole of it, `content` what is behind tag and length."""

    tag: int
    content: bytes
    encoded: bytes

    @property
    def constructed(self) -> bool:
        """Whether it consists of further elements."""
        return bool(self.tag & _CONSTRUCTED)

    def expect(self, tag: int, place: str) -> "Element":
        """The element itself, if it has this tag. Raises Unreadable."""
        if self.tag != tag:
            raise Unreadable(f"{place}: the DER tag {self.tag:#04x} is there instead of {tag:#04x}")
        return self


def read_element(encoded: bytes, place: str) -> Element:
    """The one element that `encoded` consists of. Raises Unreadable."""
    element = _element_at(encoded, 0, place)
    if len(element.encoded) != len(encoded):
        raise Unreadable(f"{place} has trailing bytes")
    return element


def children(element: Element, place: str) -> Iterator[Element]:
    """The elements within a constructed one. Raises Unreadable."""
    offset = 0
    while offset < len(element.content):
        child = _element_at(element.content, offset, place)
        yield child
        offset += len(child.encoded)


def write_element(tag: int, content: bytes) -> bytes:
    """`content` behind tag and length."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def walk(element: Element, place: str) -> Iterator[Element]:
    """An element and all that is within it, each well-formed, within the limits. Raises Unreadable on the way."""
    waiting = [(element, 1)]
    seen = 0
    while waiting:
        current, depth = waiting.pop()
        seen += 1
        if seen > ELEMENT_LIMIT or depth > DEPTH_LIMIT:
            raise Unreadable(f"{place} has too many parts or levels")
        if _is_universal(current.tag) and current.constructed != (current.tag in {SEQUENCE, SET}):
            raise Unreadable(f"{place} has a string in pieces, which is not DER")
        yield current
        if current.constructed:
            waiting += [(child, depth + 1) for child in children(current, place)]


def check_structure(encoded: bytes, place: str) -> None:
    """See that `encoded` is one element and every part of it well-formed, within the limits. Raises Unreadable."""
    for _ in walk(read_element(encoded, place), place):
        pass


def _is_universal(tag: int) -> bool:
    return tag & 0xC0 == 0


def _element_at(encoded: bytes, offset: int, place: str) -> Element:
    if len(encoded) < offset + 2:
        raise Unreadable(f"{place} ends within an element")
    tag, length = encoded[offset], encoded[offset + 1]
    if tag & _LONG_TAG == _LONG_TAG:
        raise Unreadable(f"{place} has a tag of several bytes")
    start = offset + 2
    if length & 0x80:
        start += length & 0x7F
        length = _long_length(encoded[offset + 2 : start], length & 0x7F, place)
    end = start + length
    if end > len(encoded):
        raise Unreadable(f"{place} ends within an element")
    return Element(tag, encoded[start:end], encoded[offset:end])


def _long_length(written: bytes, count: int, place: str) -> int:
    """A length of several bytes, in its shortest form (X.690, 10.1); none is needed beyond four bytes."""
    length = int.from_bytes(written)
    if not 1 <= count <= 4 or len(written) != count or written[0] == 0 or length < 0x80:
        raise Unreadable(f"{place} has a length that is not DER's")
    return length
