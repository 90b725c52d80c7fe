"""apk's order (apk-tools 3, doc/apk-package.5 and src/version.c): `1.2.3b_rc1_p2~hash-r4`.

apk orders what it calls invalid too, and real packages have such versions: an invalid rest is older than any valid one,
and two of them are compared as text where they differ in front of the revision.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from pratique.packages.versions.scheme import InvalidVersion, Order, Scheme, by_value, natural

_FIRST, _DIGIT, _LETTER, _SUFFIX, _SUFFIX_NUMBER, _HASH, _REVISION, _END, _INVALID = range(9)
"""Kinds of tokens, in the order in which they may follow each other."""
_PRE: Final = ("alpha", "beta", "pre", "rc")
_POST: Final = ("cvs", "svn", "git", "hg", "p")
_SUFFIXES: Final = {name: place - len(_PRE) for place, name in enumerate((*_PRE, *_POST))}
_TOKEN: Final = re.compile(
    r"(?P<letter>[a-z])|\.?(?P<digits>[0-9]+)|_(?P<suffix>[a-z]+)|~(?P<hash>[0-9a-f]+)|-r(?![A-Za-z])(?P<revision>[0-9]*)"
)


_MAY_FOLLOW: Final = {
    "letter": (_LETTER, _DIGIT),
    "digits": (_DIGIT, _DIGIT),
    "suffix": (_SUFFIX, _SUFFIX_NUMBER),
    "hash": (_HASH, _SUFFIX_NUMBER),
    "revision": (_REVISION, _HASH),
}
"""What a kind of text becomes, and the last kind of token that it may follow."""


class _Token(NamedTuple):
    kind: int
    text: str


def parse(text: str) -> tuple[_Token, ...]:
    """The tokens of a version, the last one an end or an invalid rest. Raises InvalidVersion."""
    version = text.strip()
    if not version:
        raise InvalidVersion("an empty text is no apk version")
    return tuple(_tokens(version))


def _tokens(version: str) -> Iterator[_Token]:
    first = re.match("[0-9]+", version)
    if first is None:
        yield _Token(_INVALID, version)
        return
    kind, at = _FIRST, first.end()
    yield _Token(kind, first[0])
    while at < len(version):
        found = _TOKEN.match(version, at)
        following = None if found is None else _kind_after(kind, found)
        if found is None or following is None:
            rest = version[at:] if kind < _REVISION and version[at] != "-" else ""
            yield _Token(_INVALID, rest)
            return
        kind, at = following, found.end()
        yield _Token(kind, found[found.lastgroup or 0])
    yield _Token(_END, "")


def _kind_after(kind: int, found: re.Match[str]) -> int | None:
    """The kind of the token found after one of `kind`; None where it may not stand there."""
    name = found.lastgroup or ""
    if name == "digits" and kind == _SUFFIX and not found[0].startswith("."):
        return _SUFFIX_NUMBER
    if name == "suffix" and found[name] not in _SUFFIXES:
        return None
    following, last = _MAY_FOLLOW[name]
    return following if kind <= last else None


def order(a: tuple[_Token, ...], b: tuple[_Token, ...]) -> Order:
    """Token by token; where one goes on, it is newer unless it goes on with a suffix of something before a release."""
    for one, other in zip(a, b, strict=False):
        if one.kind != other.kind:
            return _unlike(one, other)
        found = _alike(one, other)
        if found:
            return found
    return 0


def _alike(one: _Token, other: _Token) -> Order:
    match one.kind:
        # As in Gentoo: with a leading zero, digits are a fraction.
        case kind if kind == _DIGIT and "0" in (one.text[0], other.text[0]):
            return by_value(one.text, other.text)
        case kind if kind in {_FIRST, _DIGIT, _SUFFIX_NUMBER, _REVISION}:
            return by_value(natural(one.text), natural(other.text))
        case kind if kind == _SUFFIX:
            return by_value(_SUFFIXES[one.text], _SUFFIXES[other.text])
        case _:
            return by_value(one.text, other.text)


def _unlike(one: _Token, other: _Token) -> Order:
    if one.kind == _SUFFIX and one.text in _PRE:
        return -1
    if other.kind == _SUFFIX and other.text in _PRE:
        return 1
    return by_value(other.kind, one.kind)


def _is_invalid(read: tuple[_Token, ...]) -> bool:
    return read[-1].kind == _INVALID


SCHEME: Final = Scheme("apk", parse, order, doubts=_is_invalid)
