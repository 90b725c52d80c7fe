"""Whether a version is affected (OSV schema, "Evaluation"), by the order of its ecosystem, with the proof.

Builds of rpm modules are only compared with builds of modules and others with others: a module's stream has a version
line of its own, and no label in the advisories says which. One advisory lists the build that mends it for each stream
and rebuild under one name: what is any of these is mended, though another of them is newer.

A version that its ecosystem does not call one (PEP 440, `dpkg --validate-version`, `apk version --check`) is affected,
with low confidence, unless it is the very one that mends. Where a source writes such a version, what can be read is
held against it by the lenient order of older tools, with low confidence: PyPA says `last_affected 2.6.0-NA` of torch.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, Final

from pratique.advisories.record import Affected, Event, Range
from pratique.packages import InvalidVersion, UnknownEcosystem, scheme_of
from pratique.packages.versions.scheme import Scheme

NOT_AFFECTED: Final = "not-affected"
UNAFFECTED: Final = frozenset({NOT_AFFECTED, "DNE"})
"""What sources say of packages that were looked at and found free."""

_MODULE: Final = re.compile(r"\.module[_+]el")
_BEGINNING: Final = "0"
"""`introduced: "0"`: from the first version on, whatever that is called."""


@dataclass(frozen=True, slots=True)
class Match:
    """Why a version is affected. `low_confidence`: it, or what it had to be compared with, could not be read.

    `range` is the events that it lies between as `introduced 1.0, fixed 1.2`; `fixed` what mends it.
    """

    range: str
    fixed: tuple[str, ...] = ()
    low_confidence: bool = False


def first_match(packages: Sequence[Affected], version: str) -> tuple[Affected, Match] | None:
    """The first that a version is affected by, of what one advisory says of one package; None: none. Never raises."""
    if _MODULE.search(version) and any(_is_mended(one, version) for one in packages):
        return None
    for affected in packages:
        match = affected_by(affected, version)
        if match is not None:
            return affected, match
    return None


def _is_mended(affected: Affected, version: str) -> bool:
    """Whether a version is the very one that mends it."""
    with suppress(UnknownEcosystem):
        scheme = scheme_of(affected.ecosystem.family)
        return any(_are_equal(scheme, of, version) for of in _fixes(affected.ranges))
    return False


def affected_by(affected: Affected, version: str) -> Match | None:
    """The match of a version with one package of an advisory; None: it is not affected. Never raises."""
    if affected.state in UNAFFECTED:
        return None
    ranges = [one for one in affected.ranges if _comparable(affected, one, version)]
    fixes, listed = _fixes(ranges), _is_listed(affected, version)
    try:
        found = _in_ranges(affected, ranges, version)
    except (InvalidVersion, UnknownEcosystem):
        if not listed and version not in fixes:
            return Match("the version could not be compared", fixes, low_confidence=True)
        found = None
    return found or (Match(f"listed as {version}", fixes) if listed else None)


def _is_listed(affected: Affected, version: str) -> bool:
    """As it is written; where lists are all that there is (PyPA), as the ecosystem reads it: 1.0 is 1.0.0."""
    if version in affected.versions or f"v{version}" in affected.versions:
        return True
    if affected.ranges:
        return False
    with suppress(UnknownEcosystem):
        scheme = scheme_of(affected.ecosystem.family)
        return any(_are_equal(scheme, version, one) for one in affected.versions)
    return False


def _are_equal(scheme: Scheme[Any], one: str, other: str) -> bool:
    try:
        return scheme.compare(one, other) == 0
    except InvalidVersion:
        return False


def _comparable(affected: Affected, events: Range, version: str) -> bool:
    if affected.ecosystem.family not in {"AlmaLinux", "Rocky Linux", "Red Hat"}:
        return True
    fixes = [of for name, of in events if name == "fixed"]
    return not fixes or any(bool(_MODULE.search(of)) == bool(_MODULE.search(version)) for of in fixes)


def _in_ranges(affected: Affected, ranges: Sequence[Range], version: str) -> Match | None:
    if not ranges:
        return None
    scheme = scheme_of(affected.ecosystem.family)
    if scheme.doubts(scheme.parse(version)):
        raise InvalidVersion(f"{version!r} is not what {affected.ecosystem.family} calls a version")
    for events in ranges:
        is_doubtful = any(scheme.doubts(scheme.parse(of)) for _, of in events if of != "*")
        using = scheme.leniently or scheme if is_doubtful else scheme
        around = _around(using, events, using.parse(version))
        if around is not None:
            fixed = tuple(of for name, of in around if name == "fixed")
            return Match(", ".join(f"{name} {of}" for name, of in around), fixed, is_doubtful)
    return None


def _around(scheme: Scheme[Any], events: Range, read: Any) -> tuple[Event, ...] | None:
    """The event that made the version affected and the one that will end it; None: it is not in this range."""
    if not _below_limits(scheme, events, read):
        return None
    begun: Event | None = None
    for event in _sorted(scheme, events):
        name, of = event
        reached = name == "introduced" and of == _BEGINNING
        reached = reached or scheme.order(scheme.parse(of), read) <= 0
        if name == "introduced":
            begun = event if reached else begun
        elif begun is not None:
            ends = reached if name == "fixed" else reached and scheme.order(scheme.parse(of), read) < 0
            if not ends:
                return (begun, event)
            begun = None
    return None if begun is None else (begun,)


def _below_limits(scheme: Scheme[Any], events: Range, read: Any) -> bool:
    limits = [of for name, of in events if name == "limit" and of != "*"]
    return not limits or any(scheme.order(read, scheme.parse(of)) < 0 for of in limits)


def _sorted(scheme: Scheme[Any], events: Range) -> list[Event]:
    """By version: records list them in any order. At one version they stay as listed."""

    def order(one: Event, other: Event) -> int:
        if _BEGINNING in (one[1], other[1]) and one[1] != other[1]:
            return -1 if one[1] == _BEGINNING else 1
        return scheme.order(scheme.parse(one[1]), scheme.parse(other[1]))

    kept = [event for event in events if event[0] != "limit"]
    return kept if len(kept) < 2 else sorted(kept, key=cmp_to_key(order))


def _fixes(ranges: Sequence[Range]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(of for events in ranges for name, of in events if name == "fixed"))
