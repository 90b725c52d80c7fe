"""Scans of one artifact: asked for, stopped, their log, and what they found."""

from typing import Any, Final

import msgspec

from pratique.access import Permission
from pratique.admission.attesting import sbom_of
from pratique.admission.reports.harbor import Reported, harbor_report
from pratique.admission.reports.logs import log_of
from pratique.admission.reports.scans import report_id
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound, PratiqueError, Quarantined
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.overview import ACCEPTS, form_of
from pratique.http.api.resources.artifacts import place_of, require_shown
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import scanning as schemas
from pratique.inventory.sbom import Subject, write_spdx
from pratique.registry import Artifact, Repository

IMAGES_TOLD: Final = 10
"""Images of an index that are named."""

_KINDS: Final = {"vulnerability": "scan", "sbom": "sbom"}


def _start(call: Call, tx: Tx) -> Reply:
    """The one examination answers both; who asks for bills of materials has them attached to the images too.

    Another scanner is asked for vulnerabilities alone: bills are made here, of what layers show.
    """
    kind = _require(call, "create")
    repository, artifact = _found(call, tx)
    asks_others = kind != "sbom"
    for digest in call.rooms.scans.start(tx, call.principal, repository, artifact, asks_others=asks_others):
        if kind == "sbom":
            sbom_of(tx, repository.id, repository.name, digest)
    return Reply()


def _stop(call: Call, tx: Tx) -> Reply:
    _require(call, "stop")
    repository, artifact = _found(call, tx)
    call.rooms.scans.stop(tx, call.principal, repository, artifact)
    return Reply()


def _require(call: Call, action: str) -> str:
    """The kind of scan that is asked for. Raises Forbidden: the rule has let in who may ask for either."""
    asked = call.payload.scan_type if isinstance(call.payload, schemas.ScanType) else None
    kind = asked or "vulnerability"
    if kind not in _KINDS:
        raise BadRequest(f"scan_type is vulnerability or sbom, not {kind[:40]!r}")
    reach.require(call, Permission(_KINDS[kind], action))
    return kind


def _log(call: Call, tx: Tx) -> Reply:
    repository, artifact = shown_artifact(call, tx)
    images = call.rooms.scans.images(tx, repository, artifact)
    if call.text("report_id") != report_id(artifact.digest) or not any(each.status for each in images):
        raise NotFound(f"there is no report {call.text('report_id')[:80]!r} of this artifact")
    return Reply(log_of(images))


def _vulnerabilities(call: Call, tx: Tx) -> Reply:
    """As Harbor an empty object where there is no report: not examined yet, or it could not be at all."""
    form = form_of(call)
    repository, artifact = shown_artifact(call, tx)
    scan = call.rooms.scans.of(tx, repository, artifact)
    if scan is None or scan.report is None:
        return Reply({})
    of = Reported(repository.name, artifact.digest, artifact.media_type)
    at, details = scan.ended_at or scan.started_at, call.rooms.hub.details(scan.report.findings)
    return Reply({form: harbor_report(scan.report, of, at, scanner=scan.scanner, details=details)})


def _sbom(call: Call, tx: Tx) -> Reply:
    """Of one image. An index has none, as in Harbor; the answer says which images it has."""
    repository, artifact = shown_artifact(call, tx)
    if artifact.is_index:
        images = call.rooms.scans.images_of(tx, artifact)
        some = ", ".join(one.digest for one in images[:IMAGES_TOLD]) or "none is here"
        raise NotFound(f"an index has no bill of materials of its own: ask for those of its images ({some})")
    bill = call.rooms.scans.bill(tx, artifact)
    if bill is None:
        raise NotFound("there is no bill of materials: it was not examined, or could not be")
    subject = Subject(f"{repository.name}@{artifact.digest}", artifact.digest, repository.name)
    return Reply(msgspec.Raw(write_spdx(bill, subject)))


def _found(call: Call, tx: Tx) -> tuple[Repository, Artifact]:
    repository, _ = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    return repository, found.artifact


def shown_artifact(call: Call, tx: Tx) -> tuple[Repository, Artifact]:
    """The artifact, unless the caller sees no more of it than its state and the reasons (gate.md 6)."""
    repository, reader = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    require_shown(call, tx, reader, repository, found.artifact)
    return repository, found.artifact


_ONE: Final = "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}"
_TAG: Final = "scan"
_ERRORS: Final[tuple[type[PratiqueError], ...]] = (BadRequest, NotFound)
_READS: Final[tuple[type[PratiqueError], ...]] = (*_ERRORS, Quarantined)

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_ONE}/scan",
        "scanArtifact",
        "Have an artifact scanned, of an index its platform images; the last verdict holds meanwhile",
        _TAG,
        InProject(Permission("scan", "create"), Permission("sbom", "create")),
        Changes(_start),
        request=schemas.ScanType,
        success=202,
        errors=_ERRORS,
        may_lack_body=True,
    ),
    Operation(
        "POST",
        f"{_ONE}/scan/stop",
        "stopScanArtifact",
        "Have an artifact not scanned after all; what runs already, or what a verdict waits for, goes on",
        _TAG,
        InProject(Permission("scan", "stop"), Permission("sbom", "stop")),
        Changes(_stop),
        request=schemas.ScanType,
        success=202,
        errors=_ERRORS,
        may_lack_body=True,
    ),
    Operation(
        "GET",
        f"{_ONE}/scan/{{report_id}}/log",
        "getReportLog",
        "What a scan has done: layers, packages, findings, coverage, errors",
        _TAG,
        InProject(Permission("scan", "read")),
        Reads(_log),
        str,
        media="text/plain",
        errors=_READS,
    ),
    Operation(
        "GET",
        f"{_ONE}/additions/vulnerabilities",
        "getVulnerabilitiesAddition",
        "What is known to be wrong with an artifact: Harbor's report, by its media type",
        "artifact",
        InProject(Permission("artifact-addition", "read")),
        Reads(_vulnerabilities),
        dict[str, Any],
        parameters=(ACCEPTS,),
        errors=_READS,
    ),
    Operation(
        "GET",
        f"{_ONE}/additions/sbom",
        "getSBOMAddition",
        "What is inside an artifact: SPDX 2.3",
        "artifact",
        InProject(Permission("artifact-addition", "read")),
        Reads(_sbom),
        dict[str, Any],
        errors=_READS,
    ),
)
