"""The rule `vulnerabilities`: nothing is known to be wrong with the contents that the project does not accept.

What has not been examined is neither: it waits. What can't be examined is refused, unless the project says otherwise,
for nobody knows that it is clean. What was found all the same (a distribution past its end of life) counts in any case.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy.codes import Code
from pratique.policy.contents import HARMLESS, Allowed, Contents, Finding, Tolerance
from pratique.policy.values import Evidence, Outcome, Policy, Reason

TOLD_LIMIT: Final = 50
"""Findings that are reasons of their own; how many more there are is said beside the last."""


class Vulnerabilities:
    """No finding at or above the project's severity that no allowlist covers."""

    name = "vulnerabilities"

    def weigh(self, policy: Policy, evidence: Evidence, at: Moment) -> tuple[Reason, ...]:
        """A reason for each finding that refuses, worst first; one that says why where none does.

        Nothing where the project does not ask. A rule that holds ends when an entry of an allowlist does that it needs,
        or when the advisories are too old; it rests on the entries that it needs.
        """
        tolerance, contents = policy.tolerance, evidence.contents
        if tolerance is None:
            return ()
        if contents is None:
            return (self._waits(),)
        problem = _problem(contents, at)
        heavy = [one for one in contents.findings if _is_heavy(one, tolerance)]
        longest = _longest(tolerance.allowed, at)
        covers = {one: _cover(one, longest) for one in heavy}
        refusing = [one for one in heavy if covers[one] is None]
        told = self._refuses(sorted(refusing, key=lambda one: _place(one, tolerance)), tolerance)
        if problem and not tolerance.allow_unexamined:
            return (*told, self._unexamined(problem))
        if told:
            return told
        needed = frozenset[Allowed]().union(*(cover for cover in covers.values() if cover is not None))
        return (self._holds(contents, tolerance, needed, problem),)

    def _holds(
        self, contents: Contents, tolerance: Tolerance, needed: frozenset[Allowed], problem: str
    ) -> Reason:
        ends = [entry.valid_until for entry in needed if entry.valid_until is not None]
        if contents.valid_until is not None and not problem:
            ends.append(contents.valid_until)
        accepted = f"; {len(needed)} accepted by an allowlist" if needed else ""
        clean = f"nothing of severity {tolerance.severity} or worse is known of its contents{accepted}"
        unexamined = f"could not be examined: {problem} (the project lets such artifacts pass){accepted}"
        return Reason(
            self.name,
            Code.COULD_NOT_BE_EXAMINED if problem else Code.NO_VULNERABILITIES,
            Outcome.PASS,
            unexamined if problem else clean,
            valid_until=min(ends, default=None),
            rests_on=frozenset(entry.mark for entry in needed),
        )

    def _waits(self) -> Reason:
        text = "its contents have not been examined yet"
        return Reason(self.name, Code.NOT_EXAMINED, Outcome.WAIT, text, "try again in a moment")

    def _unexamined(self, problem: str) -> Reason:
        text = f"could not be examined: {problem}"
        remedy = "mend what is said here, or a project admin sets allow_unexamined"
        return Reason(self.name, Code.COULD_NOT_BE_EXAMINED, Outcome.FAIL, text, remedy)

    def _refuses(self, ordered: list[Finding], tolerance: Tolerance) -> tuple[Reason, ...]:
        told = [
            Reason(self.name, Code.VULNERABLE, Outcome.FAIL, _said(one), _remedy(one))
            for one in ordered[:TOLD_LIMIT]
        ]
        if len(ordered) > TOLD_LIMIT:
            more = f"and {len(ordered) - TOLD_LIMIT} more of severity {tolerance.severity} or worse"
            told.append(Reason(self.name, Code.VULNERABLE, Outcome.FAIL, more, "see the artifact's report"))
        return tuple(told)


def _problem(contents: Contents, at: Moment) -> str:
    if contents.valid_until is not None and at >= contents.valid_until:
        return "the advisories that it was compared with are too old"
    return contents.problem


def _is_heavy(finding: Finding, tolerance: Tolerance) -> bool:
    if finding.is_informational or finding.state in HARMLESS:
        return False
    return tolerance.weight_of(finding) >= tolerance.severity


def _cover(finding: Finding, longest: Mapping[str, Allowed]) -> frozenset[Allowed] | None:
    """The entries that accept a finding, those that do so for the longest; None where none do."""
    ways = [
        frozenset(longest[name] for name in way)
        for way in finding.ways
        if all(name in longest for name in way)
    ]
    return max(ways, key=lambda way: (min(map(_end, way)), len(way), sorted(map(_end, way))), default=None)


def _longest(allowed: Iterable[Allowed], at: Moment) -> dict[str, Allowed]:
    """By name, in capitals, the entry that holds for the longest."""
    found: dict[str, Allowed] = {}
    for entry in sorted(allowed, key=lambda one: (_end(one), one.id)):
        if entry.holds_at(at):
            found[entry.id.upper()] = entry
    return found


def _end(entry: Allowed) -> float:
    return math.inf if entry.valid_until is None else entry.valid_until


def _place(finding: Finding, tolerance: Tolerance) -> tuple[int, bool, str, str, str]:
    """Worst first; of equals what can be mended, then by name."""
    return (-tolerance.weight_of(finding), not finding.fixed, finding.id, finding.package, finding.path)


def _said(finding: Finding) -> str:
    unknown = "severity unknown" if finding.severity is Severity.UNKNOWN else str(finding.severity)
    where = f" ({finding.path})" if finding.path else ""
    return f"{finding.id} ({unknown}) in {finding.package}{where}"


def _remedy(finding: Finding) -> str:
    if finding.fixed:
        return f"update to {' or '.join(finding.fixed)}"
    return {
        "wont_fix": "its publisher will not fix it: replace the package",
        "end_of_life": "its release is past its end of life: move to a newer one",
    }.get(finding.state, "no fixed version is known: replace the package, or have it put on the allowlist")
