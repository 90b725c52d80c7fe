"""Composer's order for Packagist: PHP's version_compare (PHP manual; ext/standard/versioning.c) after a leading `v`."""

import re
from typing import Final

from pratique.packages.versions.scheme import InvalidVersion, Order, Scheme, by_value, natural

_PART: Final = re.compile(r"[0-9]+|[^0-9._+-]+")
_FORMS: Final = (
    ("dev", 0),
    ("alpha", 1),
    ("a", 1),
    ("beta", 2),
    ("b", 2),
    ("RC", 3),
    ("rc", 3),
    ("#", 4),
    ("pl", 5),
    ("p", 5),
)
"""Words that mean something, told by how they begin; any other comes before all of them."""
_NUMBER: Final = 4
"""Where a number stands among the words."""


def parse(text: str) -> tuple[str, ...]:
    """The numbers and words of a version. Raises InvalidVersion."""
    version = text.strip()
    if not version:
        raise InvalidVersion("an empty text is no Composer version")
    if version[0] in "vV" and len(version) > 1:
        version = version[1:]
    return tuple(_PART.findall(version))


def order(a: tuple[str, ...], b: tuple[str, ...]) -> Order:
    """Part by part; a number beyond the other's end is newer, a word is weighed against a number."""
    for one, other in zip(a, b, strict=False):
        found = _parts(one, other)
        if found:
            return found
    if len(a) > len(b):
        return 1 if a[len(b)].isdigit() else _against_nothing(a[len(b) :])
    if len(b) > len(a):
        return -1 if b[len(a)].isdigit() else _negated(_against_nothing(b[len(a) :]))
    return 0


def _parts(one: str, other: str) -> Order:
    if one.isdigit() and other.isdigit():
        return by_value(natural(one), natural(other))
    return by_value(_weight(one), _weight(other))


def _against_nothing(rest: tuple[str, ...]) -> Order:
    """What goes on with a word, compared with a version that ends: `#N#` stands for the end."""
    return order(rest, ("#",))


def _weight(part: str) -> int:
    if part.isdigit():
        return _NUMBER
    return next((weight for form, weight in _FORMS if part.startswith(form)), -1)


def _negated(found: Order) -> Order:
    return 1 if found < 0 else -1 if found > 0 else 0


def _is_branch(read: tuple[str, ...]) -> bool:
    """`dev-main`, which has no place among numbers."""
    return not read or not read[0].isdigit()


SCHEME: Final = Scheme("composer", parse, order, doubts=_is_branch)
