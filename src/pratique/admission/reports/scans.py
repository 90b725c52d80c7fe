"""Scans as Harbor has them: asked for, stopped, told of with a status, a summary and a log.

To scan an image is to examine it (again): the job does the work and is the progress, what was recorded is the result,
and the last result holds while another scan runs. Of an index its platform images are scanned, and told together.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from pratique import scanners
from pratique.access import Principal
from pratique.admission.report import Finding, Report
from pratique.admission.reports.foreign import Beside
from pratique.admission.reports.harbor import OURS, Scanner
from pratique.admission.reports.words import Word, Words
from pratique.admission.store import scans as store
from pratique.admission.store.scans import Asked, Target
from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.events import ScanRequested, ScanStopped
from pratique.inventory.contents import Contents
from pratique.inventory.recording import Examination, Problem, Recording
from pratique.inventory.store.values import ComponentRow
from pratique.jobs import JobStanding, publish, standings, withdraw
from pratique.oci.digest import Digest
from pratique.registry.store import manifests
from pratique.registry.values import Artifact, Repository
from pratique.scanners import Disagreement, ScanState
from pratique.scanners import scans as foreign_scans

BY_HAND: Final = 30
"""How urgent it is when somebody asks for one image: more than what was pushed, less than what a verdict awaits."""
IMAGES_LIMIT: Final = 100
"""Images of one index that are scanned and told of."""
DEPTH_LIMIT: Final = 4
"""Indexes in each other that are looked into."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "pratique:scan")
_FAILED: Final = "could not be examined: "


class Status(StrEnum):
    """How a scan stands, in Harbor's words; of several the first of these that is among them counts."""

    RUNNING = "Running"
    PENDING = "Pending"
    STOPPED = "Stopped"
    ERROR = "Error"
    SUCCESS = "Success"


OF_JOBS: Final = {"ready": Status.PENDING, "claimed": Status.RUNNING}
"""By the state of the job; one that is dead has failed too often."""


class Reporting(Protocol):
    """What examination found, joined with advisories."""

    def report(
        self, tx: Tx, digest: str, at: Moment, also: Sequence[ComponentRow] = ()
    ) -> Report | Problem | None:
        """The report on an image, with packages that it has by the word of others; None: it was not examined yet."""
        ...


