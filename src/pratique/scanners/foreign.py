"""What other scanners found, for the gate: it stands beside what we found, and neither takes from the other."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.db import Tx
from pratique.oci.digest import Digest
from pratique.packages import Component, component_of
from pratique.policy import Finding
from pratique.policy.contents import HARMLESS, FindingState
from pratique.scanners.disagreements import spelled
from pratique.scanners.registrations import Registrations
from pratique.scanners.store import findings, packages, scans
from pratique.scanners.values import ForeignFinding, ForeignPackage, Registration

_STATES: Final[Mapping[str, FindingState]] = {
    "will_not_fix": "wont_fix",
    "fix_deferred": "deferred",
    "end_of_life": "end_of_life",
    "under_investigation": "under_investigation",
}


@dataclass(frozen=True, slots=True)
class ForeignWord:
    """What a scanner says of a manifest: what it found, and packages that it names to be looked up as ours are."""

    scanner: str
    findings: tuple[Finding, ...] = ()
    packages: tuple[ForeignPackage, ...] = ()


NOTHING_SAID: Final = ForeignWord("")


class ForeignFindings:
    """Reads what was reported by the scanner that a project has now."""

    def __init__(self, registrations: Registrations) -> None:
        self._registrations = registrations

    def told(self, tx: Tx, project_id: int, digest: str) -> Sequence[ForeignFinding]:
        """The findings in a manifest as they were told; none where there is no scanner but our own."""
        scanner = self._scanner(tx, project_id)
        return () if scanner is None else findings.of(tx, digest, scanner.id)

    def word(self, tx: Tx, project_id: int, digest: str) -> ForeignWord:
        """All that the project's scanner says of a manifest; nothing where it has none but our own."""
        scanner = self._scanner(tx, project_id)
        if scanner is None:
            return NOTHING_SAID
        told = findings.of(tx, digest, scanner.id)
        return ForeignWord(
            scanner.name, tuple(map(finding_of, told)), tuple(packages.of(tx, digest, scanner.id))
        )

    def components_of(self, tx: Tx, digest: str) -> Iterator[Component]:
        """What any scanner says is in a manifest, as advisories know it: to be matched before anybody judges."""
        for purl in packages.purls_of(tx, digest):
            component = component_of(purl)
            if component is not None:
                yield component

    def images_with(self, tx: Tx, keys: Collection[Component]) -> set[Digest]:
        """The manifests of which a scanner says that any of these components is inside."""
        return {Digest(one) for one in packages.digests_with(tx, keys)}

    def held(self, tx: Tx, keys: Collection[Component]) -> set[Component]:
        """Those of the components that any scanner names."""
        return packages.held(tx, keys)

    def forget(self, tx: Tx, digests: Collection[str]) -> None:
        """The manifests are nowhere any more."""
        findings.forget_digests(tx, digests)
        packages.forget_digests(tx, digests)
        scans.forget_digests(tx, digests)

    def _scanner(self, tx: Tx, project_id: int) -> Registration | None:
        """The one that a project has now; None: none but our own."""
        found = self._registrations.of_project(tx, project_id)
        return None if found.is_built_in or found.disabled else found


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
            known[name.upper(), spelled(one.package)] = one
    return tuple(
        one for one in theirs if not _is_said(one, known.get((one.id.upper(), spelled(one.package))))
    )


def _is_said(theirs: Finding, ours: Finding | None) -> bool:
    return (
        ours is not None
        and ours.severity >= theirs.severity
        and ours.state not in HARMLESS
        and not ours.is_informational
    )
