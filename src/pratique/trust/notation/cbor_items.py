"""The data items that COSE headers are made of (RFC 8949, section 3), read strictly.

Integers, strings, arrays, maps, tags, true, false and null, in the shortest form and of definite length. A library's
decoder would give some tags a meaning (compile a regular expression, follow a reference); here a tag stays a tag. Not
taken: floating point numbers and other simple values, which no header of notation's has; keys other than integers and
texts (RFC 9052, section 1.4).
"""

from typing import Any, Final

from cbor2 import CBORTag

from pratique.trust.strict import Unreadable

DEPTH_LIMIT: Final = 8
"""Arrays, maps and tags within each other. notation needs 5."""

_SIMPLE: Final = {20: False, 21: True, 22: None}


def read_item(content: bytes) -> Any:
    """The one item that `content` is; a tag is a CBORTag. Linear in the length. Raises Unreadable."""
    reader = _Reader(content)
    value = reader.item(DEPTH_LIMIT)
    if reader.at != len(content):
        raise Unreadable("bytes follow the CBOR item")
    return value


class _Reader:
    """A place in the bytes. Each item moves it on by a byte at least."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def item(self, depth: int) -> Any:
        """The item that starts here."""
        if depth == 0:
            raise Unreadable(f"the CBOR item is nested deeper than {DEPTH_LIMIT}")
        major, argument = self._head()
        value: Any
        match major:
            case 0 | 1:
                value = -1 - argument if major else argument
            case 2:
                value = self._take(argument)
            case 3:
                value = self._text(argument)
            case 4:
                value = [self.item(depth - 1) for _ in range(argument)]
            case 5:
                value = self._map(argument, depth)
            case 6:
                value = CBORTag(argument, self.item(depth - 1))
            case _:
                if argument not in _SIMPLE:
                    raise Unreadable("a CBOR item is a number with a fraction, or not a known value")
                value = _SIMPLE[argument]
        return value

    def _map(self, length: int, depth: int) -> dict[int | str, Any]:
        found: dict[int | str, Any] = {}
        for _ in range(length):
            key = self.item(depth - 1)
            if type(key) is not int and not isinstance(key, str):
                raise Unreadable("a key of a CBOR map is neither an integer nor a text")
            if key in found:
                raise Unreadable(f"the key {str(key)[:80]!r} occurs twice in one CBOR map")
            found[key] = self.item(depth - 1)
        return found

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable("a CBOR text is not UTF-8") from error

    def _head(self) -> tuple[int, int]:
        """Major type and argument (section 3), in the preferred serialization (section 4.1)."""
        first = self._take(1)[0]
        major, short = first >> 5, first & 0x1F
        if short < 24:
            return major, short
        if major == 7:
            raise Unreadable("a CBOR item is a number with a fraction, or not a known value")
        if short > 27:
            raise Unreadable("a CBOR item has an indefinite or reserved length")
        size = 1 << (short - 24)
        argument = int.from_bytes(self._take(size))
        if argument < (24 if size == 1 else 1 << (4 * size)):
            raise Unreadable("a CBOR item is not in its shortest form")
        return major, argument

    def _take(self, length: int) -> bytes:
        start, self.at = self.at, self.at + length
        if self.at > len(self._content):
            raise Unreadable("the CBOR item is cut off")
        return self._content[start : self.at]
