"""Artifacts: pages, one, deleted, copied; evidence beside them; what their config says."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pratique.access import PULL, Permission, Tier
from pratique.clock import Moment
from pratique.db import Tx
from pratique.errors import (
    BadRequest,
    BlobUnknown,
    Corrupt,
    Forbidden,
    NotFound,
    PratiqueError,
    PreconditionFailed,
    Quarantined,
    QuotaExceeded,
)
from pratique.http.api import reach
from pratique.http.api.appearance import IMAGE_CONFIGS, Appearance, Wanted, config_document, summary_of
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import moment_of, number_of, unanswerable
from pratique.http.api.operations import Acts, Operation, Reads
from pratique.http.api.overview import ACCEPTS, form_of
from pratique.http.api.parameters import LISTING, Parameter
from pratique.http.api.query import Query, Term
from pratique.http.api.resources.repositories import listing_of, name_of
from pratique.http.api.rules import InProject, find_project, require_in_project
from pratique.http.api.schemas import artifacts as schemas
from pratique.oci.digest import Digest
from pratique.oci.manifest import Manifest, parse_manifest
from pratique.oci.names import check_name, project_of
from pratique.registry import Artifact, Reader, Repository
from pratique.registry.pages import ArtifactFilter, Shelved

CONFIG_LIMIT: Final = 1_048_576
"""Bytes of a config that is read for what it says; a larger one is not summed up."""


@dataclass(frozen=True, slots=True)
class _Config:
    """Which config to read for an artifact that is shown whole."""

    manifest: Manifest
    digest: Digest


# --- pages and one ----------------------------------------------------------------------------------------------------


def _list(call: Call) -> Reply:
    rooms = call.rooms
    with rooms.database.read() as tx:
        repository, reader = place_of(call, tx)
        wanted = _filter(call, tx, repository, reader)
        found, total = rooms.catalogue.artifacts(tx, repository, wanted, listing_of(call))
        shapes = Appearance(call, tx, repository, reader, _wanted(call)).of(found)
        configs = [_config_of(call, tx, each, shape) for each, shape in zip(found, shapes, strict=True)]
    return page_of(call, _with_attributes(call, repository, reader, shapes, configs), total)


def _get(call: Call) -> Reply:
    rooms = call.rooms
    with rooms.database.read() as tx:
        repository, reader = place_of(call, tx)
        found, sides = rooms.catalogue.find(tx, repository, call.text("reference"))
        admitted = sides.admitted if sides else None
        shapes = Appearance(call, tx, repository, reader, _wanted(call)).of([found], admitted)
        configs = [_config_of(call, tx, found, shapes[0])]
    return Reply(_with_attributes(call, repository, reader, shapes, configs)[0])


def place_of(call: Call, tx: Tx) -> tuple[Repository, Reader]:
    """The repository of the path, and the caller as its reader. Raises RepositoryUnknown."""
    _, standing = call.at_project
    return call.rooms.catalogue.repository(tx, name_of(call)), reach.reader(call, standing)


def _wanted(call: Call) -> Wanted:
    return Wanted(
        tags=call.option("with_tag"),
        labels=call.option("with_label"),
        accessories=call.option("with_accessory"),
        scans=form_of(call) if call.option("with_scan_overview") else "",
        sboms=call.option("with_sbom_overview"),
    )


def _filter(call: Call, tx: Tx, repository: Repository, reader: Reader) -> ArtifactFilter:
    query = call.query
    tags = next(query.of("tags"), None)
    is_any = tags is not None and tags.how == "is" and tags.value in {"*", "nil"}
    return ArtifactFilter(
        digest=query.exactly("digest"),
        digest_like=query.like("digest"),
        media_type=query.exactly("manifest_media_type"),
        artifact_type=query.exactly("artifact_type", "media_type"),
        among=_with_labels(call, tx, repository, query),
        pushed=_pushed(query),
        is_tagged=(tags.value == "*") if tags is not None and is_any else None,
        tag=None if is_any else query.exactly("tags"),
        tag_like=query.like("tags"),
        admitted_only=reader.tier < Tier.INSPECT,
    )


def _with_labels(call: Call, tx: Tx, repository: Repository, query: Query) -> frozenset[Digest] | None:
    term = next(query.of("labels"), None)
    if term is None:
        return None
    if term.how not in {"all", "is"}:
        raise unanswerable(term)
    numbers = frozenset(number_of(term, value) for value in term.values)
    return call.rooms.labels.artifacts_with(tx, repository.name, numbers)


def _pushed(query: Query) -> tuple[Moment | None, Moment | None]:
    term = next(query.of("push_time"), None)
    if term is None:
        return None, None
    if term.how != "between":
        raise unanswerable(term)
    low, high = (moment_of(term, value) if value else None for value in term.values)
    return low, high


# --- what the config says ---------------------------------------------------------------------------------------------


def _config_of(call: Call, tx: Tx, each: Shelved, shape: schemas.Artifact) -> _Config | None:
    """Only of what is shown whole: `addition_links` are there for images that are."""
    if shape.addition_links is None:
        return None
    manifest = parse_manifest(call.rooms.catalogue.body_of(tx, each.artifact), each.artifact.media_type)
    if manifest.config is None or manifest.config.size > CONFIG_LIMIT:
        return None
    return _Config(manifest, manifest.config.digest)


def _with_attributes(
    call: Call,
    repository: Repository,
    reader: Reader,
    shapes: list[schemas.Artifact],
    configs: list[_Config | None],
) -> list[schemas.Artifact]:
    """`extra_attrs` beside each artifact whose config can be read; read after the transaction, it being files."""
    whole = []
    for shape, config in zip(shapes, configs, strict=True):
        content = None if config is None else _content(call, repository, reader, config.digest)
        attributes = None if config is None or content is None else summary_of(config.manifest, content)
        whole.append(msgspec.structs.replace(shape, extra_attrs=attributes) if attributes else shape)
    return whole


def _content(call: Call, repository: Repository, reader: Reader, digest: Digest) -> bytes | None:
    """A config, by the one way out. None: it is not let out, gone, or damaged.

    From INSPECT on all of an artifact is shown whatever its state (gate.md 6, "API: artifact"), so its config is read
    as EXAMINE reads blobs; READ gets it as he would by a pull.
    """
    deep = Reader(reader.principal, Tier.EXAMINE if reader.tier >= Tier.INSPECT else reader.tier)
    try:
        pulled = call.rooms.puller.blob(repository.name, digest, deep)
        if pulled.size > CONFIG_LIMIT:
            return None
        with call.rooms.puller.open_blob(pulled) as source:
            return source.read(CONFIG_LIMIT + 1)
    except (Quarantined, BlobUnknown, Corrupt):
        return None


def _addition(call: Call) -> Reply:
    if call.text("addition") != "build_history":
        raise NotFound(f"there is no addition {call.text('addition')[:80]!r}")
    rooms = call.rooms
    with rooms.database.read() as tx:
        repository, reader = place_of(call, tx)
        found, _ = rooms.catalogue.find(tx, repository, call.text("reference"))
        require_shown(call, tx, reader, repository, found.artifact)
        if found.config_media_type not in IMAGE_CONFIGS:
            raise BadRequest("only images have a build history")
        manifest = parse_manifest(rooms.catalogue.body_of(tx, found.artifact), found.artifact.media_type)
    content = None
    if manifest.config is not None:
        content = _content(call, repository, reader, manifest.config.digest)
    document = config_document(content) if content is not None else None
    if document is None:
        raise NotFound("the image has no config that can be read")
    history = document.get("history")
    return Reply([each for each in history if isinstance(each, dict)] if isinstance(history, list) else [])


def require_shown(call: Call, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact) -> None:
    """Raise Quarantined, with the reasons, where the caller sees no more of an artifact than its state."""
    if not call.rooms.catalogue.is_shown(tx, reader, repository, artifact):
        call.rooms.catalogue.refuse(tx, repository, artifact)


# --- deleted, copied --------------------------------------------------------------------------------------------------


def digest_of(call: Call) -> Digest:
    """The digest of the artifact that the path names. Raises ManifestUnknown."""
    with call.rooms.database.read() as tx:
        repository = call.rooms.catalogue.repository(tx, name_of(call))
        found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
        return found.artifact.digest


def _delete(call: Call) -> Reply:
    call.rooms.deleter.manifest(name_of(call), digest_of(call), call.principal)
    return Reply()


def _copy(call: Call) -> Reply:
    """A pull from the source by the caller's rights there, then a push here, where it is judged anew."""
    source, reference = _source(call.option("from"))
    target = check_name(name_of(call))
    with call.rooms.database.read() as tx:
        project = find_project(call, tx, project_of(source), by_name=True)
        standing = require_in_project(call, tx, project, (PULL,))
    digest = call.rooms.copier.copy(source, reference, reach.reader(call, standing), target, call.principal)
    where = name_of(call).partition("/")[2].replace("/", "%252F")
    return Reply(
        headers=call.location(
            "projects", call.text("project_name"), "repositories", where, "artifacts", digest
        )
    )


