"""Projects: made, found, changed, deleted, in numbers."""

from typing import Any, Final

from pratique.access import CHANGE_ADMISSION, Kind, Permission, Role
from pratique.access.roles import highest
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply, page_of, reply_waiting
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, LISTING, NAME_IN_LOCATION, Parameter
from pratique.http.api.resources.allowlists import PENDING, allowlist_shape, asked_allowlist
from pratique.http.api.rules import AUTHENTICATED, PUBLIC, InProject, may_at_system
from pratique.http.api.schemas import projects as schemas
from pratique.http.api.schemas.fields import shown
from pratique.projects import Allowlist, Person, Project, ProjectFilter
from pratique.projects.metadata import read_boolean

_CREATE: Final = Permission("project", "create")
_READ: Final = Permission("project", "read")
_UPDATE: Final = Permission("project", "update")
_DELETE: Final = Permission("project", "delete")


def texts_of(metadata: dict[str, Any] | None) -> dict[str, str]:
    """Metadata as texts, as it is stored; what is null is not spoken of. Clients send booleans and numbers too."""
    texts = {}
    for name, value in (metadata or {}).items():
        if value is not None:
            texts[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return texts


def check_admission_right(
    call: Call, tx: Tx, project: Project, texts: dict[str, str], listed: Allowlist | None = None
) -> None:
    """Raise Forbidden when a change alters what the project asks and the caller may not (gate.md, section 5)."""
    if call.rooms.projects.is_asked_otherwise(tx, project, texts, listed):
        reach.require(call, CHANGE_ADMISSION)


def project_shape(
    project: Project,
    *,
    roles: frozenset[Role] = frozenset(),
    repositories: int | None = None,
    listed: Allowlist | None = None,
) -> schemas.Project:
    """A project as clients read it."""
    top = highest(roles)
    return schemas.Project(
        project_id=project.id,
        owner_id=project.owner_id,
        owner_name=project.owner,
        name=project.name,
        creation_time=shown(project.created_at),
        update_time=shown(project.updated_at),
        metadata=dict(project.metadata),
        repo_count=repositories,
        current_user_role_id=int(top) if top else 0,
        current_user_role_ids=sorted(map(int, roles)),
        cve_allowlist=None if listed is None else allowlist_shape(listed),
    )


def _list(call: Call, tx: Tx) -> Reply:
    rooms, page, query = call.rooms, call.page, call.query
    public = query.exactly("public")
    wanted = ProjectFilter(
        name=query.exactly("name"),
        name_like=query.like("name") or call.option("name") or None,
        public=call.option("public") if public is None else read_boolean("public", public),
        owner=query.exactly("owner") or call.option("owner") or None,
        visible=reach.visible(call, tx),
    )
    found, total = rooms.projects.list(tx, wanted, sort=call.sort, offset=page.offset, limit=page.limit)
    numbers = [project.id for project in found]
    counts = rooms.catalogue.repositories_in(tx, numbers)
    lists = rooms.allowlists.of_projects(tx, numbers)
    shapes = [
        project_shape(
            project,
            roles=standing.roles,
            repositories=counts.get(project.id, 0),
            listed=lists[project.id],
        )
        for project, standing in zip(found, reach.standings(call, tx, found), strict=True)
    ]
    return page_of(call, shapes, total)


def _exists(call: Call, tx: Tx) -> Reply:
    if call.rooms.projects.by_name(tx, call.option("project_name")) is None:
        raise NotFound("there is no project of this name")
    return Reply()


def _create(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.ProjectRequest)
    _check_may_create(call, tx)
    if asked.registry_id:
        raise BadRequest("registry_id can't be set: this registry has no proxy caches yet")
    texts = texts_of(asked.metadata)
    if asked.public is not None:
        texts.setdefault("public", str(asked.public).lower())
    storage = asked.storage_limit if call.principal.is_admin else None
    project = call.rooms.projects.create(
        tx,
        call.principal,
        asked.project_name or "",
        texts,
        owner=_owner(call, tx),
        storage=None if storage == 0 else storage,
        listed=asked_allowlist(asked.cve_allowlist, 0),
    )
    name_it = call.option(NAME_IN_LOCATION.name)
    return Reply(headers=call.location("projects", project.name if name_it else project.id))


def _check_may_create(call: Call, tx: Tx) -> None:
    if may_at_system(call, tx, _CREATE):
        return
    if not call.is_person:
        raise Forbidden("a robot needs project:create at system level to create projects")
    if call.rooms.settings.only_admins_create:
        raise Forbidden("only system administrators create projects here")


def _owner(call: Call, tx: Tx) -> Person:
    who = call.principal
    if who.kind is Kind.USER:
        return Person(who.id, who.name)
    admin = call.rooms.users.first_admin(tx)
    if admin is None:
        raise PreconditionFailed("there is no administrator who could own the project")
    return Person(admin.id, admin.username)


def _get(call: Call, tx: Tx) -> Reply:
    project, standing = call.at_project
    counts = call.rooms.catalogue.repositories_in(tx, [project.id])
    listed = call.rooms.allowlists.of(tx, project.id)
    repositories = counts.get(project.id, 0)
    return Reply(project_shape(project, roles=standing.roles, repositories=repositories, listed=listed))


def _update(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    asked = call.body(schemas.ProjectRequest)
    texts = texts_of(asked.metadata)
    if asked.public is not None:
        texts.setdefault("public", str(asked.public).lower())
    listed = asked_allowlist(asked.cve_allowlist, project.id)
    check_admission_right(call, tx, project, texts, listed)
    updated = call.rooms.projects.update(tx, call.principal, project, texts, listed)
    if asked.storage_limit and call.principal.is_admin:
        quota = call.rooms.quotas.of_project(tx, project.id)
        call.rooms.quotas.update(tx, call.principal, quota.id, asked.storage_limit)
    return reply_waiting(updated.pending)


def _delete(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    call.rooms.projects.delete(tx, call.principal, project)
    return Reply()


def _deletable(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    reason = call.rooms.projects.why_not_deletable(tx, project)
    return Reply(schemas.Deletable(not reason, reason))


def _summary(call: Call, tx: Tx) -> Reply:
    project, _ = call.at_project
    summary = call.rooms.projects.summary(tx, project)
    return Reply(
        schemas.Summary(
            repo_count=summary.repositories,
            project_admin_count=summary.members.get(Role.PROJECT_ADMIN, 0),
            maintainer_count=summary.members.get(Role.MAINTAINER, 0),
            developer_count=summary.members.get(Role.DEVELOPER, 0),
            guest_count=summary.members.get(Role.GUEST, 0),
            limited_guest_count=summary.members.get(Role.LIMITED_GUEST, 0),
            quota=schemas.SummaryQuota(schemas.Amount(summary.hard), schemas.Amount(summary.used)),
        )
    )


_FILTERS: Final = (
    Parameter("name", "text", "A part of the name."),
    Parameter("public", "boolean", "Public ones only, or private ones only."),
    Parameter("owner", "text", "The owner's user name."),
    Parameter("with_detail", "boolean", "Taken for Harbor's sake: details are always there.", default=True),
)
_ONE: Final = "/projects/{project_name_or_id}"
_TAG: Final = "project"
_IS_NAME: Final = (IS_NAME,)


def _rule(permission: Permission) -> InProject:
    return InProject(permission, segment="project_name_or_id")


OPERATIONS: Final = (
    Operation(
        "GET",
        "/projects",
        "listProjects",
        "List the projects that the caller may see",
        _TAG,
        PUBLIC,
        Reads(_list),
        list[schemas.Project],
        parameters=(*_FILTERS, *LISTING),
        errors=(BadRequest,),
    ),
    Operation(
        "HEAD",
        "/projects",
        "headProject",
        "Check whether a project of this name exists",
        _TAG,
        AUTHENTICATED,
        Reads(_exists),
        errors=(NotFound,),
        parameters=(Parameter("project_name", "text", "The name.", required=True),),
    ),
    Operation(
        "POST",
        "/projects",
        "createProject",
        "Create a project",
        _TAG,
        AUTHENTICATED,
        Changes(_create),
        request=schemas.ProjectRequest,
        success=201,
        parameters=(NAME_IN_LOCATION,),
        errors=(BadRequest, Conflict, Forbidden, PreconditionFailed),
        headers=("Location",),
    ),
    Operation(
        "GET",
        _ONE,
        "getProject",
        "A project",
        _TAG,
        _rule(_READ),
        Reads(_get),
        schemas.Project,
        parameters=_IS_NAME,
    ),
    Operation(
        "PUT",
        _ONE,
        "updateProject",
        "Change a project; what is not spoken of stays",
        _TAG,
        _rule(_UPDATE),
        Changes(_update),
        request=schemas.ProjectRequest,
        parameters=_IS_NAME,
        errors=(BadRequest,),
        headers=(PENDING,),
    ),
    Operation(
        "DELETE",
        _ONE,
        "deleteProject",
        "Delete a project that has no repositories any more",
        _TAG,
        _rule(_DELETE),
        Changes(_delete),
        parameters=_IS_NAME,
        errors=(PreconditionFailed,),
    ),
    Operation(
        "GET",
        f"{_ONE}/_deletable",
        "getProjectDeletable",
        "Whether a project can be deleted, and why not",
        _TAG,
        _rule(_DELETE),
        Reads(_deletable),
        schemas.Deletable,
        parameters=_IS_NAME,
    ),
    Operation(
        "GET",
        f"{_ONE}/summary",
        "getProjectSummary",
        "A project in numbers",
        _TAG,
        _rule(_READ),
        Reads(_summary),
        schemas.Summary,
        parameters=_IS_NAME,
    ),
)
