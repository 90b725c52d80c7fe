"""Other scanners: which there are, and which a project uses."""

from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound, Quarantined
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING, PAGE, PAGE_SIZE
from pratique.http.api.resources.scanning import shown_artifact
from pratique.http.api.rules import AtSystem, InProject
from pratique.http.api.schemas import scanners as schemas
from pratique.http.api.schemas.fields import shown
from pratique.scanners import Auth, Disagreement, Draft, Metadata, Registration


def _list(call: Call, tx: Tx) -> Reply:
    return _page(call, call.rooms.scanners.every(tx))


def _candidates(call: Call, tx: Tx) -> Reply:
    return _page(call, [one for one in call.rooms.scanners.every(tx) if not one.disabled])


def _page(call: Call, found: list[Registration]) -> Reply:
    name, page = call.query.exactly("name"), call.page
    wanted = [one for one in found if name is None or one.name == name]
    some = wanted[page.offset : page.offset + page.limit]
    return page_of(call, [_shape(one) for one in some], len(wanted))


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(_shape(call.rooms.scanners.get(tx, call.text("registration_id"))))


def _create(call: Call, tx: Tx) -> Reply:
    made = call.rooms.scanners.add(tx, _draft(call.body(schemas.ScannerRequest)), by=call.principal)
    return Reply(None, call.location("scanners", made.id))


def _update(call: Call, tx: Tx) -> Reply:
    draft = _draft(call.body(schemas.ScannerRequest))
    call.rooms.scanners.change(tx, call.text("registration_id"), draft, by=call.principal)
    return Reply()


def _default(call: Call, tx: Tx) -> Reply:
    if not call.body(schemas.IsDefault).is_default:
        raise BadRequest("a scanner stops being the default one when another becomes it")
    call.rooms.scanners.set_default(tx, call.text("registration_id"), by=call.principal)
    return Reply()


def _delete(call: Call, tx: Tx) -> Reply:
    gone = call.rooms.scanners.remove(tx, call.text("registration_id"), by=call.principal)
    return Reply(_shape(gone))


def _ping(call: Call) -> Reply:
    asked = call.body(schemas.ScannerSettings)
    call.rooms.pinging.draft(
        Draft(
            name=asked.name,
            url=asked.url,
            auth=_auth(asked.auth),
            credential=asked.access_credential,
            insecure_skip_verify=bool(asked.skip_cert_verify),
        )
    )
    return Reply()


def _metadata(call: Call) -> Reply:
    """The scanner is asked outside of the transaction that looked it up."""
    with call.rooms.database.read() as tx:
        found = call.rooms.scanners.get(tx, call.text("registration_id"))
    return Reply(_told(call.rooms.pinging.registered(found)))


