"""Deny lists: ours. What counts no more, whoever signed it: in a project, and everywhere."""

import json
from collections.abc import Sequence
from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, PAGE, PAGE_SIZE
from pratique.http.api.rules import ADMINISTRATORS, InProject
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.store import Denial


def _list(call: Call, tx: Tx) -> Reply:
    found: Sequence[Denial] = call.rooms.denying.list(tx, call.project)
    return page_of(call, [_shape(one) for one in call.page.of(found)], len(found))


def _add(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.DenialRequest)
    denial = call.rooms.denying.deny(
        tx, call.principal, call.project, asked.kind, asked.subject, asked.reason
    )
    within = ("projects", call.project.name) if call.project else ()
    return Reply(_shape(denial), call.location(*within, "denied", denial.id))


def _remove(call: Call, tx: Tx) -> Reply:
    call.rooms.denying.allow_again(tx, call.principal, call.project, call.number("denial_id"))
    return Reply()


def _shape(denial: Denial) -> schemas.Denial:
    return schemas.Denial(
        id=denial.id,
        kind=denial.kind,
        subject=json.loads(denial.subject),
        mark=denial.mark,
        reason=denial.reason,
        creation_time=shown(denial.created_at),
        creator=denial.creator,
    )


_IN_PROJECT: Final = "/projects/{project_name_or_id}/denied"
_EVERYWHERE: Final = "/denied"


def _rule(action: str) -> InProject:
    return InProject(Permission("denied", action), segment="project_name_or_id")


OPERATIONS: Final = (
    Operation(
        "GET",
        _IN_PROJECT,
        "listDeniedInProject",
        "A project's deny list",
        "denied",
        _rule("list"),
        Reads(_list),
        list[schemas.Denial],
        parameters=(IS_NAME, PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _IN_PROJECT,
        "denyInProject",
        "Deny something in a project: what rests on it is refused when this returns",
        "denied",
        _rule("create"),
        Changes(_add),
        schemas.Denial,
        request=schemas.DenialRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _IN_PROJECT + "/{denial_id}",
        "allowAgainInProject",
        "Take something off a project's deny list",
        "denied",
        _rule("delete"),
        Changes(_remove),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
    Operation(
        "GET",
        _EVERYWHERE,
        "listDenied",
        "The deny list of the whole registry",
        "denied",
        ADMINISTRATORS,
        Reads(_list),
        list[schemas.Denial],
        parameters=(PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _EVERYWHERE,
        "deny",
        "Deny something in every project: what rests on it is refused when this returns",
        "denied",
        ADMINISTRATORS,
        Changes(_add),
        schemas.Denial,
        request=schemas.DenialRequest,
        success=201,
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _EVERYWHERE + "/{denial_id}",
        "allowAgain",
        "Take something off the registry's deny list",
        "denied",
        ADMINISTRATORS,
        Changes(_remove),
        errors=(NotFound,),
    ),
)