def _source(text: str) -> tuple[str, str]:
    """`project/repository:tag` or `project/repository@digest`, as Harbor writes it. Raises BadRequest."""
    name, at, reference = text.partition("@")
    if not at:
        name, _, reference = text.rpartition(":")
    if not name or not reference or "/" not in name:
        raise BadRequest("from names an artifact as project/repository:tag or project/repository@digest")
    return check_name(name), reference


# --- evidence beside them ---------------------------------------------------------------------------------------------


def _accessories(call: Call, tx: Tx) -> Reply:
    repository, reader = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    appearance = Appearance(call, tx, repository, reader, Wanted())
    evidence = call.rooms.catalogue.evidence_of(tx, reader, repository, found.artifact)
    shapes = [appearance.accessory(found.artifact, each) for each in evidence]
    kept = [shape for shape in shapes if all(_matches(shape, term) for term in call.query.terms)]
    return page_of(call, call.page.of(kept), len(kept))


def _matches(shape: schemas.Accessory, term: Term) -> bool:
    if term.field not in {"type", "digest"}:
        return True
    value = getattr(shape, term.field)
    if term.how == "is":
        return bool(value == term.value)
    if term.how == "like":
        return term.value in value
    if term.how == "any":
        return value in term.values
    raise unanswerable(term)


