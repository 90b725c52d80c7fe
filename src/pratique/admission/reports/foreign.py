"""Other scanners in scans as Harbor has them: asked together with our own examination, and told together with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pratique.access import Principal
from pratique.admission.examined import Others
from pratique.admission.known import Proof
from pratique.admission.named import added
from pratique.admission.report import Finding, Report
from pratique.admission.reports.words import policy_finding
from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.inventory.package import full_name
from pratique.packages import Severity
from pratique.registry.store import manifests
from pratique.registry.values import Repository
from pratique.scanners import (
    Disagreement,
    ForeignFinding,
    ForeignFindings,
    Said,
    Scan,
    Scans,
    Target,
    disagreements,
)
from pratique.scanners.foreign import beside, finding_of

OURS = "Pratique"


class Examined(Protocol):
    """What is known of the packages that other scanners name (`admission.examined`)."""

    def others(self, tx: Tx, project_id: int, digest: str, at: Moment) -> Others | None:
        """Those that the project's scanner names in an image; None: it names none."""
        ...


class Beside:
    """What the scanner of a project does and says beside our own examination."""

    def __init__(self, scans: Scans, findings: ForeignFindings, examined: Examined, clock: Clock) -> None:
        self._scans = scans
        self._findings = findings
        self._examined = examined
        self._clock = clock

    def ask(
        self, tx: Tx, repository: Repository, digests: Iterable[str], priority: int | None = None
    ) -> None:
        """Have it scan images of a repository, where there is one."""
        for target in self._targets(tx, repository, digests):
            if not self._scans.ask(tx, target, priority=priority):
                return

    def ask_everywhere(self, tx: Tx, project_id: int, digest: str, priority: int) -> None:
        """Have it scan an image wherever in a project it lies."""
        for artifact in manifests.of_digests(tx, [digest]):
            repository = manifests.home_of(tx, artifact)
            if repository.project_id == project_id and not artifact.is_index:
                self.ask(tx, repository, [digest], priority)

    def stop(self, tx: Tx, repository: Repository, digests: Iterable[str], by: Principal) -> None:
        """Have its scans reported no more."""
        for target in self._targets(tx, repository, digests):
            self._scans.stop(tx, target, by=by)

    def unsettled(self, tx: Tx, since: Moment) -> Mapping[tuple[int, str], Scan]:
        """Scans that were asked for since, and go on or have failed, by project and digest."""
        return {(one.target.project_id, one.target.digest): one for one in self._scans.unsettled(tx, since)}

    def scan_of(self, tx: Tx, repository: Repository, digest: str) -> Scan | None:
        """How its scan of an image stands; None: there is none."""
        return next((self._scans.of(tx, one) for one in self._targets(tx, repository, [digest])), None)

    def joined(self, tx: Tx, project_id: int, digest: str, report: Report) -> Report:
        """Our report with its findings: the union, as the gate has it."""
        theirs = self._findings.told(tx, project_id, digest)
        others = self._examined.others(tx, project_id, digest, self._clock.now())
        if not theirs and (others is None or not others.added):
            return report
        name = self._name(tx, project_id, digest)
        known = [policy_finding(one) for one in report.findings]
        by_finding = {finding_of(one): one for one in theirs}
        new = beside(known, by_finding)
        more = [_told(by_finding[one], name) for one in new]
        more += [] if others is None else [replace(one, said_by=name) for one in others.added]
        together = sorted((*report.findings, *more), key=lambda one: (one.is_harmless, -one.severity))
        return replace(report, findings=tuple(together))

    def disagreements(self, tx: Tx, project_id: int, digest: str, report: Report) -> Sequence[Disagreement]:
        """On what it and our own examination differ; nothing while it has not reported."""
        if self._scans.report(tx, project_id, digest) is None:
            return ()
        ours = [
            Said(one.id, one.aliases, one.package, one.version, one.severity, one.fixed)
            for one in report.findings
            if not one.is_harmless
        ]
        theirs = [
            Said(one.id, (), one.package, one.version, one.severity, finding_of(one).fixed)
            for one in self._findings.told(tx, project_id, digest)
        ]
        name = self._name(tx, project_id, digest)
        others = self._examined.others(tx, project_id, digest, self._clock.now())
        if others is None:
            return disagreements({OURS: ours, name: theirs})
        theirs += [
            Said(one.id, one.aliases, one.package, one.version, one.severity, one.fixed)
            for one in others.found
            if not one.is_harmless
        ]
        return (*disagreements({OURS: ours, name: theirs}), *_on_packages(others, name))

    def _name(self, tx: Tx, project_id: int, digest: str) -> str:
        told = self._scans.report(tx, project_id, digest)
        return "another scanner" if told is None else told[0].name

    def _targets(self, tx: Tx, repository: Repository, digests: Iterable[str]) -> Iterable[Target]:
        for digest in digests:
            found = manifests.by_digest(tx, repository.id, digest)
            if found is not None:
                yield Target(
                    repository.project_id, repository.name, found.digest, found.media_type, found.size
                )


def _on_packages(others: Others, name: str) -> Iterator[Disagreement]:
    """Packages that one of the two names and the other does not."""
    for source, rows, known in ((name, others.theirs, others.ours), (OURS, others.ours, others.theirs)):
        for row in dict.fromkeys(added(known, rows)):
            package = row.located.package
            called = full_name(package)
            said = Said("", (), called, package.version, Severity.NONE)
            told = {each: said if each == source else None for each in (OURS, name)}
            yield Disagreement("", called, package.version, told, ("package",))


def _told(one: ForeignFinding, scanner: str) -> Finding:
    as_policy = finding_of(one)
    return Finding(
        id=one.id,
        aliases=(),
        package=one.package,
        purl="",
        version=one.version,
        fixed=as_policy.fixed,
        severity=one.severity,
        state=as_policy.state,
        path="",
        layer="",
        proof=Proof(one.id, "", scanner, one.version),
    )
