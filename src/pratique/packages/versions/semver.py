"""Semantic Versioning 2.0.0, section 11, as npm, Go, Cargo and others use it; a leading `v` is taken off.

OSV asks for leniency (osv-schema, "affected[].ranges[].type"): fewer than three numbers are filled up with 0, and what
follows a third number counts as build metadata, which has no say.
"""

import re
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value, natural

_VERSION: Final = re.compile(
    r"[vV=]*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.[^-+]*)?(?:-([^+]*))?(?:\+(.*))?", re.DOTALL
)
_RELEASE: Final = (1,)
"""A release is newer than anything before it."""

_Key = tuple[Any, ...]


def parse(text: str) -> _Key:
    """Three numbers, then the pre-release. Raises InvalidVersion."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise InvalidVersion(f"{text!r} is no semantic version: it does not start with a number")
    major, minor, patch, pre, _build = found.groups()
    numbers = tuple(natural(number or "0") for number in (major, minor, patch))
    return numbers, _RELEASE if pre is None else (0, identifiers(pre))


def identifiers(pre: str) -> _Key:
    """The dot-separated identifiers of a pre-release (11.4): numbers before words, fewer before more."""
    return tuple((0, natural(one)) if one.isascii() and one.isdigit() else (1, one) for one in pre.split("."))


SCHEME: Final = Scheme("semver", parse, by_value)
