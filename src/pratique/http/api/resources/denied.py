"""Deny lists: ours. What counts no more, whoever signed it: in a project, and everywhere."""

import json
from dataclasses import replace
from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.resources.collection import Collection
from pratique.http.api.rules import ADMINISTRATORS, InProject
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.store import Denial


def _list(call: Call, tx: Tx) -> Reply:
    return page_of_all(call, call.rooms.denying.list(tx, call.project), _shape)


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


def _may(action: str) -> InProject:
    return InProject(Permission("denied", action), segment="project_name_or_id")


_IN_PROJECT: Final = Collection(
    "/projects/{project_name_or_id}/denied",
    "{denial_id}",
    "denied",
    _may,
    schemas.Denial,
    schemas.DenialRequest,
)
_EVERYWHERE: Final = replace(_IN_PROJECT, path="/denied", may=lambda _action: ADMINISTRATORS)

OPERATIONS: Final = (
    _IN_PROJECT.listed("listDeniedInProject", "A project's deny list", _list),
    _IN_PROJECT.added(
        "denyInProject",
        "Deny something in a project: what rests on it is refused when this returns",
        _add,
    ),
    _IN_PROJECT.removed("allowAgainInProject", "Take something off a project's deny list", _remove),
    _EVERYWHERE.listed("listDenied", "The deny list of the whole registry", _list),
    _EVERYWHERE.added(
        "deny", "Deny something in every project: what rests on it is refused when this returns", _add
    ),
    _EVERYWHERE.removed("allowAgain", "Take something off the registry's deny list", _remove),
)
