"""Structures of DER field by field: what is taken must be there, what may be missing is asked for, the end is seen.

Only for the structures that no library takes apart without encoding them anew: what was signed is the bytes.
"""

from collections import deque
from typing import Final

from cryptography.x509 import ObjectIdentifier

from pratique.trust.certificates import der
from pratique.trust.certificates.der import Element
from pratique.trust.strict import Unreadable

INTEGER_LIMIT: Final = 32
"""Bytes of an integer."""


class Sequence:
    """The fields of a constructed element, in their order."""

    def __init__(self, element: Element, place: str, tag: int = der.SEQUENCE) -> None:
        self.place = place
        self._left = deque(der.children(element.expect(tag, place), place))

    def take(self, tag: int) -> Element:
        """The next field, which has this tag. Raises Unreadable."""
        if not self._left:
            raise Unreadable(f"{self.place}: a part ends early")
        return self._left.popleft().expect(tag, self.place)

    def maybe(self, tag: int) -> Element | None:
        """The next field if it has this tag, else None."""
        return self._left.popleft() if self._left and self._left[0].tag == tag else None

    def rest(self) -> tuple[Element, ...]:
        """All that is left."""
        left = tuple(self._left)
        self._left.clear()
        return left

    def end(self) -> None:
        """See that nothing is left. Raises Unreadable."""
        if self._left:
            raise Unreadable(f"{self.place}: a part has an unexpected field")


def only_child(element: Element, tag: int, place: str) -> Element:
    """The one element within another, as of an explicit tag. Raises Unreadable."""
    inside = tuple(der.children(element, place))
    if len(inside) != 1:
        raise Unreadable(f"{place}: a part holds {len(inside)} elements instead of one")
    return inside[0].expect(tag, place)


def read_integer(element: Element, place: str) -> int:
    """An integer in its shortest form (X.690, section 8.3), whatever its tag. Raises Unreadable."""
    content = element.content
    padded = len(content) > 1 and content[0] == (0xFF if content[1] & 0x80 else 0)
    if not content or len(content) > INTEGER_LIMIT or padded:
        raise Unreadable(f"{place}: there is an integer that is too long")
    return int.from_bytes(content, signed=True)


def read_oid(element: Element, place: str) -> str:
    """An object identifier with dots (X.690, section 8.19). Raises Unreadable."""
    content = element.expect(der.OBJECT_IDENTIFIER, place).content
    if not content or content[-1] & 0x80:
        raise Unreadable(f"{place}: there is an identifier that ends early")
    arcs, arc = [], 0
    for octet in content:
        if arc == 0 and octet == 0x80:
            raise Unreadable(f"{place}: there is an identifier that is not in its shortest form")
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def encoded_oid(oid: ObjectIdentifier) -> bytes:
    """An object identifier in DER."""
    first, second, *rest = (int(arc) for arc in oid.dotted_string.split("."))
    return der.write_element(der.OBJECT_IDENTIFIER, b"".join(map(_base128, (40 * first + second, *rest))))


def _base128(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(0x80 | arc & 0x7F)
    return bytes(reversed(septets))
