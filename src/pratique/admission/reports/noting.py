"""Notes that scans are over, and tells it: those that somebody asked for, and those of the round that goes on.

A scan is told of once for each repository of its project that has the image: as over (`ScanEnded`, failed or not), or
as stopped (`ScanStopped`, by whoever stops it). What other scanners do is told by their own events.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from pratique.access import SYSTEM
from pratique.admission.examination import EXAMINE, examination_key
from pratique.admission.report import Report
from pratique.admission.reports.harbor import counted, harmful, severity_of, word
from pratique.admission.reports.scans import ScannedImage, Scans, Status
from pratique.admission.store import scans as store
from pratique.admission.store.scans import Awaited, Target
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.events import JobDied, ScanEnded
from pratique.inventory.recording import Problem
from pratique.jobs import Handler, OutboxRow, dead_job, publish, waiting
from pratique.policy.refusal import clean
from pratique.registry.store import manifests
from pratique.registry.values import Artifact, Repository

PROBLEM_LIMIT: Final = 500
"""Characters of why a scan has failed that are told."""


class Noting:
    """Handles examinations by `examine`. What was asked for is noted as done once that has returned."""

    def __init__(self, database: Database, examine: Handler, scans: Scans, clock: Clock) -> None:
        self._database = database
        self._examine = examine
        self._scans = scans
        self._clock = clock

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Examine an image. What nobody asked for costs one look."""
        self._examine(payload)
        target = _target(payload)
        with self._database.read() as tx:
            # Asked for again meanwhile, or examined in parts: it is over when that is.
            is_over = not waiting(tx, EXAMINE, examination_key(*target), 1)
            if not is_over or store.awaited(tx, target) is None:
                return
            images = [self._image(tx, *place) for place in _places(tx, target)]
        at = self._clock.now()
        self._database.write(partial(_note, target=target, images=images, at=at))

    def _image(self, tx: Tx, repository: Repository, artifact: Artifact) -> tuple[Repository, ScannedImage]:
        return repository, self._scans.images(tx, repository, artifact)[0]


class DeadScanFeed:
    """Reads the outbox and tells of scans whose jobs have failed for good."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        for row in rows:
            event = row.event()
            if not isinstance(event, JobDied) or event.job != EXAMINE:
                continue
            payload = dead_job(tx, event.job_id)
            target = None if payload is None else _target(payload)
            awaited = None if target is None else store.awaited(tx, target)
            if target is None or awaited is None or awaited.is_stopped:
                continue
            problem = f"could not be examined: {event.error}"
            for repository, artifact in _places(tx, target):
                _tell(tx, repository, artifact.digest, Report(errors=(problem,)), awaited)


def _note(tx: Tx, target: Target, images: Sequence[tuple[Repository, ScannedImage]], at: Moment) -> None:
    awaited = store.awaited(tx, target)
    if awaited is None:
        return
    reports = [(repository, image.digest, _report(image)) for repository, image in images]
    problems = [problem for _, _, report in reports for problem in report.errors]
    store.done(tx, target, at, _said(problems[:1]))
    if not awaited.is_stopped:
        for repository, digest, report in reports:
            _tell(tx, repository, digest, report, awaited)


def _report(image: ScannedImage) -> Report:
    """What we found; a problem as a report of it."""
    match image.found:
        case Report() as found:
            return found
        case Problem(reason=reason):
            return Report(errors=(f"could not be examined: {reason}",))
    return Report(errors=("could not be examined: nobody knows why",))


def _tell(tx: Tx, repository: Repository, digest: str, report: Report, awaited: Awaited) -> None:
    findings = harmful(report.findings)
    publish(
        tx,
        ScanEnded(
            actor=SYSTEM.name,
            **repository.place,
            digest=digest,
            state=(Status.ERROR if report.errors else Status.SUCCESS).value,
            severity=word(severity_of(findings, report.errors)),
            total=len(findings),
            fixable=sum(bool(one.fixed) for one in findings),
            findings=counted(findings),
            asked_at=awaited.since,
            problem=_said(report.errors),
        ),
    )


def _said(problems: Sequence[str]) -> str:
    return clean("; ".join(problems))[:PROBLEM_LIMIT]


def _places(tx: Tx, target: Target) -> list[tuple[Repository, Artifact]]:
    """Where in its project an image lies."""
    found = [(manifests.home_of(tx, one), one) for one in manifests.of_digests(tx, [target.digest])]
    return [(home, one) for home, one in found if home.project_id == target.project_id and not one.is_index]


def _target(payload: Mapping[str, Any]) -> Target:
    return Target(int(payload["project_id"]), str(payload["digest"]))
