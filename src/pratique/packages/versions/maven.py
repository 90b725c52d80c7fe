"""Maven's order (POM Reference, "Version Order Specification"; maven-artifact, ComparableVersion)."""

import re
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from pratique.packages.versions.scheme import InvalidVersion, Order, Scheme, by_value, natural

_TOKEN: Final = re.compile(r"([.-]?)([0-9]+|[^0-9.-]+|(?=[.-]|$))")
_QUALIFIERS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_ALIASES: Final = {"cr": "rc", "ga": "", "final": "", "release": ""}
_BEFORE_NUMBER: Final = {"a": "alpha", "b": "beta", "m": "milestone"}


class _Token(NamedTuple):
    separator: str
    number: str | None
    word: str

    @property
    def is_null(self) -> bool:
        """Whether it adds nothing: 0, or a word that means a release."""
        return self.word == "" if self.number is None else not self.number.strip("0")


def parse(text: str) -> tuple[_Token, ...]:
    """The tokens, without those that add nothing at the end and before hyphens. Raises InvalidVersion."""
    version = text.strip().lower()
    if not version:
        raise InvalidVersion("an empty text is no Maven version")
    return _trimmed(_tokens(version))


def _tokens(version: str) -> list[_Token]:
    tokens: list[_Token] = []
    matches = [found for found in _TOKEN.finditer(version) if found[0]]
    for place, found in enumerate(matches):
        separator, text = found[1], found[2]
        # A change between digits and letters is a hyphen.
        separator = separator or ("-" if tokens else "")
        # Nothing between two separators is a 0.
        if not text or (text.isascii() and text.isdigit()):
            tokens.append(_Token(separator, text or "0", ""))
            continue
        following = matches[place + 1] if place + 1 < len(matches) else None
        if following is not None and not following[1] and text in _BEFORE_NUMBER:
            text = _BEFORE_NUMBER[text]
        tokens.append(_Token(separator, None, _ALIASES.get(text, text)))
    return tokens


def _trimmed(tokens: list[_Token]) -> tuple[_Token, ...]:
    kept: list[_Token] = []
    for token in tokens:
        if token.separator == "-":
            while kept and kept[-1].is_null:
                kept.pop()
        kept.append(token)
    while kept and kept[-1].is_null:
        kept.pop()
    return tuple(kept)


def order(a: tuple[_Token, ...], b: tuple[_Token, ...]) -> Order:
    """Token by token; the shorter one is filled up with what adds nothing, after the other's separator."""
    for one, other in zip_longest(a, b):
        left = one or _nothing(other)
        right = other or _nothing(one)
        if _key(left) != _key(right):
            return by_value(_key(left), _key(right))
    return 0


def _nothing(beside: _Token) -> _Token:
    return beside._replace(number=None if beside.number is None else "0", word="")


def _key(token: _Token) -> tuple[Any, ...]:
    """`.word` < `-word` < `-number` < `.number`; known words in their order, others behind them by the alphabet."""
    if token.number is not None:
        return (1 if token.separator == "-" else 2, natural(token.number))
    known = _QUALIFIERS.index(token.word) if token.word in _QUALIFIERS else len(_QUALIFIERS)
    return 0, token.separator == "-", known, token.word


SCHEME: Final = Scheme("maven", parse, order)
