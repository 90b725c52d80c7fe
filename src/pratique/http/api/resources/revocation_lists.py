"""Revocation lists: ours. CRLs and OCSP responses by which signatures of notation are judged, in every project."""

import base64
import binascii
from typing import Final

from pratique.db import Tx
from pratique.errors import BadRequest, NotFound
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.operations import Operation, Reads
from pratique.http.api.resources.collection import Collection
from pratique.http.api.rules import ADMINISTRATORS, AUTHENTICATED, Rule
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.store import StoredList


def _list(call: Call, tx: Tx) -> Reply:
    return page_of_all(call, call.rooms.revocation_lists.list(tx), _shape)


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


def _may(action: str) -> Rule:
    return AUTHENTICATED if action in {"list", "read"} else ADMINISTRATORS


_TAG: Final = "revocationList"
_ALL: Final = Collection(
    "/revocation-lists", "{list_id}", _TAG, _may, schemas.RevocationList, schemas.RevocationListRequest
)

OPERATIONS: Final = (
    _ALL.listed("listRevocationLists", "List the CRLs and OCSP responses", _list),
    Operation(
        "GET",
        f"{_ALL.path}/{_ALL.member}",
        "getRevocationList",
        "A CRL or an OCSP response, with its bytes",
        _TAG,
        _may("read"),
        Reads(_get),
        schemas.RevocationList,
        errors=(NotFound,),
    ),
    _ALL.added(
        "importRevocationList",
        "Import a CRL or an OCSP response; what it revokes is refused when this returns",
        _import,
    ),
    _ALL.removed(
        "removeRevocationList",
        "Remove a CRL or an OCSP response: what only it told is unknown from then on",
        _remove,
    ),
)
