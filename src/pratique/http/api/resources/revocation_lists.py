"""Revocation lists: ours. CRLs and OCSP responses by which signatures of notation are judged, in every project."""

import base64
import binascii
from typing import Final

from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import PAGE, PAGE_SIZE
from pratique.http.api.rules import ADMINISTRATORS, AUTHENTICATED
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.store import StoredList


def _list(call: Call, tx: Tx) -> Reply:
    found = call.rooms.revocation_lists.list(tx)
    return page_of(call, [_shape(one) for one in call.page.of(found)], len(found))


def _get(call: Call, tx: Tx) -> Reply:
    found = call.rooms.revocation_lists.get(tx, call.number("list_id"))
    return Reply(_shape(found, base64.b64encode(found.content).decode()))


def _import(call: Call, tx: Tx) -> Reply:
    content = _bytes_of(call.body(schemas.RevocationListRequest).content)
    stored = call.rooms.revocations.put(tx, call.principal, content).stored
    return Reply(_shape(stored), call.location("revocation-lists", stored.id))


def _remove(call: Call, tx: Tx) -> Reply:
    call.rooms.revocations.remove(tx, call.principal, call.number("list_id"))
    return Reply()


def _bytes_of(text: str) -> bytes:
    if text.lstrip().startswith("-----BEGIN"):
        return text.encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("content is PEM, or DER in base64") from None


def _shape(stored: StoredList, content: str | None = None) -> schemas.RevocationList:
    return schemas.RevocationList(
        id=stored.id,
        kind=stored.kind,
        scope=stored.scope,
        digest=stored.digest,
        this_update=shown(stored.this_update),
        next_update=shown(stored.next_update) if stored.next_update is not None else None,
        creation_time=shown(stored.created_at),
        creator=stored.creator,
        content=content,
    )


_ALL: Final = "/revocation-lists"
_ONE: Final = "/revocation-lists/{list_id}"

OPERATIONS: Final = (
    Operation(
        "GET",
        _ALL,
        "listRevocationLists",
        "List the CRLs and OCSP responses",
        "revocationList",
        AUTHENTICATED,
        Reads(_list),
        list[schemas.RevocationList],
        parameters=(PAGE, PAGE_SIZE),
    ),
    Operation(
        "GET",
        _ONE,
        "getRevocationList",
        "A CRL or an OCSP response, with its bytes",
        "revocationList",
        AUTHENTICATED,
        Reads(_get),
        schemas.RevocationList,
        errors=(NotFound,),
    ),
    Operation(
        "POST",
        _ALL,
        "importRevocationList",
        "Import a CRL or an OCSP response; what it revokes is refused when this returns",
        "revocationList",
        ADMINISTRATORS,
        Changes(_import),
        schemas.RevocationList,
        request=schemas.RevocationListRequest,
        success=201,
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _ONE,
        "removeRevocationList",
        "Remove a CRL or an OCSP response: what only it told is unknown from then on",
        "revocationList",
        ADMINISTRATORS,
        Changes(_remove),
        errors=(NotFound,),
    ),
)
