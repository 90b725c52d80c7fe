"""Trusted keys and identities: ours. Whose signatures count in a project; its admins say so, and no robot."""

from collections.abc import Sequence
from typing import Final

from pratique.access import Permission
from pratique.admission import NewKey
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, PAGE, PAGE_SIZE
from pratique.http.api.resources.reaching import reach_of, reach_shape
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust import TrustedKey
from pratique.trust.store import TrustedIdentity
from pratique.trust.trusted_identities import NewIdentity


def _list_keys(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    keys: Sequence[TrustedKey] = call.rooms.keys.list(tx, project.id)
    return page_of(call, [_key_shape(key) for key in call.page.of(keys)], len(keys))


def _add_key(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.TrustedKeyRequest)
    wanted = NewKey(asked.name, asked.public_key, reach_of(asked), asked.tlog, asked.trusted_root)
    if asked.tlog and asked.trusted_root not in call.rooms.trusted_roots.held(tx):
        raise BadRequest(
            f"there is no trusted root {asked.trusted_root[:80]!r}, whose log could be asked for"
        )
    key = call.rooms.desk.add_key(tx, call.principal, project, wanted)
    return Reply(_key_shape(key), call.location("projects", project.name, "trusted-keys", key.name))


def _remove_key(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.desk.remove_key(tx, call.principal, project, call.text("key_name"))
    return Reply()


def _list_identities(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    found: Sequence[TrustedIdentity] = call.rooms.identities.list(tx, project.id)
    return page_of(call, [_identity_shape(one) for one in call.page.of(found)], len(found))


def _add_identity(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.TrustedIdentityRequest)
    wanted = NewIdentity(
        asked.name,
        asked.issuer,
        asked.identity,
        asked.identity_pattern,
        asked.san_type,
        asked.extensions,
        asked.trusted_root,
        reach_of(asked),
    )
    added = call.rooms.parties.add_identity(tx, call.principal, project, wanted)
    where = call.location("projects", project.name, "trusted-identities", added.name)
    return Reply(_identity_shape(added), where)


def _remove_identity(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.parties.remove_identity(tx, call.principal, project, call.text("identity_name"))
    return Reply()


def _key_shape(key: TrustedKey) -> schemas.TrustedKey:
    return schemas.TrustedKey(
        id=key.id,
        name=key.name,
        **reach_shape(key.reach),
        creation_time=shown(key.created_at),
        creator=key.creator,
        public_key=key.public_key,
        fingerprint=key.fingerprint,
        tlog=key.tlog,
        trusted_root=key.trusted_root,
    )


def _identity_shape(one: TrustedIdentity) -> schemas.TrustedIdentity:
    return schemas.TrustedIdentity(
        id=one.id,
        name=one.name,
        **reach_shape(one.reach),
        creation_time=shown(one.created_at),
        creator=one.creator,
        issuer=one.issuer,
        identity=one.identity,
        identity_pattern=one.pattern,
        san_type=one.san_type,
        extensions=dict(one.extensions),
        trusted_root=one.trusted_root,
    )


_KEYS: Final = "/projects/{project_name_or_id}/trusted-keys"
_IDENTITIES: Final = "/projects/{project_name_or_id}/trusted-identities"


def _rule(resource: str, action: str) -> InProject:
    return InProject(Permission(resource, action), segment="project_name_or_id")


OPERATIONS: Final = (
    Operation(
        "GET",
        _KEYS,
        "listTrustedKeys",
        "List the keys whose signatures count in a project",
        "trustedKey",
        _rule("trusted-key", "list"),
        Reads(_list_keys),
        list[schemas.TrustedKey],
        parameters=(IS_NAME, PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _KEYS,
        "addTrustedKey",
        "Trust a further key",
        "trustedKey",
        _rule("trusted-key", "create"),
        Changes(_add_key),
        schemas.TrustedKey,
        request=schemas.TrustedKeyRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _KEYS + "/{key_name}",
        "removeTrustedKey",
        "Trust a key no more: what rests on it is refused when this returns",
        "trustedKey",
        _rule("trusted-key", "delete"),
        Changes(_remove_key),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
    Operation(
        "GET",
        _IDENTITIES,
        "listTrustedIdentities",
        "List the identities whose signatures count in a project",
        "trustedIdentity",
        _rule("trusted-identity", "list"),
        Reads(_list_identities),
        list[schemas.TrustedIdentity],
        parameters=(IS_NAME, PAGE, PAGE_SIZE),
    ),
    Operation(
        "POST",
        _IDENTITIES,
        "addTrustedIdentity",
        "Trust a further identity",
        "trustedIdentity",
        _rule("trusted-identity", "create"),
        Changes(_add_identity),
        schemas.TrustedIdentity,
        request=schemas.TrustedIdentityRequest,
        success=201,
        parameters=(IS_NAME,),
        errors=(BadRequest, Conflict),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        _IDENTITIES + "/{identity_name}",
        "removeTrustedIdentity",
        "Trust an identity no more: what rests on it is refused when this returns",
        "trustedIdentity",
        _rule("trusted-identity", "delete"),
        Changes(_remove_identity),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
)
