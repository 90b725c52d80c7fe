"""What is known to be wrong with a component, whichever images have it: advisories grouped by vulnerability.

Most images have what others have, so it is worked out once and remembered, for as long as the answers are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.admission.report_groups import Group, groups_of, names_of, related_of
from pratique.advisories import Answer, Holding
from pratique.advisories.record import Kind
from pratique.packages import Component, Severity
from pratique.policy.contents import FindingState

REMEMBERED: Final = 16_384
"""Components with findings that are remembered; then it begins anew."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a package is affected: the record, its source, the range, and the version that was compared with it.

    `is_low_confidence`: a version could not be read by its ecosystem's rules; it is taken to be affected.
    """

    advisory: str
    range: str
    source: str
    compared: str
    is_low_confidence: bool = False


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One vulnerability of a component, wherever that lies. `also` are other sources that tell of it."""

    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]
    severity: Severity
    state: FindingState
    proof: Proof
    also: tuple[Proof, ...]
    is_informational: bool


class Memory:
    """Remembers what is known of components. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[Component, tuple[Sequence[Answer], tuple[Vulnerability, ...]]] = {}

    def of(self, component: Component, answers: Sequence[Answer]) -> tuple[Vulnerability, ...]:
        """The vulnerabilities that these answers make. The same object of answers is not looked at twice."""
        if not answers:
            return ()
        held = self._known.get(component)
        if held is not None and held[0] is answers:
            return held[1]
        made = tuple(_vulnerability(component, group) for group in groups_of(answers))
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[component] = (answers, made)
        return made


class Known:
    """`report.Advisories` of what was looked up already."""

    def __init__(self, found: Mapping[Component, Sequence[Answer]], held: Sequence[Holding] = ()) -> None:
        self._found = found
        self._held = held

    def about(self, component: Component) -> Sequence[Answer]:
        """The advisories that a component is affected by."""
        return self._found[component]

    def holdings(self) -> Sequence[Holding]:
        """What the sources have."""
        return self._held


def _vulnerability(component: Component, group: Group) -> Vulnerability:
    head = group.head(is_distribution=component.ecosystem.is_distribution)
    others = [answer for answer in group.answers if answer is not head]
    is_informational = head.kind is Kind.INFORMATIONAL
    return Vulnerability(
        id=head.id,
        aliases=_aliases(group, head, component),
        fixed=head.match.fixed,
        severity=Severity.NONE if is_informational else _severity(head, others, component),
        state=_state(head),
        proof=_proof(head, component),
        also=tuple(_proof(answer, component) for answer in others),
        is_informational=is_informational,
    )


def _aliases(group: Group, head: Answer, component: Component) -> tuple[str, ...]:
    """All other names: of vulnerabilities first, by year and number.

    What is only related is another vulnerability, which nobody accepts with this one, unless a distribution calls so
    what its advisory mends.
    """
    names = {name for answer in group.answers for name in names_of(answer)}
    if component.ecosystem.is_distribution:
        names.update(related_of(group))
    return tuple(sorted(names - {head.id}, key=lambda name: (not name.startswith("CVE-"), name)))


def _severity(head: Answer, others: Iterable[Answer], component: Component) -> Severity:
    """The distribution's own word for its packages; for others the worst that a source says."""
    if component.ecosystem.is_distribution and head.severity is not Severity.UNKNOWN:
        return head.severity
    return max([head.severity, *(answer.severity for answer in others if answer.kind is Kind.SECURITY)])


_STATES: Final[Mapping[str, FindingState]] = {
    "DNE": "not_affected",
    "active": "affected",
    "deferred": "deferred",
    "end-of-life": "end_of_life",
    "ignored": "wont_fix",
    "needed": "affected",
    "needs-triage": "under_investigation",
    "no-dsa": "wont_fix",
    "not-affected": "not_affected",
    "pending": "affected",
    "postponed": "deferred",
    "undetermined": "under_investigation",
    "wont-fix": "wont_fix",
}
"""What sources call it where there is no fixed version."""


def _state(head: Answer) -> FindingState:
    return "fixed" if head.match.fixed else _STATES.get(head.state, "affected")


def _proof(answer: Answer, component: Component) -> Proof:
    match = answer.match
    return Proof(answer.id, match.range, answer.source, component.version, match.low_confidence)