def _of_project(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    return Reply(_shape(call.rooms.scanners.of_project(tx, project.id)))


def _choose(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    chosen = call.body(schemas.ProjectScanner).uuid
    call.rooms.scanners.choose(tx, project.id, project.name, chosen, by=call.principal)
    return Reply()


def _disagreements(call: Call, tx: Tx) -> Reply:
    repository, artifact = shown_artifact(call, tx)
    found = call.rooms.scans.disagreements(tx, repository, artifact)
    page = call.page
    some = found[page.offset : page.offset + page.limit]
    return page_of(call, [_differing(one) for one in some], len(found))


# --- shapes -----------------------------------------------------------------------------------------------------------


def _draft(asked: schemas.ScannerRequest) -> Draft:
    return Draft(
        name=asked.name,
        url=asked.url,
        description=asked.description or "",
        auth=_auth(asked.auth),
        credential=asked.access_credential,
        insecure_skip_verify=bool(asked.skip_cert_verify),
        uses_internal_address=bool(asked.use_internal_addr),
        disabled=bool(asked.disabled),
    )


def _auth(text: str | None) -> Auth:
    try:
        return Auth(text or "")
    except ValueError:
        known = ", ".join(one.value for one in Auth if one.value)
        raise BadRequest(f"auth is one of {known}, or empty") from None


def _shape(one: Registration) -> schemas.Scanner:
    return schemas.Scanner(
        uuid=one.id,
        name=one.name,
        description=one.description,
        url=one.url,
        disabled=one.disabled,
        is_default=one.is_default,
        auth=one.auth.value,
        skip_cert_verify=one.insecure_skip_verify,
        use_internal_addr=one.uses_internal_address,
        create_time=shown(one.created_at),
        update_time=shown(one.updated_at),
    )


def _differing(one: Disagreement) -> schemas.Disagreement:
    sources = {
        source: None if said is None else schemas.SourceSays(str(said.severity), list(said.fixed))
        for source, said in one.sources.items()
    }
    return schemas.Disagreement(one.id, one.package, one.version, list(one.differs), sources)


def _told(found: Metadata) -> schemas.ScannerMetadata:
    return schemas.ScannerMetadata(
        schemas.ScannerMaker(found.maker.name, found.maker.vendor, found.maker.version),
        [
            schemas.ScannerCapability(one.type, list(one.consumes), list(one.produces), dict(one.attributes))
            for one in found.abilities
        ],
        dict(found.properties),
    )


def _rule(action: str) -> AtSystem:
    return AtSystem(Permission("scanner", action))


def _in_project(action: str) -> InProject:
    return InProject(Permission("scanner", action), segment="project_name_or_id")


_ONE: Final = "/scanners/{registration_id}"
_PROJECT: Final = "/projects/{project_name_or_id}/scanner"
_TAG: Final = "scanner"

OPERATIONS: Final = (
    Operation(
        "GET",
        "/scanners",
        "listScanners",
        "List scanners; this registry's own examination is the first",
        _TAG,
        _rule("list"),
        Reads(_list),
        list[schemas.Scanner],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "POST",
        "/scanners",
        "createScanner",
        "Register a scanner that speaks Harbor's pluggable scanner API",
        _TAG,
        _rule("create"),
        Changes(_create),
        request=schemas.ScannerRequest,
        success=201,
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "POST",
        "/scanners/ping",
        "pingScanner",
        "Ask what answers at an address, before it is registered",
        _TAG,
        _rule("create"),
        Acts(_ping),
        request=schemas.ScannerSettings,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        _ONE,
        "getScanner",
        "A scanner",
        _TAG,
        _rule("read"),
        Reads(_get),
        schemas.Scanner,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateScanner",
        "Change a scanner; without a credential it keeps the one it has",
        _TAG,
        _rule("update"),
        Changes(_update),
        request=schemas.ScannerRequest,
        errors=(BadRequest, Conflict, NotFound),
    ),
    Operation(
        "PATCH",
        _ONE,
        "setScannerAsDefault",
        "Make a scanner that of the projects that chose none",
        _TAG,
        _rule("update"),
        Changes(_default),
        request=schemas.IsDefault,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteScanner",
        "Take a scanner away, with what it has found",
        _TAG,
        _rule("delete"),
        Changes(_delete),
        schemas.Scanner,
        errors=(Forbidden, NotFound),
    ),
    Operation(
        "GET",
        f"{_ONE}/metadata",
        "getScannerMetadata",
        "What a scanner says of itself, asked now",
        _TAG,
        _rule("read"),
        Acts(_metadata),
        schemas.ScannerMetadata,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "GET",
        _PROJECT,
        "getScannerOfProject",
        "The scanner that a project uses beside this registry's own examination",
        _TAG,
        _in_project("read"),
        Reads(_of_project),
        schemas.Scanner,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _PROJECT,
        "setScannerOfProject",
        "Have a project use a scanner",
        _TAG,
        _in_project("create"),
        Changes(_choose),
        request=schemas.ProjectScanner,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "GET",
        "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/disagreements",
        "listDisagreements",
        "On what the project's scanner and this registry's own examination differ; empty while it has not reported",
        _TAG,
        InProject(Permission("artifact-addition", "read")),
        Reads(_disagreements),
        list[schemas.Disagreement],
        parameters=(PAGE, PAGE_SIZE),
        errors=(BadRequest, NotFound, Quarantined),
    ),
    Operation(
        "GET",
        f"{_PROJECT}/candidates",
        "listScannerCandidatesOfProject",
        "The scanners that a project may use",
        _TAG,
        _in_project("create"),
        Reads(_candidates),
        list[schemas.Scanner],
        parameters=LISTING,
        errors=(BadRequest, NotFound),
    ),
)
