"""Storage quotas of projects."""

from typing import Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import PAGE, PAGE_SIZE, SORT, Parameter
from pratique.http.api.rules import AtSystem
from pratique.http.api.schemas import projects as schemas
from pratique.http.api.schemas.fields import shown
from pratique.projects import Quota


def _list(call: Call, tx: Tx) -> Reply:
    page = call.page
    found, total = call.rooms.quotas.list(
        tx,
        project_id=call.option("reference_id") or 0,
        sort=call.sort,
        offset=page.offset,
        limit=page.limit,
    )
    return page_of(call, [_shape(quota) for quota in found], total)


def _get(call: Call, tx: Tx) -> Reply:
    return Reply(_shape(call.rooms.quotas.get(tx, call.number("quota_id"))))


def _update(call: Call, tx: Tx) -> Reply:
    hard = call.body(schemas.QuotaRequest).hard.storage
    call.rooms.quotas.update(tx, call.principal, call.number("quota_id"), hard)
    return Reply()


def _shape(quota: Quota) -> schemas.Quota:
    return schemas.Quota(
        id=quota.id,
        ref=schemas.QuotaReference(quota.project_id, quota.project, quota.owner),
        hard=schemas.Amount(quota.hard),
        used=schemas.Amount(quota.used),
        creation_time=shown(quota.created_at),
        update_time=shown(quota.updated_at),
    )


def _rule(action: str) -> AtSystem:
    return AtSystem(Permission("quota", action))


_TAG: Final = "quota"
_ONE: Final = "/quotas/{quota_id}"
_REFERENCES: Final = (
    Parameter("reference", "text", "What has the quota: only projects do.", choices=("project",)),
    Parameter("reference_id", "number", "The number of the project.", least=1),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/quotas",
        "listQuotas",
        "List the quotas of projects",
        _TAG,
        _rule("list"),
        Reads(_list),
        list[schemas.Quota],
        parameters=(*_REFERENCES, SORT, PAGE, PAGE_SIZE),
        errors=(NotFound,),
    ),
    Operation(
        "GET",
        _ONE,
        "getQuota",
        "A quota",
        _TAG,
        _rule("read"),
        Reads(_get),
        schemas.Quota,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateQuota",
        "Set what a project may store",
        _TAG,
        _rule("update"),
        Changes(_update),
        request=schemas.QuotaRequest,
        errors=(BadRequest, NotFound),
    ),
)
