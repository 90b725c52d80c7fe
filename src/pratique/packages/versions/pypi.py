"""Python's order (PEP 440, as the library `packaging` reads it), and for what is older than the PEP, setuptools' order.

pip refuses legacy versions today; advisories and old images still have them, and they are older than any other.
"""

import re
from typing import Any, Final

from packaging.version import InvalidVersion as NotPep440
from packaging.version import Version

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value

_PART: Final = re.compile(r"(\d+|[a-z]+|\.|-)", re.ASCII)
_WORDS: Final = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}


def parse(text: str) -> tuple[int, Any]:
    """A sort key; legacy versions come first. Raises InvalidVersion."""
    if not text.strip():
        raise InvalidVersion("an empty text is no Python version")
    try:
        return 1, Version(text)
    except NotPep440:
        return 0, _legacy(text.strip())


def _legacy(text: str) -> tuple[str, ...]:
    """Words are marked with a star, numbers filled up with zeros: setuptools' `parse_version` before 8.0."""
    parts: list[str] = []
    for part in _parts(text.lower()):
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return tuple(parts)


def _parts(text: str) -> list[str]:
    found = []
    for part in _PART.split(text):
        word = _WORDS.get(part, part)
        if word and word != ".":
            found.append(word.zfill(8) if word[0] in "0123456789" else f"*{word}")
    return [*found, "*final"]


def _is_legacy(read: tuple[int, Any]) -> bool:
    return read[0] == 0


SCHEME: Final = Scheme(
    "pypi", parse, by_value, doubts=_is_legacy, leniently=Scheme("setuptools", _legacy, by_value)
)
