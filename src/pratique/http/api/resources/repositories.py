"""Repositories: pages, descriptions, deletion."""

from dataclasses import replace
from typing import Final

from pratique.access import Permission, Tier
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound, PreconditionFailed
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply, page_of
from pratique.http.api.listing import unanswerable
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING
from pratique.http.api.rules import AUTHENTICATED, InProject
from pratique.http.api.schemas import artifacts as schemas
from pratique.http.api.schemas.fields import shown
from pratique.registry.pages import Listing, RepositoryFilter
from pratique.registry.values import Repository

_LIST: Final = Permission("repository", "list")


def name_of(call: Call) -> str:
    """The full name of the repository that the path names, the project's first."""
    return f"{call.text('project_name')}/{call.text('repository_name')}"


def listing_of(call: Call) -> Listing:
    """The part of a list that is asked for."""
    return Listing(call.page.offset, call.page.limit, call.sort)


def shape(repository: Repository, artifacts: int) -> schemas.Repository:
    """A repository as clients read it."""
    return schemas.Repository(
        id=repository.id,
        project_id=repository.project_id,
        name=repository.name,
        description=repository.description,
        artifact_count=artifacts,
        pull_count=repository.pull_count,
        creation_time=shown(repository.created_at),
        update_time=shown(repository.updated_at),
    )


def _list_all(call: Call, tx: Tx) -> Reply:
    return _page(call, tx, reach.shelf(call, tx, _LIST))


def _list(call: Call, tx: Tx) -> Reply:
    project, standing = call.at_project
    here = frozenset({project.id})
    admitted_only = here if reach.reader(call, standing).tier < Tier.INSPECT else frozenset()
    return _page(call, tx, RepositoryFilter(project_ids=here, admitted_only=admitted_only))


def _page(call: Call, tx: Tx, wanted: RepositoryFilter) -> Reply:
    for term in call.query.of("name"):
        if term.how == "is":
            wanted = replace(wanted, name=term.value)
        elif term.how == "like":
            wanted = replace(wanted, name_like=term.value)
        else:
            raise unanswerable(term)
    found, total = call.rooms.catalogue.repositories(tx, wanted, listing_of(call))
    counts = call.rooms.catalogue.artifacts_in(tx, [repository.id for repository in found])
    return page_of(call, [shape(each, counts.get(each.id, 0)) for each in found], total)


def _get(call: Call, tx: Tx) -> Reply:
    repository = call.rooms.catalogue.repository(tx, name_of(call))
    counts = call.rooms.catalogue.artifacts_in(tx, [repository.id])
    return Reply(shape(repository, counts.get(repository.id, 0)))


def _update(call: Call, tx: Tx) -> Reply:
    description = call.body(schemas.RepositoryRequest).description
    if description is not None:
        if len(description) > DESCRIPTION_LIMIT:
            raise BadRequest(f"a repository's description has at most {DESCRIPTION_LIMIT} characters")
        call.rooms.catalogue.describe(tx, name_of(call), description, call.principal)
    return Reply()


def _delete(call: Call) -> Reply:
    call.rooms.deleter.repository(name_of(call), call.principal)
    return Reply()


DESCRIPTION_LIMIT: Final = 65_536
"""Characters of what people read about a repository."""

_ONE: Final = "/projects/{project_name}/repositories/{repository_name}"
_TAG: Final = "repository"


def _rule(action: str) -> InProject:
    return InProject(Permission("repository", action))


OPERATIONS: Final = (
    Operation(
        "GET",
        "/repositories",
        "listAllRepositories",
        "List the repositories that the caller may see",
        _TAG,
        AUTHENTICATED,
        Reads(_list_all),
        list[schemas.Repository],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        "/projects/{project_name}/repositories",
        "listRepositories",
        "List the repositories of a project",
        _TAG,
        InProject(_LIST),
        Reads(_list),
        list[schemas.Repository],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        _ONE,
        "getRepository",
        "A repository",
        _TAG,
        _rule("read"),
        Reads(_get),
        schemas.Repository,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "updateRepository",
        "Change what people read about a repository",
        _TAG,
        _rule("update"),
        Changes(_update),
        request=schemas.RepositoryRequest,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteRepository",
        "Delete a repository with all it holds",
        _TAG,
        _rule("delete"),
        Acts(_delete),
        errors=(NotFound, PreconditionFailed),
    ),
)
