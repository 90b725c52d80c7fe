"""The audit log: who did what, in Harbor's older and newer shape."""

from collections.abc import Callable
from typing import Any, Final

from pratique.access import Permission
from pratique.audit import EVENT_TYPES, AuditEntry, AuditQuery, Term
from pratique.db import Tx
from pratique.errors import BadRequest, Forbidden
from pratique.http.api import query as q
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import moment_of, number_of, unanswerable
from pratique.http.api.operations import Operation, Reads
from pratique.http.api.parameters import LISTING
from pratique.http.api.rules import AUTHENTICATED, InProject, may_at_system
from pratique.http.api.schemas import upkeep as schemas
from pratique.http.api.schemas.fields import shown

_ALL_LOGS: Final = Permission("audit-log", "list")
_PROJECT_LOG: Final = Permission("log", "list")
_NUMBERS: Final = frozenset({"id", "project_id"})
_FIELDS: Final = (
    frozenset({"username", "operation", "resource_type", "resource", "operation_description", "op_time"})
    | _NUMBERS
)


def _old(entry: AuditEntry) -> schemas.AuditLog:
    return schemas.AuditLog(
        id=entry.id,
        username=entry.username,
        resource=entry.resource,
        resource_type=entry.resource_type,
        operation=entry.operation,
        op_time=shown(entry.at),
    )


def _new(entry: AuditEntry) -> schemas.AuditLogExt:
    return schemas.AuditLogExt(
        id=entry.id,
        username=entry.username,
        resource=entry.resource,
        resource_type=entry.resource_type,
        operation=entry.operation,
        operation_description=entry.description,
        operation_result=entry.succeeded,
        op_time=shown(entry.at),
    )


Shape = Callable[[AuditEntry], Any]


def _all(shape: Shape) -> Callable[[Call, Tx], Reply]:
    """Everything for whoever may read the registry's log, else what happened in the caller's own projects."""

    def listed(call: Call, tx: Tx) -> Reply:
        projects = None if may_at_system(call, tx, _ALL_LOGS) else reach.projects_with(call, tx, _PROJECT_LOG)
        return _page(call, tx, AuditQuery(_terms(call), projects), shape)

    return listed


def _of_project(shape: Shape) -> Callable[[Call, Tx], Reply]:
    def listed(call: Call, tx: Tx) -> Reply:
        project, _ = call.at_project
        return _page(call, tx, AuditQuery(_terms(call), frozenset({project.id})), shape)

    return listed


def _page(call: Call, tx: Tx, wanted: AuditQuery, shape: Shape) -> Reply:
    page = call.page
    found, total = call.rooms.trail.list(tx, wanted, sort=call.sort, offset=page.offset, limit=page.limit)
    return page_of(call, [shape(entry) for entry in found], total)


def _terms(call: Call) -> tuple[Term, ...]:
    return tuple(_term(term) for term in call.query.terms if term.field in _FIELDS)


def _term(term: q.Term) -> Term:
    if term.how == "between":
        low, high = (_value(term, value) if value else None for value in term.values)
        return Term(term.field, "between", (low, high))
    if term.how == "like":
        if term.field in _NUMBERS or term.field == "op_time":
            raise unanswerable(term)
        return Term(term.field, "like", (term.value,))
    if term.how == "all" and len(term.values) > 1:
        raise unanswerable(term)
    return Term(term.field, "is", tuple(_value(term, value) for value in term.values))


def _value(term: q.Term, value: str) -> str | int:
    if term.field == "op_time":
        return moment_of(term, value)
    return number_of(term, value) if term.field in _NUMBERS else value


def _event_types(_call: Call, _tx: Tx) -> Reply:
    return Reply([schemas.AuditEventType(each) for each in EVENT_TYPES])


_TAG: Final = "auditlog"
_IN_PROJECT: Final = InProject(_PROJECT_LOG)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/audit-logs",
        "listAuditLogs",
        "Who did what, as far as the caller may read logs",
        _TAG,
        AUTHENTICATED,
        Reads(_all(_old)),
        list[schemas.AuditLog],
        parameters=LISTING,
        errors=(BadRequest, Forbidden),
    ),
    Operation(
        "GET",
        "/auditlog-exts",
        "listAuditLogExts",
        "Who did what, with what came of it",
        _TAG,
        AUTHENTICATED,
        Reads(_all(_new)),
        list[schemas.AuditLogExt],
        parameters=LISTING,
        errors=(BadRequest, Forbidden),
    ),
    Operation(
        "GET",
        "/auditlog-exts/events",
        "listAuditLogEventTypes",
        "The kinds of entries",
        _TAG,
        AUTHENTICATED,
        Reads(_event_types),
        list[schemas.AuditEventType],
    ),
    Operation(
        "GET",
        "/projects/{project_name}/logs",
        "getLogs",
        "Who did what in a project",
        "project",
        _IN_PROJECT,
        Reads(_of_project(_old)),
        list[schemas.AuditLog],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        "/projects/{project_name}/auditlog-exts",
        "getLogExts",
        "Who did what in a project, with what came of it",
        "project",
        _IN_PROJECT,
        Reads(_of_project(_new)),
        list[schemas.AuditLogExt],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
)
