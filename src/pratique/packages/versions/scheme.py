"""What a version scheme is: a way to read a version, and an order on what was read.

Reading and comparing are apart because matching compares each version with many others: what was read is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, Literal, TypeVar

LENGTH_LIMIT: Final = 1_024
"""Characters of a version. No ecosystem has versions of more than some hundred."""
KEPT: Final = 65_536
"""Versions that are kept as read, for each scheme."""

Order = Literal[-1, 0, 1]
Read = TypeVar("Read")


class InvalidVersion(ValueError):
    """The ecosystem's own tools do not take this for a version."""


class UnknownEcosystem(ValueError):
    """No ecosystem of this name orders its versions in a way that is known here."""


def _certain(_read: object) -> bool:
    return False


@dataclass(frozen=True)
class Scheme(Generic[Read]):
    """`parse` raises InvalidVersion; `order` is total on what `parse` returns.

    `doubts`: whether the native tool calls invalid what can be ordered all the same. `leniently`: the order for what
    stands beside such versions, where this one puts them below all others.
    """

    name: str
    parse: Callable[[str], Read]
    order: Callable[[Read, Read], Order]
    doubts: Callable[[Read], bool] = _certain
    leniently: "Scheme[Any] | None" = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "parse", lru_cache(maxsize=KEPT)(_bounded(self.parse)))

    def compare(self, a: str, b: str) -> Order:
        """-1, 0 or 1 as `a` is older than, equal to or newer than `b`. Raises InvalidVersion."""
        return self.order(self.parse(a), self.parse(b))


def by_value(a: Any, b: Any) -> Order:
    """The order of values that Python can compare: for schemes that read versions into sort keys."""
    if a == b:
        return 0
    return -1 if a < b else 1


def _bounded(parse: Callable[[str], Read]) -> Callable[[str], Read]:
    def bounded(text: str) -> Read:
        if len(text) > LENGTH_LIMIT:
            raise InvalidVersion(f"a version of {len(text)} characters; {LENGTH_LIMIT} are allowed")
        return parse(text)

    return bounded


def natural(digits: str) -> tuple[int, str]:
    """A number of any length as a sort key: Python refuses to convert more than 4,300 digits."""
    stripped = digits.lstrip("0")
    return len(stripped), stripped
