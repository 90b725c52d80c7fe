"""`WWW-Authenticate` (RFC 9110, 11.6.1): what a registry asks for before it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

HEADER_LIMIT: Final = 8 * 1024
"""Characters of the header that are read."""

_SCHEME: Final = re.compile(r"[\s,]*([A-Za-z][A-Za-z0-9-]*)(?=\s|,|$)")
_PARAMETER: Final = re.compile(r'[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to prove who asks; scheme and names of parameters are lower-case."""

    scheme: str
    parameters: Mapping[str, str] = field(hash=False)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges, in order; what is not understood ends the reading."""
    header = header[:HEADER_LIMIT]
    challenges: list[Challenge] = []
    place = 0
    while match := _SCHEME.match(header, place):
        place = match.end()
        parameters: dict[str, str] = {}
        while found := _PARAMETER.match(header, place):
            place = found.end()
            quoted = found[2]
            parameters[found[1].lower()] = found[3] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        challenges.append(Challenge(match[1].lower(), parameters))
    return tuple(challenges)
