"""Notation's trust stores and trust policy of a project: ours. Its admins say so, and no robot."""

import json
from typing import Any, Final

from pratique.access import Permission
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME
from pratique.http.api.resources.collection import Collection
from pratique.http.api.resources.reaching import reach_of, reach_shape
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import trust as schemas
from pratique.http.api.schemas.fields import shown
from pratique.trust.notation_stores import NewStore
from pratique.trust.store import NotationPolicy, NotationStore


def _list(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    return page_of_all(call, call.rooms.stores.list(tx, project.id), _shape)


def _add(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.NotationStoreRequest)
    wanted = NewStore(asked.name, asked.type, asked.certificates, reach_of(asked))
    added = call.rooms.parties.add_store(tx, call.principal, project, wanted)
    where = call.location("projects", project.name, "notation-stores", added.type, added.name)
    return Reply(_shape(added), where)


def _remove(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.parties.remove_store(
        tx, call.principal, project, call.text("store_type"), call.text("store_name")
    )
    return Reply()


def _policy(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    found = call.rooms.stores.policy(tx, project.id)
    if found is None:
        raise NotFound(f"the project {project.name} has no notation trust policy")
    return Reply(_policy_shape(found))


def _set_policy(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    document = json.dumps(call.body(dict))
    return Reply(_policy_shape(call.rooms.parties.set_policy(tx, call.principal, project, document)))


def _remove_policy(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    if call.rooms.stores.policy(tx, project.id) is None:
        raise NotFound(f"the project {project.name} has no notation trust policy")
    call.rooms.parties.set_policy(tx, call.principal, project, "")
    return Reply()


def _shape(store: NotationStore) -> schemas.NotationStore:
    return schemas.NotationStore(
        id=store.id,
        name=store.name,
        **reach_shape(store.reach),
        creation_time=shown(store.created_at),
        creator=store.creator,
        type=store.type,
        certificates=list(store.certificates),
    )


def _policy_shape(policy: NotationPolicy) -> schemas.NotationPolicy:
    document: dict[str, Any] = json.loads(policy.document)
    return schemas.NotationPolicy(document, shown(policy.updated_at), policy.creator)


def _may(action: str) -> InProject:
    return InProject(Permission("notation-trust", action), segment="project_name_or_id")


_TAG: Final = "notationTrust"
_STORES: Final = Collection(
    "/projects/{project_name_or_id}/notation-stores",
    "{store_type}/{store_name}",
    _TAG,
    _may,
    schemas.NotationStore,
    schemas.NotationStoreRequest,
)
_POLICY: Final = "/projects/{project_name_or_id}/notation-policy"

OPERATIONS: Final = (
    _STORES.listed("listNotationStores", "List the trust stores of notation in a project", _list),
    _STORES.added("addNotationStore", "Add a trust store of notation", _add),
    _STORES.removed(
        "removeNotationStore",
        "Remove a trust store: what rests on the project's stores is verified again",
        _remove,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "GET",
        _POLICY,
        "getNotationPolicy",
        "The project's trust policy of notation",
        _TAG,
        _may("read"),
        Reads(_policy),
        schemas.NotationPolicy,
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _POLICY,
        "setNotationPolicy",
        "Set the project's trust policy: notation's trustpolicy.json",
        _TAG,
        _may("update"),
        Changes(_set_policy),
        schemas.NotationPolicy,
        request=dict[str, Any],
        parameters=(IS_NAME,),
        errors=(BadRequest,),
    ),
    Operation(
        "DELETE",
        _POLICY,
        "removeNotationPolicy",
        "Remove the project's trust policy: no notation signature counts then",
        _TAG,
        _may("delete"),
        Changes(_remove_policy),
        parameters=(IS_NAME,),
        errors=(NotFound,),
    ),
)
