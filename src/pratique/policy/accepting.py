"""Which findings are accepted, and by whom: by entries of an allowlist, or by the word of somebody trusted for `vex`.

What both cover is covered by whichever does so for longer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pratique.clock import Moment
from pratique.policy.contents import Allowed, Finding, Tolerance
from pratique.policy.values import Evidence
from pratique.policy.waiving import Waiver, Waiving


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The entries of an allowlist that accept a finding, all of which it needs."""

    entries: frozenset[Allowed]

    @property
    def until(self) -> Moment | None:
        """When the first of them ends."""
        return min((one.valid_until for one in self.entries if one.valid_until is not None), default=None)

    @property
    def said(self) -> str:
        """Which they are."""
        return f"the allowlist accepts {', '.join(sorted(one.id for one in self.entries))}"


class Accepting:
    """What becomes of findings in an artifact at a moment."""

    def __init__(self, evidence: Evidence, tolerance: Tolerance, at: Moment) -> None:
        self._waiving = Waiving(evidence, at)
        self._longest = tolerance.longest
        self._at = at

    @property
    def covers_anything(self) -> bool:
        """Whether there is any entry or any statement that counts: most artifacts have neither."""
        return bool(self._longest) or self._waiving.says_anything

    def of(self, finding: Finding) -> Acceptance | Waiver | None:
        """What covers a finding; None: nothing does."""
        cover, waiver = _cover(finding, self._longest, self._at), self._waiving.of(finding)
        if cover is not None and (waiver is None or _end(waiver.until) < min(map(_ends, cover))):
            return Acceptance(cover)
        return waiver

    def missed(self, finding: Finding) -> str:
        """Why a statement that would waive a finding does not count; "" where there is none."""
        return self._waiving.missed(finding)


def _cover(finding: Finding, longest: Mapping[str, Allowed], at: Moment) -> frozenset[Allowed] | None:
    """The entries that accept a finding at a moment, those that do so for the longest; None where none do."""
    if not longest:
        return None
    ways = [
        frozenset(longest[name] for name in way)
        for way in finding.ways
        if all(name in longest and longest[name].holds_at(at) for name in way)
    ]
    return max(ways, key=lambda way: (min(map(_ends, way)), len(way), sorted(map(_ends, way))), default=None)


def _ends(entry: Allowed) -> float:
    return _end(entry.valid_until)


def _end(moment: Moment | None) -> float:
    return math.inf if moment is None else moment
