"""What other scanners found, for the gate: it stands beside what we found, and neither takes from the other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from pratique.db import Tx
from pratique.policy import Finding
from pratique.policy.contents import HARMLESS, FindingState
from pratique.scanners.registrations import Registrations
from pratique.scanners.store import findings, scans
from pratique.scanners.values import ForeignFinding

_STATES: Final[Mapping[str, FindingState]] = {
    "will_not_fix": "wont_fix",
    "fix_deferred": "deferred",
    "end_of_life": "end_of_life",
    "under_investigation": "under_investigation",
}


class ForeignFindings:
    """Reads what was reported by the scanner that a project has now."""

    def __init__(self, registrations: Registrations) -> None:
        self._registrations = registrations

    def of(self, tx: Tx, project_id: int, digest: str) -> tuple[Finding, ...]:
        """The findings in a manifest; none where the project has no scanner but our own, or it has not reported."""
        return tuple(map(finding_of, self.told(tx, project_id, digest)))

    def told(self, tx: Tx, project_id: int, digest: str) -> Sequence[ForeignFinding]:
        """The same, as they were told."""
        scanner = self._registrations.of_project(tx, project_id)
        if scanner.is_built_in or scanner.disabled:
            return ()
        return findings.of(tx, digest, scanner.id)

    def forget(self, tx: Tx, digests: Collection[str]) -> None:
        """The manifests are nowhere any more."""
        findings.forget_digests(tx, digests)
        scans.forget_digests(tx, digests)


def finding_of(told: ForeignFinding) -> Finding:
    """As policies know findings. That a scanner says `not_affected` is no clearance: nobody has signed for it."""
    usual: FindingState = "fixed" if told.fixed else "affected"
    return Finding(
        id=told.id,
        aliases=(),
        package=f"{told.package} {told.version}".strip(),
        severity=told.severity,
        state=_STATES.get(told.status.lower(), usual),
        fixed=tuple(version.strip() for version in told.fixed.split(",") if version.strip()),
    )


def beside(ours: Iterable[Finding], theirs: Iterable[Finding]) -> tuple[Finding, ...]:
    """Theirs, without what ours say already of the same package, and no less bad."""
    known: dict[tuple[str, str], Finding] = {}
    for one in ours:
        for name in (one.id, *one.aliases):
            known[name.upper(), one.package] = one
    return tuple(one for one in theirs if not _is_said(one, known.get((one.id.upper(), one.package))))


def _is_said(theirs: Finding, ours: Finding | None) -> bool:
    return (
        ours is not None
        and ours.severity >= theirs.severity
        and ours.state not in HARMLESS
        and not ours.is_informational
    )
