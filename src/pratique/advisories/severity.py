"""How bad an advisory is, in this order: the source's own word, the prefix of the summary, CVSS 4, 3, 2.

Many records say nothing at all (Go, Debian): they stay UNKNOWN here, and whoever judges decides what that counts as.
CVSS by its own qualitative scale (CVSS 3.1, section 5; 4.0, section 6; 2.0 as NVD reads it).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from pratique.packages import Severity

_WORDS: Final[Mapping[str, Severity]] = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "minor": Severity.LOW,
    "negligible": Severity.NEGLIGIBLE,
    "none": Severity.NONE,
    "unimportant": Severity.NEGLIGIBLE,
}
"""What sources call it."""

_PREFIXES: Final = ("critical", "important", "moderate", "low")
"""What Red Hat's heirs put before the summary, with a colon."""

_CALCULATORS: Final = (("CVSS_V4", CVSS4), ("CVSS_V3", CVSS3), ("CVSS_V2", CVSS2))

Scores = Iterable[tuple[str, str]]
"""OSV's `severity`: type and score (a vector, or a word)."""


def severity_of(scores: Scores, specific: Iterable[Mapping[str, Any]], summary: str) -> Severity:
    """The severity of a record by its scores, its `…_specific` objects and its summary. Never raises."""
    given = list(scores)
    for word in (*(word for kind, word in given if not kind.startswith("CVSS")), *_own_words(specific)):
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
    prefix, colon, _ = summary.partition(":")
    if colon and prefix.strip().lower() in _PREFIXES:
        return _WORDS[prefix.strip().lower()]
    for kind, calculator in _CALCULATORS:
        levels = [_level(calculator, vector) for named, vector in given if named == kind]
        found = [level for level in levels if level is not None]
        if found:
            return max(found)
    return Severity.UNKNOWN


def _own_words(specific: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for one in specific:
        for name in ("severity", "urgency"):
            if isinstance(one.get(name), str):
                yield one[name]


def _level(calculator: type[CVSS2 | CVSS3 | CVSS4], vector: str) -> Severity | None:
    try:
        word = calculator(vector).severities()[0]
    except CVSSError:
        return None
    return _WORDS.get(str(word).lower())
