"""Labels of all projects and of each, and on artifacts."""

from dataclasses import replace
from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import LISTING, Parameter
from pratique.http.api.rules import Ruled, may_at_system, require_in_project
from pratique.http.api.schemas import projects as schemas
from pratique.http.api.schemas.fields import shown
from pratique.projects import Label


def shape(label: Label) -> schemas.Label:
    """A label as clients read it."""
    return schemas.Label(
        id=label.id,
        name=label.name,
        description=label.description,
        color=label.color,
        scope=label.scope,
        project_id=label.project_id,
        creation_time=shown(label.created_at),
        update_time=shown(label.updated_at),
    )


def _admit(call: Call, tx: Tx, action: str, project_id: int) -> Call:
    """Labels of all projects: everybody reads them, `label:<action>` at system level changes them."""
    permission = Permission("label", action)
    if project_id:
        project = call.rooms.projects.by_id(tx, project_id)
        standing = require_in_project(call, tx, project, (permission,))
        return replace(call, project=project, standing=standing)
    if action not in {"read", "list"} and not may_at_system(call, tx, permission):
        raise Forbidden(f"this needs {permission} at system level")
    return call


def _asked_project(scope: str | None, project_id: int | None) -> int:
    if scope not in {None, "", "g", "p"}:
        raise BadRequest("the scope of labels is g (all projects) or p (one project)")
    if scope == "p" and not project_id:
        raise BadRequest("labels of scope p need a project_id")
    if project_id and project_id < 0:
        raise BadRequest("a project_id is a number from 1 on")
    return (project_id or 0) if scope == "p" else 0


def _check_list(call: Call, tx: Tx) -> Call:
    return _admit(call, tx, "list", _asked_project(call.option("scope"), call.option("project_id")))


def _check_create(call: Call, tx: Tx) -> Call:
    asked = call.body(schemas.LabelRequest)
    return _admit(call, tx, "create", _asked_project(asked.scope, asked.project_id))


def _on_stored(action: str) -> Ruled:
    def check(call: Call, tx: Tx) -> Call:
        return _admit(call, tx, action, call.rooms.labels.get(tx, call.number("label_id")).project_id)

    return Ruled(f"`label:{action}` in the label's project, or at system level.", check)


def _list(call: Call, tx: Tx) -> Reply:
    page, query = call.page, call.query
    found, total = call.rooms.labels.list(
        tx,
        project_id=_asked_project(call.option("scope"), call.option("project_id")),
        name=query.exactly("name") or "",
        name_like=query.like("name") or call.option("name") or "",
        offset=page.offset,
        limit=page.limit,
    )
    return page_of(call, [shape(label) for label in found], total)


def _create(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.LabelRequest)
    label = call.rooms.labels.create(
        tx,
        call.principal,
        asked.name or "",
        description=asked.description or "",
        color=asked.color or "",
        project_id=_asked_project(asked.scope, asked.project_id),
    )
    return Reply(headers=call.location("labels", label.id))


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(shape(call.rooms.labels.get(tx, call.number("label_id"))))


def _update(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.LabelRequest)
    label = call.rooms.labels.get(tx, call.number("label_id"))
    call.rooms.labels.update(
        tx,
        call.principal,
        label.id,
        name=label.name if asked.name is None else asked.name,
        description=label.description if asked.description is None else asked.description,
        color=label.color if asked.color is None else asked.color,
    )
    return Reply()


def _delete(call: Call, tx: Tx) -> Reply:
    call.rooms.labels.delete(tx, call.principal, call.number("label_id"))
    return Reply()


_ONE: Final = "/labels/{label_id}"
_TAG: Final = "label"
_FILTERS: Final = (
    Parameter("name", "text", "A part of the name."),
    Parameter("scope", "text", "`g` for labels of all projects, `p` for those of one.", choices=("g", "p")),
    Parameter("project_id", "number", "Which project's, with scope `p`.", least=1),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/labels",
        "ListLabels",
        "List labels of all projects, or of one",
        _TAG,
        Ruled("Everybody with an account; of a project's labels `label:list` there.", _check_list),
        Reads(_list),
        list[schemas.Label],
        parameters=(*_FILTERS, *LISTING),
        errors=(BadRequest, Forbidden, NotFound),
    ),
    Operation(
        "POST",
        "/labels",
        "CreateLabel",
        "Create a label",
        _TAG,
        Ruled("`label:create` in the project, or at system level.", _check_create),
        Changes(_create),
        request=schemas.LabelRequest,
        success=201,
        errors=(BadRequest, Conflict, Forbidden, NotFound),
        headers=("Location",),
    ),
    Operation(
        "GET",
        _ONE,
        "GetLabelByID",
        "A label",
        _TAG,
        _on_stored("read"),
        Reads(_get),
        schemas.Label,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "UpdateLabel",
        "Change a label; its scope stays",
        _TAG,
        _on_stored("update"),
        Changes(_update),
        request=schemas.LabelRequest,
        errors=(BadRequest, Conflict, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "DeleteLabel",
        "Delete a label; it comes off every artifact",
        _TAG,
        _on_stored("delete"),
        Changes(_delete),
        errors=(NotFound,),
    ),
)