class Examining(Protocol):
    """The jobs of examination. Keys are of the project and the digest."""

    kind: str

    def key(self, project_id: int, digest: str) -> str:
        """The key under which an image waits."""
        ...

    def later(self, tx: Tx, project_id: int, digest: str, *, priority: int) -> None:
        """Have an image examined after this transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Scan:
    """The scan of an artifact. `report` is the last result (None: there is none yet), of an index of all images.

    `ended_at` is None while it waits or runs. What could not be examined is among the report's errors.
    """

    id: str
    status: Status
    started_at: Moment
    ended_at: Moment | None
    report: Report | None
    scanner: Scanner = OURS


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """One image of a scan, and all that is known of it."""

    digest: Digest
    asked: Asked | None
    job: JobStanding | None
    examination: Examination | None
    found: Report | Problem | None
    foreign: scanners.Scan | None = None

    @property
    def status(self) -> Status | None:
        """How it stands; None: nobody asked, and it was not examined. Another scanner's scan is part of it."""
        if self.job is not None:
            return OF_JOBS.get(self.job.state, Status.ERROR)
        if self.foreign is not None and self.foreign.state not in {ScanState.SUCCESS, ScanState.STOPPED}:
            return Status(self.foreign.state.value)
        if self.asked is not None and self.asked.stopped_at is not None and not self._came_after_all:
            return Status.STOPPED
        if self.examination is None:
            return None
        return Status.ERROR if self.errors else Status.SUCCESS

    @property
    def errors(self) -> tuple[str, ...]:
        """What could not be examined, and why."""
        if self.job is not None and self.job.state == "dead":
            return (f"{_FAILED}{self.job.last_error}",)
        theirs: tuple[str, ...] = ()
        if self.foreign is not None and self.foreign.state is ScanState.ERROR:
            theirs = (f"the other scanner has failed: {self.foreign.problem}",)
        match self.found:
            case Problem(reason=reason):
                return (f"{_FAILED}{reason}", *theirs)
            case Report(errors=errors):
                return (*errors, *theirs)
        return theirs

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found last."""
        return self.found.findings if isinstance(self.found, Report) else ()

    @property
    def started_at(self) -> Moment:
        """When it was asked for, or else when it was examined."""
        asked = self.asked.asked_at if self.asked else None
        if asked is not None and (self.ended_at is None or asked <= self.ended_at):
            return asked
        return self.ended_at or Moment(0)

    @property
    def ended_at(self) -> Moment | None:
        """When it was examined, or what is known looked at again; None: never, or it waits or runs."""
        done = self.asked.done_at if self.asked else None
        times = [at for at in (done, self.examination.at if self.examination else None) if at is not None]
        return None if self.job is not None else max(times, default=None)

    @property
    def _came_after_all(self) -> bool:
        """Whether it was examined after it had been stopped: it ran already, or somebody else asked."""
        stopped, ended = self.asked.stopped_at if self.asked else None, self.ended_at
        return ended is not None and stopped is not None and stopped < ended


class Scans:
    """Starts and stops scans, and tells of them."""

    def __init__(
        self,
        reporting: Reporting,
        recording: Recording,
        examining: Examining,
        beside: Beside,
        words: Words,
        clock: Clock,
    ) -> None:
        self._reporting = reporting
        self._words = words
        self._recording = recording
        self._examining = examining
        self._beside = beside
        self._clock = clock

    def start(
        self,
        tx: Tx,
        by: Principal,
        repository: Repository,
        artifact: Artifact,
        *,
        asks_others: bool = True,
    ) -> Sequence[Digest]:
        """Have an artifact scanned; the images that are. Raises BadRequest for what has nothing to scan.

        `asks_others`: the project's scanner too, where it has one beside our own examination.
        """
        digests = _digests(self.images_of(tx, artifact))
        if not digests:
            raise BadRequest(f"{artifact.digest} has no image in it that could be scanned")
        store.ask(tx, [Target(repository.project_id, each) for each in digests], self._clock.now())
        for digest in digests:
            self._examining.later(tx, repository.project_id, digest, priority=BY_HAND)
        if asks_others:
            self._beside.ask(tx, repository, digests, foreign_scans.BY_HAND)
        publish(tx, ScanRequested(actor=by.name, **repository.place, digest=artifact.digest))
        return digests

    def stop(self, tx: Tx, by: Principal, repository: Repository, artifact: Artifact) -> None:
        """Have an artifact not scanned after all. What runs already, or what a verdict waits for, goes on."""
        home, digests = repository.project_id, _digests(self.images_of(tx, artifact))
        withdraw(tx, self._examining.kind, self._keys(home, digests), priority=BY_HAND)
        if store.stop(tx, home, digests, self._clock.now()):
            publish(tx, ScanStopped(actor=by.name, **repository.place, digest=artifact.digest))
        self._beside.stop(tx, repository, digests, by)

    def of(self, tx: Tx, repository: Repository, artifact: Artifact) -> Scan | None:
        """The scan of an artifact; None: it was never scanned, or not all of its images were."""
        found = self.images(tx, repository, artifact)
        statuses = [each.status for each in found]
        known = {status for status in statuses if status is not None}
        if not found or len(known) == 0 or None in statuses:
            return None
        status = next(each for each in Status if each in known)
        ends = [each.ended_at for each in found if each.ended_at is not None]
        is_over = status not in {Status.RUNNING, Status.PENDING}
        return Scan(
            id=report_id(artifact.digest),
            status=status,
            started_at=min(each.started_at for each in found),
            ended_at=max(ends, default=self._clock.now()) if is_over else None,
            report=_together(found),
        )

    def images(self, tx: Tx, repository: Repository, artifact: Artifact) -> list[ScannedImage]:
        """The images of an artifact, with all that is known of each; none of what nothing runs from."""
        home, artifacts = repository.project_id, self.images_of(tx, artifact)
        digests = _digests(artifacts)
        asked = store.asked(tx, home, digests)
        examined = self._recording.examinations(tx, digests)
        waiting = self._waiting(tx, home, digests)
        words = self._words.about(tx, repository, artifacts)
        return [
            ScannedImage(
                one.digest,
                asked.get(one.digest),
                waiting.get(one.digest),
                examined.get(one.digest),
                self._report(tx, home, one.digest, words[one]) if one.digest in examined else None,
                self._beside.scan_of(tx, repository, one.digest),
            )
            for one in artifacts
        ]

    def images_of(self, tx: Tx, artifact: Artifact) -> list[Artifact]:
        """The artifact, or the platform images in an index and in those that it names."""
        if artifact.is_evidence:
            return []
        found: dict[Digest, Artifact] = {}
        level = [artifact]
        for _ in range(DEPTH_LIMIT):
            found |= {each.digest: each for each in level if not each.is_index}
            indexes = [each for each in level if each.is_index]
            level = [child for each in indexes for child in _platforms(tx, each)]
        return list(found.values())[:IMAGES_LIMIT]

    def bill(self, tx: Tx, artifact: Artifact) -> Contents | None:
        """What is inside an image; None: it was not examined, could not be, or is an index of several."""
        found = None if artifact.is_index else self._recording.contents_of(tx, artifact.digest)
        return found if isinstance(found, Contents) else None

    def disagreements(self, tx: Tx, repository: Repository, artifact: Artifact) -> list[Disagreement]:
        """On what the project's scanner and our own examination differ, image by image."""
        home, now = repository.project_id, self._clock.now()
        digests = _digests(self.images_of(tx, artifact))
        ours = [(digest, self._reporting.report(tx, digest, now)) for digest in digests]
        return [
            one
            for digest, report in ours
            if isinstance(report, Report)
            for one in self._beside.disagreements(tx, home, digest, report)
        ]

    def _report(self, tx: Tx, home: int, digest: Digest, word: Word) -> Report | Problem | None:
        found = self._reporting.report(tx, digest, self._clock.now(), word.packages)
        if not isinstance(found, Report):
            return found
        together = self._beside.joined(tx, home, digest, found)
        return replace(together, findings=word.on(together.findings))

    def _waiting(self, tx: Tx, home: int, digests: Sequence[Digest]) -> Mapping[Digest, JobStanding]:
        keys = dict(zip(self._keys(home, digests), digests, strict=True))
        found = standings(tx, self._examining.kind, list(keys))
        return {keys[key]: standing for key, standing in found.items()}

    def _keys(self, home: int, digests: Sequence[Digest]) -> list[str]:
        return [self._examining.key(home, digest) for digest in digests]


