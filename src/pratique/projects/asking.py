"""What a project asks of artifacts before they are let out, and which change of it asks for more (pure).

The one place that decides what narrows (gate.md, section 1): a change narrows exactly when some artifact that passed
before may not pass now, or not for as long.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy import Allowed, Tolerance
from pratique.projects.values import COSIGN, NOTATION, PREVENT, SYSTEM_LIST, Admission, Allowlist, Project

SEVERITY: Final = "severity"
ALLOW_UNEXAMINED: Final = "allow_unexamined"
REUSE: Final = "reuse_sys_cve_allowlist"

SWITCHES: Final = (COSIGN, NOTATION)
"""Those that ask for signatures."""

SIGNATURE_NAMES: Final = frozenset({"admission", *SWITCHES})
"""Metadata that every project has from the start."""

WITHOUT: Final[Mapping[str, str]] = {
    "admission": Admission.OPEN.value,
    COSIGN: "false",
    NOTATION: "false",
    PREVENT: "false",
    # As in Harbor: who names no severity has excepted nothing.
    SEVERITY: "none",
    ALLOW_UNEXAMINED: "false",
    REUSE: "true",
}
"""All metadata by which a project asks something of artifacts, and what holds where it is not set."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a project asks of artifacts: `admission` with the switches that are on (Harbor's names), and `tolerance`.

    A switch asks for a signature of its own kind, and both for one of each; `signed` alone for any. Without a
    `tolerance` nothing is asked of contents.
    """

    admission: Admission = Admission.OPEN
    switches: frozenset[str] = frozenset()
    tolerance: Tolerance | None = None

    @property
    def texts(self) -> dict[str, str]:
        """The switches as they are stored."""
        return {name: "true" if name in self.switches else "false" for name in SWITCHES}

    def narrows(self, before: "Asked", at: Moment) -> bool:
        """Whether something that satisfied `before` may not satisfy this, from the moment `at` on."""
        return self._wants_more_signatures(before) or _accepts_less(before.tolerance, self.tolerance, at)

    def _wants_more_signatures(self, before: "Asked") -> bool:
        if self.admission is Admission.OPEN:
            return False
        return before.admission is Admission.OPEN or not self.switches <= before.switches


def demands_of(project: Project, listed: Allowlist) -> Asked:
    """What a project asks of artifacts, `listed` being the allowlist that counts in it."""
    on = (name for name in SWITCHES if project.metadata.get(name) == "true")
    tolerance = tolerance_of(project.metadata, listed) if project.prevents_vulnerabilities else None
    return Asked(project.admission, frozenset(on), tolerance)


def list_of(project: Project) -> int:
    """Whose allowlist counts in a project: its own, or the system's, with which Harbor's projects begin."""
    return SYSTEM_LIST if _text(project.metadata, REUSE) == "true" else project.id


def tolerance_of(
    texts: Mapping[str, str], listed: Allowlist, unknown_as: Severity = Severity.HIGH
) -> Tolerance:
    """What metadata and the list that counts accept. `unknown_as` has no part in what narrows: it is a setting."""
    return Tolerance(
        severity=Severity[_text(texts, SEVERITY).upper()],
        unknown_as=unknown_as,
        allowed=listed.entries,
        allow_unexamined=_text(texts, ALLOW_UNEXAMINED) == "true",
    )


def differs(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether metadata by which a project asks something says something else, in force at present or not."""
    return any(_text(before, name) != _text(after, name) for name in WITHOUT)


def takes_back(before: Iterable[Allowed], after: Iterable[Allowed], at: Moment) -> bool:
    """Whether something is accepted no more, or no more for as long as before, from the moment `at` on."""
    ends: dict[str, float] = {}
    for entry in after:
        name = entry.id.upper()
        ends[name] = max(_end(entry), ends.get(name, at))
    return any(_end(entry) > ends.get(entry.id.upper(), at) for entry in before if entry.holds_at(at))


def _accepts_less(before: Tolerance | None, after: Tolerance | None, at: Moment) -> bool:
    if after is None:
        return False
    if before is None:
        return True
    if after.severity < before.severity or (before.allow_unexamined and not after.allow_unexamined):
        return True
    return takes_back(before.allowed, after.allowed, at)


def _end(entry: Allowed) -> float:
    return math.inf if entry.valid_until is None else entry.valid_until


def _text(texts: Mapping[str, str], name: str) -> str:
    return texts.get(name, WITHOUT[name])
