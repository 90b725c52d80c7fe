"""Debian's order (deb-version(7); Debian Policy, 5.6.12): `[epoch:]upstream[-revision]`.

Step not taken: characters that the policy forbids are compared all the same, as dpkg and apt do with a warning.
"""

import re
from typing import Any, Final

from pratique.packages.versions.scheme import InvalidVersion, Scheme, by_value, natural

_PARTS: Final = re.compile(r"([^0-9]*)([0-9]*)")
_END: Final = 0
"""What the end of a run of letters weighs: more than a tilde, less than any character."""

_Key = tuple[Any, ...]


def parse(text: str) -> _Key:
    """Epoch, upstream version and revision, each as a sort key. Raises InvalidVersion."""
    version = text.strip()
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not rest or any(character.isspace() for character in rest):
        raise InvalidVersion(f"{text!r} is no Debian version: it is empty, or has white space inside")
    if not (epoch.isascii() and epoch.isdigit()):
        raise InvalidVersion(f"{text!r} is no Debian version: its epoch is not a number")
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, ""
    return natural(epoch), _key(upstream), _key(revision)


def _key(text: str) -> _Key:
    """Runs of non-digits and digits in turn; a missing number counts as 0."""
    key: list[Any] = []
    for letters, digits in _PARTS.findall(text):
        if not letters and not digits:
            continue
        key.append((*map(_weight, letters), _END))
        key.append(natural(digits))
    # Nothing more: the end of an empty run, after which "0" and "" are the same.
    while len(key) >= 2 and key[-2:] == [(_END,), natural("")]:
        del key[-2:]
    return (*key, (_END,))


def _weight(character: str) -> int:
    """Tilde before the end, letters before all else."""
    if character == "~":
        return -1
    return ord(character) if character.isascii() and character.isalpha() else ord(character) + 256


def _begins_oddly(read: _Key) -> bool:
    """No digit first: `dpkg --validate-version` refuses that, and compares it."""
    return bool(read[1][0] != (_END,))


SCHEME: Final = Scheme("deb", parse, by_value, doubts=_begins_oddly)