def report_id(digest: Digest) -> str:
    """What the scan of an artifact is called: the same each time, for there is one."""
    return str(uuid.uuid5(_NAMESPACE, digest))


def _digests(artifacts: Iterable[Artifact]) -> list[Digest]:
    return [one.digest for one in artifacts]


def _platforms(tx: Tx, index: Artifact) -> list[Artifact]:
    children = manifests.children_of(tx, index.id)
    return [child for child, is_platform in children if is_platform or child.is_index]


def _together(images: Sequence[ScannedImage]) -> Report | None:
    """One report of all images; what several platforms have alike is told once."""
    if all(each.found is None and not each.errors for each in images):
        return None
    if len(images) == 1 and isinstance(images[0].found, Report):
        return replace(images[0].found, errors=images[0].errors)
    reports = [each.found for each in images if isinstance(each.found, Report)]
    return Report(
        packages=tuple(dict.fromkeys(one for report in reports for one in report.packages)),
        findings=_once(finding for each in images for finding in each.findings),
        coverage=tuple(dict.fromkeys(one for report in reports for one in report.coverage)),
        errors=tuple(dict.fromkeys(error for each in images for error in each.errors)),
    )


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    by_place: dict[tuple[str, ...], Finding] = {}
    for each in findings:
        place = (each.id, each.package, each.version, each.path)
        # What is waived in one image may stand in another.
        if place not in by_place or each.waived is None:
            by_place[place] = each
    return tuple(sorted(by_place.values(), key=lambda each: (each.is_harmless, -each.severity)))
