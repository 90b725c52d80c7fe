"""Tags at artifacts, and labels on them."""

from typing import Final

from pratique.access import Permission, Tier
from pratique.db import Tx
from pratique.errors import (
    BadRequest,
    Conflict,
    NotFound,
    PratiqueError,
    PreconditionFailed,
    QuotaExceeded,
)
from pratique.http.api.appearance import tag_shape
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import unanswerable
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING, Parameter
from pratique.http.api.query import Term
from pratique.http.api.resources.artifacts import place_of
from pratique.http.api.resources.repositories import name_of
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import artifacts as schemas
from pratique.oci.names import check_tag
from pratique.registry import Conditions, Received, TagSides

_SORTS: Final = {
    "name": lambda tag: tag.name,
    "push_time": lambda tag: tag.push_time,
    "id": lambda tag: tag.name,
}


def _list(call: Call, tx: Tx) -> Reply:
    repository, reader = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    sides = call.rooms.catalogue.tags_of(tx, reader, repository, [found.artifact])
    shown = [tag_shape(found, each) for each in sides.get(found.artifact.digest, ())]
    kept = [tag for tag in shown if all(_matches(tag, term) for term in call.query.terms)]
    for name in reversed(call.sort):
        key = _SORTS.get(name.removeprefix("-"))
        if key is not None:
            kept.sort(key=key, reverse=name.startswith("-"))
    return page_of(call, call.page.of(kept), len(kept))


def _matches(tag: schemas.Tag, term: Term) -> bool:
    if term.field != "name":
        return True
    if term.how == "is":
        return tag.name == term.value
    if term.how == "like":
        return term.value in tag.name
    if term.how == "any":
        return tag.name in term.values
    raise unanswerable(term)


def _create(call: Call) -> Reply:
    """A push of the digest to the tag (gate.md 4); as in Harbor, only of a tag that is not there yet."""
    tag = check_tag(call.body(schemas.TagRequest).name)
    rooms, name = call.rooms, name_of(call)
    with rooms.database.read() as tx:
        repository = rooms.catalogue.repository(tx, name)
        found, _ = rooms.catalogue.find(tx, repository, call.text("reference"))
        content = rooms.catalogue.body_of(tx, found.artifact)
    received = Received(
        name,
        tag,
        content,
        found.artifact.media_type,
        conditions=Conditions(if_none_match=frozenset({"*"})),
    )
    try:
        rooms.pusher.put(received, call.principal)
    except PreconditionFailed:
        raise Conflict(f"there is a tag {tag} in {name} already") from None
    return Reply(headers={"location": f"{call.path.rstrip('/')}/{tag}"})


def _delete(call: Call) -> Reply:
    tag = check_tag(call.text("tag_name"))
    rooms = call.rooms
    with rooms.database.read() as tx:
        repository, reader = place_of(call, tx)
        found, _ = rooms.catalogue.find(tx, repository, call.text("reference"))
        sides = rooms.catalogue.tags_of(tx, reader, repository, [found.artifact])
        _check_at(sides.get(found.artifact.digest, ()), tag, is_all_seen=reader.tier >= Tier.INSPECT)
    rooms.deleter.tag(name_of(call), tag, call.principal)
    return Reply()


def _check_at(sides: tuple[TagSides, ...], tag: str, *, is_all_seen: bool) -> None:
    """Whoever may delete tags and not see them all (a robot without pull) is not told which are where."""
    if is_all_seen and tag not in {each.name for each in sides}:
        raise NotFound(f"the artifact has no tag {tag}")


def _add_label(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    repository, _ = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    label_id = call.body(schemas.LabelId).id
    call.rooms.labels.attach(tx, call.principal, project, repository.name, found.artifact.digest, label_id)
    return Reply()


def _remove_label(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    repository, _ = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    label_id = call.number("label_id")
    call.rooms.labels.detach(tx, call.principal, project, repository.name, found.artifact.digest, label_id)
    return Reply()


def _rule(resource: str, action: str) -> InProject:
    return InProject(Permission(resource, action))


_ARTIFACT: Final = "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}"
_TAG: Final = "artifact"
_STATUS: Final = (
    Parameter("with_immutable_status", "boolean", "Taken for Harbor's sake: always shown.", default=False),
    Parameter("with_signature", "boolean", "Taken for Harbor's sake: see the accessories.", default=False),
)
_ERRORS: Final[tuple[type[PratiqueError], ...]] = (BadRequest, NotFound)

OPERATIONS: Final = (
    Operation(
        "GET",
        f"{_ARTIFACT}/tags",
        "listTags",
        "List an artifact's tags that the caller may see",
        _TAG,
        _rule("tag", "list"),
        Reads(_list),
        list[schemas.Tag],
        parameters=(*_STATUS, *LISTING),
        errors=_ERRORS,
    ),
    Operation(
        "POST",
        f"{_ARTIFACT}/tags",
        "createTag",
        "Give an artifact a new tag: a push of it to that tag",
        _TAG,
        _rule("tag", "create"),
        Acts(_create),
        request=schemas.TagRequest,
        success=201,
        errors=(*_ERRORS, Conflict, QuotaExceeded),
        headers=("Location",),
    ),
    Operation(
        "DELETE",
        f"{_ARTIFACT}/tags/{{tag_name}}",
        "deleteTag",
        "Delete a tag with both its sides",
        _TAG,
        _rule("tag", "delete"),
        Acts(_delete),
        errors=_ERRORS,
    ),
    Operation(
        "POST",
        f"{_ARTIFACT}/labels",
        "addLabel",
        "Put a label on an artifact",
        _TAG,
        _rule("artifact-label", "create"),
        Changes(_add_label),
        request=schemas.LabelId,
        errors=(*_ERRORS, Conflict),
    ),
    Operation(
        "DELETE",
        f"{_ARTIFACT}/labels/{{label_id}}",
        "removeLabel",
        "Take a label off an artifact",
        _TAG,
        _rule("artifact-label", "delete"),
        Changes(_remove_label),
        errors=_ERRORS,
    ),
)
