"""Metadata of projects, name by name (`/metadatas/`); `admission` is among it."""

from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, reply_waiting
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME
from pratique.http.api.resources.allowlists import PENDING
from pratique.http.api.resources.projects import check_admission_right, texts_of
from pratique.http.api.rules import InProject
from pratique.projects.asking import SIGNATURE_NAMES, WITHOUT

_SEGMENT: Final = "project_name_or_id"


Metadata = dict[str, str | int | bool | None]
"""Metadata that is spoken of. Names that do not exist are refused: who mistypes one would believe himself protected."""


def _list(call: Call, _tx: Tx) -> Reply:
    project, _ = call.at_project
    return Reply(dict(project.metadata))


def _add(call: Call, tx: Tx) -> Reply:
    """Harbor refuses metadata that is set already; what every project has from the start only changes."""
    project, _ = call.at_project
    texts = texts_of(call.body(dict))
    if not texts:
        raise BadRequest("the body names no metadata")
    always = {"public", *SIGNATURE_NAMES}
    if taken := sorted(set(texts) & set(project.metadata) - always):
        raise Conflict(f"the project has {', '.join(taken)} already; change it with PUT")
    check_admission_right(call, tx, project, texts)
    return reply_waiting(call.rooms.projects.update(tx, call.principal, project, texts).pending)


def _get(call: Call, _tx: Tx) -> Reply:
    project, _ = call.at_project
    name = call.text("meta_name")
    if name not in project.metadata:
        raise NotFound(f"the project has no metadata {name[:80]!r}")
    return Reply({name: project.metadata[name]})


def _set(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    name = call.text("meta_name")
    texts = texts_of(call.body(dict))
    if name not in texts:
        raise BadRequest(f"the body does not say what {name[:80]!r} shall be")
    wanted = {name: texts[name]}
    check_admission_right(call, tx, project, wanted)
    return reply_waiting(call.rooms.projects.update(tx, call.principal, project, wanted).pending)


def _remove(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    name = call.text("meta_name")
    if name in WITHOUT:
        check_admission_right(call, tx, project, {name: WITHOUT[name]})
    return reply_waiting(call.rooms.projects.remove_metadata(tx, call.principal, project, name).pending)


def _rule(action: str) -> InProject:
    return InProject(Permission("metadata", action), segment=_SEGMENT)


_ALL: Final = "/projects/{project_name_or_id}/metadatas"
_ONE: Final = "/projects/{project_name_or_id}/metadatas/{meta_name}"
_TAG: Final = "projectMetadata"
_IS_NAME: Final = (IS_NAME,)

OPERATIONS: Final = (
    Operation(
        "GET",
        _ALL,
        "listProjectMetadatas",
        "All metadata of a project",
        _TAG,
        _rule("read"),
        Reads(_list),
        dict[str, str],
        parameters=_IS_NAME,
    ),
    Operation(
        "POST",
        _ALL,
        "addProjectMetadatas",
        "Set metadata that is not set yet",
        _TAG,
        _rule("create"),
        Changes(_add),
        request=Metadata,
        parameters=_IS_NAME,
        errors=(BadRequest, Conflict),
        headers=(PENDING,),
    ),
    Operation(
        "GET",
        _ONE,
        "getProjectMetadata",
        "One piece of metadata",
        _TAG,
        _rule("read"),
        Reads(_get),
        dict[str, str],
        parameters=_IS_NAME,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateProjectMetadata",
        "Change one piece of metadata",
        _TAG,
        _rule("update"),
        Changes(_set),
        request=Metadata,
        parameters=_IS_NAME,
        errors=(BadRequest,),
        headers=(PENDING,),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteProjectMetadata",
        "Set metadata back to what holds without it",
        _TAG,
        _rule("delete"),
        Changes(_remove),
        parameters=_IS_NAME,
        errors=(BadRequest, NotFound),
        headers=(PENDING,),
    ),
)
