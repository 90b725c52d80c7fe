"""Trusted keys and identities: ours. Whose signatures count in a project; its admins say so, and no robot."""

from collections.abc import Callable
from typing import Final

from pratique.access import Permission
from pratique.admission import NewKey
from pratique.db import Tx
from pratique.errors import BadRequest
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.resources.collection import Collection
from pratique.http.api.resources.reaching import reach_of, reach_shape
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust import TrustedKey
from pratique.trust.store import TrustedIdentity
from pratique.trust.trusted_identities import NewIdentity


def _list_keys(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    return page_of_all(call, call.rooms.keys.list(tx, project.id), _key_shape)


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
    return page_of_all(call, call.rooms.identities.list(tx, project.id), _identity_shape)


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


def _may(resource: str) -> Callable[[str], InProject]:
    return lambda action: InProject(Permission(resource, action), segment="project_name_or_id")


_KEYS: Final = Collection(
    "/projects/{project_name_or_id}/trusted-keys",
    "{key_name}",
    "trustedKey",
    _may("trusted-key"),
    schemas.TrustedKey,
    schemas.TrustedKeyRequest,
)
_IDENTITIES: Final = Collection(
    "/projects/{project_name_or_id}/trusted-identities",
    "{identity_name}",
    "trustedIdentity",
    _may("trusted-identity"),
    schemas.TrustedIdentity,
    schemas.TrustedIdentityRequest,
)

OPERATIONS: Final = (
    _KEYS.listed("listTrustedKeys", "List the keys whose signatures count in a project", _list_keys),
    _KEYS.added("addTrustedKey", "Trust a further key", _add_key),
    _KEYS.removed(
        "removeTrustedKey",
        "Trust a key no more: what rests on it is refused when this returns",
        _remove_key,
    ),
    _IDENTITIES.listed(
        "listTrustedIdentities",
        "List the identities whose signatures count in a project",
        _list_identities,
    ),
    _IDENTITIES.added("addTrustedIdentity", "Trust a further identity", _add_identity),
    _IDENTITIES.removed(
        "removeTrustedIdentity",
        "Trust an identity no more: what rests on it is refused when this returns",
        _remove_identity,
    ),
)