_ALL: Final = "/projects/{project_name}/repositories/{repository_name}/artifacts"
_ONE: Final = f"{_ALL}/{{reference}}"
_TAG: Final = "artifact"
_READ: Final = InProject(Permission("artifact", "read"))
_BESIDE: Final = (
    Parameter("with_tag", "boolean", "Show tags.", default=True),
    Parameter("with_label", "boolean", "Show labels.", default=False),
    Parameter("with_accessory", "boolean", "Show evidence.", default=False),
    Parameter("with_immutable_status", "boolean", "Taken for Harbor's sake: always shown.", default=False),
    Parameter("with_scan_overview", "boolean", "Show what a scan found, in numbers.", default=False),
    Parameter("with_sbom_overview", "boolean", "Show whether there is a bill of materials.", default=False),
    ACCEPTS,
    Parameter("with_signature", "boolean", "Taken for Harbor's sake: evidence is shown.", default=False),
)
_FROM: Final = Parameter(
    "from", "text", "`project/repository:tag` or `project/repository@digest`.", required=True
)
_ERRORS: Final[tuple[type[PratiqueError], ...]] = (BadRequest, NotFound)

OPERATIONS: Final = (
    Operation(
        "GET",
        _ALL,
        "listArtifacts",
        "List the artifacts of a repository, refused ones with their state alone",
        _TAG,
        InProject(Permission("artifact", "list")),
        Acts(_list),
        list[schemas.Artifact],
        parameters=(*_BESIDE, *LISTING),
        errors=_ERRORS,
    ),
    Operation(
        "POST",
        _ALL,
        "CopyArtifact",
        "Copy an artifact with its evidence; it is judged in its new home",
        _TAG,
        InProject(Permission("artifact", "create")),
        Acts(_copy),
        success=201,
        parameters=(_FROM,),
        errors=(*_ERRORS, Forbidden, Quarantined, QuotaExceeded, PreconditionFailed),
        headers=("Location",),
    ),
    Operation(
        "GET",
        _ONE,
        "getArtifact",
        "An artifact with its state and the reasons; by tag, its candidate",
        _TAG,
        _READ,
        Acts(_get),
        schemas.Artifact,
        parameters=_BESIDE,
        errors=_ERRORS,
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteArtifact",
        "Delete an artifact with its tags",
        _TAG,
        InProject(Permission("artifact", "delete")),
        Acts(_delete),
        errors=_ERRORS,
    ),
    Operation(
        "GET",
        f"{_ONE}/accessories",
        "listAccessories",
        "List the evidence of an artifact",
        _TAG,
        InProject(Permission("accessory", "list")),
        Reads(_accessories),
        list[schemas.Accessory],
        parameters=LISTING,
        errors=_ERRORS,
    ),
    Operation(
        "GET",
        f"{_ONE}/additions/{{addition}}",
        "getAddition",
        "More about an artifact: `build_history`; see also `vulnerabilities` and `sbom`",
        _TAG,
        InProject(Permission("artifact-addition", "read")),
        Acts(_addition),
        list[dict[str, Any]],
        errors=(*_ERRORS, Quarantined),
    ),
)
