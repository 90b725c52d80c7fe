"""Trusted roots: ours. The instances of Sigstore, public and private, that identities may name."""

from typing import Final

from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import PAGE, PAGE_SIZE
from pratique.http.api.rules import ADMINISTRATORS, AUTHENTICATED
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.root_changes import RootChange, services_of
from pratique.trust.roots import Thresholds
from pratique.trust.trusted_roots import HeldRoot, NewRoot


def _list(call: Call, tx: Tx) -> Reply:
    return page_of_all(call, list(call.rooms.trusted_roots.held(tx).values()), _shape)


def _get(call: Call, tx: Tx) -> Reply:
    held = call.rooms.trusted_roots.get(tx, call.text("root_name"))
    return Reply(_shape(held, content=held.content))


def _preview(call: Call, tx: Tx) -> Reply:
    return Reply(_change_shape(call.rooms.roots.preview(tx, _wanted(call))))


def _put(call: Call, tx: Tx) -> Reply:
    held, change = call.rooms.roots.put(tx, call.principal, _wanted(call))
    return Reply(_shape(held, change=_change_shape(change)))


def _remove(call: Call, tx: Tx) -> Reply:
    call.rooms.roots.remove(tx, call.principal, call.text("root_name"))
    return Reply()


def _wanted(call: Call) -> NewRoot:
    asked = call.body(schemas.TrustedRootRequest)
    lowest = asked.thresholds
    thresholds = Thresholds(lowest.tlog, lowest.sct, lowest.timestamp) if lowest else None
    return NewRoot(call.text("root_name"), asked.content, thresholds, asked.force)


def _shape(
    held: HeldRoot, *, content: str | None = None, change: schemas.RootChange | None = None
) -> schemas.TrustedRoot:
    thresholds = held.root.thresholds
    return schemas.TrustedRoot(
        name=held.root.name,
        version=held.version,
        digest=held.root.digest,
        services=sorted(services_of(held.root)),
        thresholds=schemas.Thresholds(thresholds.tlog, thresholds.sct, thresholds.timestamp),
        creation_time=shown(held.stored.created_at if held.stored else None),
        creator=held.stored.creator if held.stored else "",
        content=content,
        change=change,
    )


def _change_shape(change: RootChange) -> schemas.RootChange:
    return schemas.RootChange(
        adds=list(change.adds),
        removes=list(change.removes),
        lengthens=list(change.lengthens),
        shortens=list(change.shortens),
        returns=list(change.returns),
        raises_thresholds=change.raises,
        narrows=change.narrows,
    )


_ALL: Final = "/trusted-roots"
_ONE: Final = "/trusted-roots/{root_name}"

OPERATIONS: Final = (
    Operation(
        "GET",
        _ALL,
        "listTrustedRoots",
        "List the trusted roots",
        "trustedRoot",
        AUTHENTICATED,
        Reads(_list),
        list[schemas.TrustedRoot],
        parameters=(PAGE, PAGE_SIZE),
    ),
    Operation(
        "GET",
        _ONE,
        "getTrustedRoot",
        "A trusted root, with its file",
        "trustedRoot",
        AUTHENTICATED,
        Reads(_get),
        schemas.TrustedRoot,
        errors=(NotFound,),
    ),
    Operation(
        "POST",
        _ONE + "/preview",
        "previewTrustedRoot",
        "What importing a version of a root would add, remove, lengthen and shorten",
        "trustedRoot",
        ADMINISTRATORS,
        Reads(_preview),
        schemas.RootChange,
        request=schemas.TrustedRootRequest,
        errors=(BadRequest,),
    ),
    Operation(
        "PUT",
        _ONE,
        "importTrustedRoot",
        "Import a version of a trusted root; what it narrows is refused until it is verified again",
        "trustedRoot",
        ADMINISTRATORS,
        Changes(_put),
        schemas.TrustedRoot,
        request=schemas.TrustedRootRequest,
        errors=(BadRequest, Conflict),
    ),
    Operation(
        "DELETE",
        _ONE,
        "removeTrustedRoot",
        "Remove a trusted root that nobody names",
        "trustedRoot",
        ADMINISTRATORS,
        Changes(_remove),
        errors=(Conflict, NotFound),
    ),
)
