"""What a project asks of artifacts before they are let out, and which change of it asks for more (pure).

The one place that decides what narrows (gate.md, section 1): a change narrows or takes something back exactly when some
artifact that passed before may not pass now, or not for as long.
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

    def narrows(self, before: "Asked") -> bool:
        """Whether any verdict of `before` that admits may be wrong now, whatever it rests on."""
        return self._wants_more_signatures(before) or _is_stricter(before.tolerance, self.tolerance)

    def takes_back(self, before: "Asked", at: Moment) -> frozenset[str]:
        """What is accepted no more, or no more for as long, from the moment `at` on.

        These are marks, and a verdict of `before` that admits may be wrong now if it rests on one of them.
        """
        if before.tolerance is None or self.tolerance is None:
            return frozenset()
        return taken_back(before.tolerance.allowed, self.tolerance.allowed, at)

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


def taken_back(before: Iterable[Allowed], after: Iterable[Allowed], at: Moment) -> frozenset[str]:
    """The marks of entries that accept nothing any more, or end sooner than before, from the moment `at` on."""
    ends: dict[str, float] = {}
    for entry in after:
        ends[entry.mark] = max(_end(entry), ends.get(entry.mark, at))
    return frozenset(
        entry.mark for entry in before if entry.holds_at(at) and _end(entry) > ends.get(entry.mark, at)
    )


def _is_stricter(before: Tolerance | None, after: Tolerance | None) -> bool:
    if after is None:
        return False
    if before is None:
        return True
    return after.severity < before.severity or (before.allow_unexamined and not after.allow_unexamined)


def _end(entry: Allowed) -> float:
    return math.inf if entry.valid_until is None else entry.valid_until


def _text(texts: Mapping[str, str], name: str) -> str:
    return texts.get(name, WITHOUT[name])
