"""Versions that are numbers and little else: CRAN (R, `package_version`), Hackage (Haskell, PVP), Pub (Dart)."""

import re
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value, natural
from pratique.packages.versions.semver import identifiers

_NUMBERS: Final = re.compile(r"[0-9]+(?:[.-][0-9]+)*")
_PUB: Final = re.compile(
    r"[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?((?:\.[0-9]+)*)(?:-([^+]*))?(?:\+(.*))?"
)


def parse_numbers(text: str) -> tuple[Any, ...]:
    """Numbers between dots (and hyphens, in CRAN); more of them are newer. Raises InvalidVersion."""
    if not _NUMBERS.fullmatch(text.strip()):
        raise InvalidVersion(f"{text!r} is no version: numbers between dots are expected")
    return tuple(natural(number) for number in re.split("[.-]", text.strip()))


def parse_pub(text: str) -> tuple[Any, ...]:
    """Semantic versions whose build metadata does count (pub_semver, `compareTo`). Raises InvalidVersion."""
    found = _PUB.fullmatch(text.strip())
    if found is None:
        raise InvalidVersion(f"{text!r} is no version of a Dart package")
    numbers = tuple(natural(number or "0") for number in found.groups()[:3])
    more, pre, build = found[4].lstrip("."), found[5], found[6]
    extra = ".".join(filter(None, (more, build)))
    return numbers, (1,) if pre is None else (0, identifiers(pre)), identifiers(extra) if extra else ()


CRAN: Final = Scheme("cran", parse_numbers, by_value)
HACKAGE: Final = Scheme("hackage", parse_numbers, by_value)
PUB: Final = Scheme("pub", parse_pub, by_value)
