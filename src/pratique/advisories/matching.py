"""Whether a version is affected (OSV schema, "Evaluation"), by the order of its ecosystem, with the proof.

Builds of rpm modules are only compared with builds of modules and others with others: a module's stream has a version
line of its own, and no label in the advisories says which. One advisory lists the build that mends it for each stream
and rebuild under one name: what is any of these is mended, though another of them is newer.
"""

import re
from collections.abc import Sequence
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
    try:
        scheme = scheme_of(affected.ecosystem.family)
        return any(scheme.compare(of, version) == 0 for of in _fixes(affected.ranges))
    except (InvalidVersion, UnknownEcosystem):
        return False


def affected_by(affected: Affected, version: str) -> Match | None:
    """The match of a version with one package of an advisory; None: it is not affected. Never raises."""
    if affected.state in UNAFFECTED:
        return None
    ranges = [one for one in affected.ranges if _comparable(affected, one, version)]
    try:
        found = _in_ranges(affected, ranges, version)
    except (InvalidVersion, UnknownEcosystem):
        return Match("the version could not be compared", _fixes(ranges), low_confidence=True)
    if found is not None:
        return found
    listed = version in affected.versions or f"v{version}" in affected.versions
    return Match(f"listed as {version}", _fixes(ranges)) if listed else None


def _comparable(affected: Affected, events: Range, version: str) -> bool:
    if affected.ecosystem.family not in {"AlmaLinux", "Rocky Linux", "Red Hat"}:
        return True
    fixes = [of for name, of in events if name == "fixed"]
    return not fixes or any(bool(_MODULE.search(of)) == bool(_MODULE.search(version)) for of in fixes)


def _in_ranges(affected: Affected, ranges: Sequence[Range], version: str) -> Match | None:
    if not ranges:
        return None
    scheme = scheme_of(affected.ecosystem.family)
    read = scheme.parse(version)
    for events in ranges:
        around = _around(scheme, events, read)
        if around is not None:
            fixed = tuple(of for name, of in around if name == "fixed")
            return Match(", ".join(f"{name} {of}" for name, of in around), fixed)
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
