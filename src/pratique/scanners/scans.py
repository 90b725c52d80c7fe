"""Scans by other scanners: asked for, stopped, looked at. The work is done by jobs (`scanning`)."""

from dataclasses import replace
from typing import Any, Final

from pratique import jobs
from pratique.access import Principal
from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.events.scanners import ForeignScanEnded
from pratique.jobs import publish
from pratique.scanners.registrations import Registrations
from pratique.scanners.store import findings
from pratique.scanners.store import scans as store
from pratique.scanners.store.findings import Reported
from pratique.scanners.values import OVER, Capability, ForeignSbom, Registration, Scan, ScanState, Target

SCAN: Final = "scanners.scan"
"""The job that asks a scanner, and asks it again until it has reported: payload as `payload_of`."""

PUSHED: Final = 10
"""How urgent a scan is after a push, before it falls with what its project waits for already."""
BY_HAND: Final = 20
BACKLOG: Final = 1_000
"""Waiting scans of a project that are counted."""


class Scans:
    """Has images scanned by the scanners of their projects."""

    def __init__(self, registrations: Registrations, clock: Clock) -> None:
        self._registrations = registrations
        self._clock = clock

    def ask(
        self,
        tx: Tx,
        target: Target,
        *,
        capability: Capability = Capability.VULNERABILITY,
        priority: int | None = None,
    ) -> bool:
        """Have a manifest scanned after this transaction. False: its project has no scanner but our own.

        The last report holds until the new one has come. Where a scan goes on already, nothing else is begun.
        """
        scanner = self._scanner(tx, target.project_id)
        if scanner is None:
            return False
        before = store.of(tx, target.repository, target.digest, scanner.id, capability)
        if before is not None and before.state not in OVER:
            enqueue(tx, before, self._priority(tx, target, priority))
            return True
        # Never the moment of the scan before: a late job of that one must not take itself for this one's.
        moment = Moment(max(self._clock.now(), 0 if before is None else before.moment + 1))
        scan = Scan(target, scanner.id, capability, ScanState.PENDING, moment)
        store.begin(tx, scan)
        enqueue(tx, scan, self._priority(tx, target, priority))
        return True

    def stop(
        self,
        tx: Tx,
        target: Target,
        *,
        by: Principal,
        capability: Capability = Capability.VULNERABILITY,
    ) -> bool:
        """Have a scan that goes on reported no more; False where none goes on. The last report holds."""
        scanner = self._scanner(tx, target.project_id)
        scan = self.of(tx, target, capability)
        if scanner is None or scan is None or scan.state in OVER:
            return False
        ended = replace(scan, state=ScanState.STOPPED, ended_at=self._clock.now())
        jobs.withdraw(tx, SCAN, [key_of(scan)], priority=BY_HAND)
        end(tx, ended, scanner, actor=by.name)
        return True

    def of(self, tx: Tx, target: Target, capability: Capability = Capability.VULNERABILITY) -> Scan | None:
        """The scan of a manifest by its project's scanner; None: nobody asked, or it has none but our own."""
        scanner = self._scanner(tx, target.project_id)
        if scanner is None:
            return None
        scan = store.of(tx, target.repository, target.digest, scanner.id, capability)
        told = findings.report_of(tx, target.digest, scanner.id, capability)
        if scan is None or told is None:
            return scan
        return replace(scan, made_by=told.made_by, findings=told.findings)

    def unsettled(self, tx: Tx, since: Moment) -> list[Scan]:
        """The scans for vulnerabilities that were asked for since, by whomever, and go on or have failed."""
        return store.unsettled(tx, since)

    def report(self, tx: Tx, project_id: int, digest: str) -> tuple[Registration, Reported] | None:
        """By whom and when a manifest was reported on last."""
        scanner = self._scanner(tx, project_id)
        if scanner is None:
            return None
        told = findings.report_of(tx, digest, scanner.id, Capability.VULNERABILITY)
        return None if told is None else (scanner, told)

    def sbom(self, tx: Tx, project_id: int, digest: str) -> ForeignSbom | None:
        """The list of contents that the project's scanner wrote."""
        scanner = self._scanner(tx, project_id)
        return None if scanner is None else findings.sbom_of(tx, digest, scanner.id)

    def _scanner(self, tx: Tx, project_id: int) -> Registration | None:
        found = self._registrations.of_project(tx, project_id)
        return None if found.is_built_in or found.disabled else found

    def _priority(self, tx: Tx, target: Target, priority: int | None) -> int:
        if priority is not None:
            return priority
        # The more of a project's images wait, the later the next comes: nobody's thousands keep another's one waiting.
        return PUSHED - jobs.waiting(tx, SCAN, f"{target.project_id}:", BACKLOG).bit_length()


def enqueue(tx: Tx, scan: Scan, priority: int, *, at: Moment | None = None) -> None:
    """Have the next step of a scan taken, at a moment."""
    jobs.enqueue(tx, SCAN, payload_of(scan, priority), dedupe_key=key_of(scan), run_at=at, priority=priority)


def end(tx: Tx, scan: Scan, scanner: Registration, *, actor: str) -> bool:
    """Write that a scan is over, and tell it; False: it was over, or asked for again."""
    if not store.move(tx, scan):
        return False
    target = scan.target
    publish(
        tx,
        ForeignScanEnded(
            actor=actor,
            project_id=target.project_id,
            project=target.project,
            repository=target.repository,
            digest=target.digest,
            scanner=scanner.name,
            capability=scan.capability.value,
            state=scan.state.value,
            findings=scan.findings,
            problem=scan.problem,
        ),
    )
    return True


def key_of(scan: Scan) -> str:
    """What its job is known by."""
    target = scan.target
    return f"{target.project_id}:{scan.capability}:{scan.scanner}:{target.repository}@{target.digest}"


def payload_of(scan: Scan, priority: int) -> dict[str, Any]:
    """What its job is told."""
    return {
        "repository": scan.target.repository,
        "digest": scan.target.digest,
        "scanner": scan.scanner,
        "capability": scan.capability.value,
        "moment": scan.moment,
        "priority": priority,
    }
