"""The rule `vulnerabilities`: nothing is known to be wrong with the contents that the project does not accept.

An allowlist accepts a vulnerability; a statement of somebody trusted for `vex` says that it harms nobody here, and is
told beside the rule's other reasons, whether the artifact passes or not.
What has not been examined is neither: it waits. What can't be examined is refused, unless the project says otherwise,
for nobody knows that it is clean. What was found all the same (a distribution past its end of life) counts in any case.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Final

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy.accepting import Acceptance, Accepting
from pratique.policy.codes import Code
from pratique.policy.contents import Allowed, Contents, Finding, Tolerance, heavy_of, place_of
from pratique.policy.values import Evidence, Outcome, Policy, Reason
from pratique.policy.waiving import Waiver

TOLD_LIMIT: Final = 50
"""Findings that are reasons of their own; how many more there are is said beside the last."""


class Vulnerabilities:
    """No finding at or above the project's severity that neither an allowlist nor a VEX statement covers."""

    name = "vulnerabilities"

    def weigh(self, policy: Policy, evidence: Evidence, at: Moment) -> tuple[Reason, ...]:
        """A reason for each finding that refuses, worst first; one that says why where none does.

        Further ones for what is waived. Nothing where the project does not ask. A rule that holds ends when an entry of
        an allowlist or a statement does that it needs, or when the advisories are too old; it rests on the entries and
        the statements that it needs.
        """
        tolerance, contents = policy.tolerance, evidence.contents
        if tolerance is None:
            return ()
        if contents is None:
            return (self._waits(),)
        problem = _problem(contents, at)
        sorting = _Sorting(contents, tolerance, Accepting(evidence, tolerance, at))
        told = self._refuses(sorting, tolerance)
        waived = self._waives(sorting, tolerance)
        if problem and not tolerance.allow_unexamined:
            return (*told, self._unexamined(problem), *waived)
        if told:
            return (*told, *waived)
        return (self._holds(contents, tolerance, sorting.needed, problem), *waived)

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

    def _waives(self, sorting: "_Sorting", tolerance: Tolerance) -> tuple[Reason, ...]:
        """What would refuse if nobody had said that it harms nobody: who says so, where, and until when it counts."""
        found = sorted(sorting.waived.items(), key=lambda one: place_of(one[0], tolerance.unknown_as))
        told = [self._waived(f"{_said(one)}: {waiver.said}", [waiver]) for one, waiver in found[:TOLD_LIMIT]]
        if others := [waiver for _, waiver in found[TOLD_LIMIT:]]:
            more = f"and {len(others)} more of severity {tolerance.severity} or worse"
            told.append(self._waived(f"{more} are waived by VEX statements", others))
        return tuple(told)

    def _waived(self, text: str, waivers: list[Waiver]) -> Reason:
        ends = [waiver.until for waiver in waivers if waiver.until is not None]
        rests_on = frozenset[str]().union(*(waiver.rests_on for waiver in waivers))
        until = min(ends, default=None)
        return Reason(self.name, Code.WAIVED, Outcome.PASS, text, valid_until=until, rests_on=rests_on)

    def _waits(self) -> Reason:
        text = "its contents have not been examined yet"
        return Reason(self.name, Code.NOT_EXAMINED, Outcome.WAIT, text, "try again in a moment")

    def _unexamined(self, problem: str) -> Reason:
        text = f"could not be examined: {problem}"
        remedy = "mend what is said here, or a project admin sets allow_unexamined"
        return Reason(self.name, Code.COULD_NOT_BE_EXAMINED, Outcome.FAIL, text, remedy)

    def _refuses(self, sorting: "_Sorting", tolerance: Tolerance) -> tuple[Reason, ...]:
        told = [
            Reason(self.name, Code.VULNERABLE, Outcome.FAIL, _said(one) + sorting.missed(one), _remedy(one))
            for one in sorting.worst(TOLD_LIMIT)
        ]
        if sorting.refusing > TOLD_LIMIT:
            more = f"and {sorting.refusing - TOLD_LIMIT} more of severity {tolerance.severity} or worse"
            told.append(Reason(self.name, Code.VULNERABLE, Outcome.FAIL, more, "see the artifact's report"))
        return tuple(told)


class _Sorting:
    """The findings that would refuse, by what becomes of them."""

    def __init__(self, contents: Contents, tolerance: Tolerance, accepting: Accepting) -> None:
        self._accepting = accepting
        self._tolerance = tolerance
        self._accepted: set[Allowed] = set()
        self.waived: dict[Finding, Waiver] = {}
        asked = (tolerance.severity, tolerance.unknown_as)
        heavy = [heavy_of(contents.findings, *asked), *(one.heavy(*asked) for one in contents.portions)]
        self._refusing: Sequence[Sequence[Finding]] = heavy
        if accepting.covers_anything:
            self._refusing = [[one for one in some if not self._covers(one)] for some in heavy]

    @property
    def refusing(self) -> int:
        """How many refuse."""
        return sum(map(len, self._refusing))

    @property
    def needed(self) -> frozenset[Allowed]:
        """The entries of allowlists without which more would refuse."""
        return frozenset(self._accepted)

    def worst(self, most: int) -> list[Finding]:
        """The first `most` of those that refuse, worst first."""
        # Each portion's are in this order already, and an image may have hundreds.
        ordered = merge(*self._refusing, key=lambda one: place_of(one, self._tolerance.unknown_as))
        return list(islice(ordered, most))

    def missed(self, finding: Finding) -> str:
        """What to add where a statement would waive a finding if it counted."""
        why = self._accepting.missed(finding)
        return f"; a VEX statement on it does not count: {why}" if why else ""

    def _covers(self, finding: Finding) -> bool:
        match self._accepting.of(finding):
            case None:
                return False
            case Acceptance(entries=entries):
                self._accepted |= entries
            case waiver:
                self.waived[finding] = waiver
        return True


def _problem(contents: Contents, at: Moment) -> str:
    if contents.valid_until is not None and at >= contents.valid_until:
        return "the advisories that it was compared with are too old"
    return contents.problem


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
