"""NuGet's order (NuGet documentation, "Package versioning"): SemVer 2.0.0 with a fourth number, letters of any case."""

import re
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value, natural
from pratique.packages.versions.semver import identifiers

_VERSION: Final = re.compile(r"[vV]?([0-9]+(?:\.[0-9]+){0,3})(?:-([^+]*))?(?:\+.*)?", re.DOTALL)


def parse(text: str) -> tuple[Any, ...]:
    """Four numbers, then the pre-release. Raises InvalidVersion."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise InvalidVersion(f"{text!r} is no NuGet version: one to four numbers are needed")
    numbers = [natural(number) for number in found[1].split(".")]
    filled = (*numbers, *[natural("0")] * (4 - len(numbers)))
    return filled, (1,) if found[2] is None else (0, identifiers(found[2].lower()))


SCHEME: Final = Scheme("nuget", parse, by_value)
