"""rpm's order (rpm, docs/manual/spec.md, "Versioning"; lib/rpmvercmp): `[epoch:]version[-release]`.

What stands before a colon is an epoch only if it is a number, as in rpm; what is no ASCII letter or digit separates.
"""

import re
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value, natural

_SEGMENT: Final = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_TILDE, _END, _CARET, _LETTERS, _NUMBER = range(5)
"""How kinds of segments are ordered; the end of a version comes between tilde and caret."""

_Key = tuple[Any, ...]


def parse(text: str) -> _Key:
    """Epoch, version and release as sort keys. Raises InvalidVersion."""
    version = text.strip()
    if not version:
        raise InvalidVersion("an empty text is no rpm version")
    epoch, rest = _epoch(version)
    name, hyphen, release = rest.partition("-")
    # No release is older than any, an empty one too.
    return epoch, _key(name), (1, _key(release)) if hyphen else (0, ())


def _epoch(version: str) -> tuple[tuple[Any, ...], str]:
    before, colon, after = version.partition(":")
    if not colon:
        return (0, natural("0")), version
    if before.isascii() and before.isdigit():
        return (0, natural(before)), after
    return (1, _key(before)), after


def _key(text: str) -> _Key:
    return (*map(_segment, _SEGMENT.findall(text)), (_END,))


def _segment(text: str) -> tuple[Any, ...]:
    if text == "~":
        return (_TILDE,)
    if text == "^":
        return (_CARET,)
    return (_NUMBER, natural(text)) if text.isdigit() else (_LETTERS, text)


def _has_no_number(read: _Key) -> bool:
    """For an epoch."""
    return bool(read[0][0])


SCHEME: Final = Scheme("rpm", parse, by_value, doubts=_has_no_number)
