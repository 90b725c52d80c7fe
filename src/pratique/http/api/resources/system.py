"""The registry itself: ping, health, facts, disks, settings, statistics, search, what can be allowed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from pratique.access import Kind, Permission, Role
from pratique.access.permissions import ROBOT_PROJECT, ROBOT_SYSTEM, Catalogue
from pratique.clock import MINUTE, SECOND
from pratique.db import Tx
from pratique.errors import Forbidden, Unavailable
from pratique.http.api import reach
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Acts, Operation, Reads
from pratique.http.api.parameters import Parameter
from pratique.http.api.resources.projects import project_shape
from pratique.http.api.rules import ADMINISTRATORS, AUTHENTICATED, PUBLIC, AtSystem
from pratique.http.api.schemas import system as schemas
from pratique.http.api.schemas.fields import shown
from pratique.projects import Project, ProjectFilter
from pratique.registry.pages import Listing, RepositoryFilter

HARBOR: Final = "v2.15.2"
"""The version of Harbor whose API this is."""

FOUND_LIMIT: Final = 100
"""Projects and repositories that one search finds, of each."""


def _ping(_call: Call) -> Reply:
    return Reply("Pong")


def _health(call: Call) -> Reply:
    """Harbor's answer is 200 however it is. What is its own process there is a part of one here."""
    problem = ""
    try:
        with call.rooms.database.read() as tx:
            call.rooms.projects.by_id(tx, 0)
        call.rooms.volume()
    except (Unavailable, OSError):
        problem = "the database or the data directory can't be reached"
    if call.rooms.clock.is_back:
        problem = (
            problem or "the machine's clock went back: set it right; nothing that lapsed is let out by that"
        )
    status = "unhealthy" if problem else "healthy"
    names = ("core", "database", "jobservice", "registry")
    return Reply(schemas.Health(status, [schemas.Component(name, status, problem) for name in names]))


def _info(call: Call, _tx: Tx) -> Reply:
    open_to_all = schemas.SystemFacts("db_auth", primary_auth_mode=False, self_registration=False)
    if call.principal.kind is Kind.ANONYMOUS:
        return Reply(open_to_all)
    settings = call.rooms.settings
    return Reply(
        msgspec.structs.replace(
            open_to_all,
            current_time=shown(call.rooms.clock.now()),
            registry_url=settings.external_url.partition("://")[2],
            external_url=settings.external_url,
            project_creation_restriction=_restriction(call),
            has_ca_root=False,
            harbor_version=f"{HARBOR}-pratique-{settings.version}",
            pratique_version=settings.version,
            registry_storage_provider_name="filesystem",
            read_only=False,
            notification_enable=False,
            banner_message="",
        )
    )


def _restriction(call: Call) -> str:
    return "adminonly" if call.rooms.settings.only_admins_create else "everyone"


def _volumes(call: Call) -> Reply:
    total, free = call.rooms.volume()
    return Reply(schemas.Volumes([schemas.Volume(total, free)]))


def _settings(call: Call, _tx: Tx) -> Reply:
    settings = call.rooms.settings
    values = {
        "auth_mode": "db_auth",
        "primary_auth_mode": False,
        "self_registration": False,
        "project_creation_restriction": _restriction(call),
        "read_only": False,
        "notification_enable": False,
        "quota_per_project_enable": True,
        "storage_per_project": settings.storage,
        "robot_name_prefix": settings.robot_prefix,
        "robot_token_duration": settings.robot_days,
        "token_expiration": max(1, settings.token_lifetime * SECOND // MINUTE),
        "audit_log_forward_endpoint": "",
        "skip_audit_log_database": False,
        "scanner_skip_update_pulltime": False,
        "banner_message": "",
    }
    return Reply({name: schemas.Setting(value) for name, value in values.items()})


def _statistics(call: Call, tx: Tx) -> Reply:
    rooms = call.rooms
    found, _ = rooms.projects.list(tx, ProjectFilter(visible=reach.visible(call, tx)))
    counts = rooms.catalogue.repositories_in(tx, [project.id for project in found])
    public = [counts.get(project.id, 0) for project in found if project.public]
    private = [counts.get(project.id, 0) for project in found if not project.public]
    totals = {}
    if call.principal.is_admin:
        totals = {
            "total_project_count": len(found),
            "total_repo_count": sum(public) + sum(private),
            "total_storage_consumption": rooms.catalogue.stored(tx),
        }
    return Reply(
        schemas.Statistic(
            private_project_count=len(private),
            private_repo_count=sum(private),
            public_project_count=len(public),
            public_repo_count=sum(public),
            **totals,
        )
    )


# --- search -----------------------------------------------------------------------------------------------------------


def _search(call: Call, tx: Tx) -> Reply:
    rooms, word = call.rooms, call.option("q") or ""
    wanted = ProjectFilter(name_like=word, visible=reach.visible(call, tx))
    projects, _ = rooms.projects.list(tx, wanted, limit=FOUND_LIMIT)
    counts = rooms.catalogue.repositories_in(tx, [project.id for project in projects])
    standings = reach.standings(call, tx, projects)
    return Reply(
        schemas.Found(
            [
                project_shape(project, roles=standing.roles, repositories=counts.get(project.id, 0))
                for project, standing in zip(projects, standings, strict=True)
            ],
            _repositories(call, tx, word),
        )
    )


def _repositories(call: Call, tx: Tx, word: str) -> list[schemas.FoundRepository]:
    catalogue = call.rooms.catalogue
    shelf = reach.shelf(call, tx, Permission("repository", "list"))
    wanted = RepositoryFilter(
        name_like=word, project_ids=shelf.project_ids, admitted_only=shelf.admitted_only
    )
    found, _ = catalogue.repositories(tx, wanted, Listing(0, FOUND_LIMIT, ("name",)))
    artifacts = catalogue.artifacts_in(tx, [each.id for each in found])
    homes: dict[int, Project] = {}
    for number in {each.project_id for each in found}:
        homes[number] = call.rooms.projects.get(tx, number)
    return [
        schemas.FoundRepository(
            project_id=each.project_id,
            project_name=homes[each.project_id].name,
            project_public=homes[each.project_id].public,
            repository_name=each.name,
            pull_count=each.pull_count,
            artifact_count=artifacts.get(each.id, 0),
        )
        for each in found
    ]


# --- what can be allowed ----------------------------------------------------------------------------------------------


def _permissions(call: Call, tx: Tx) -> Reply:
    """Administrators see both levels, who administers a project that one's."""
    project = _rows(ROBOT_PROJECT)
    if call.principal.is_admin:
        return Reply(schemas.Permissions(project, _rows(ROBOT_SYSTEM)))
    if Role.PROJECT_ADMIN not in call.rooms.members.projects_of(tx, call.principal).values():
        raise Forbidden("this is for system administrators and administrators of projects")
    return Reply(schemas.Permissions(project))


def _rows(catalogue: Catalogue) -> list[schemas.PermissionRow]:
    pairs: Sequence[tuple[str, str]] = [
        (resource, action) for resource, actions in catalogue.items() for action in actions
    ]
    return [schemas.PermissionRow(resource, action) for resource, action in pairs]


_WORD: Final = Parameter("q", "text", "A part of a project's or a repository's name.", required=True)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/ping",
        "getPing",
        "Whether the server answers",
        "ping",
        PUBLIC,
        Acts(_ping),
        str,
        media="text/plain",
    ),
    Operation(
        "GET",
        "/health",
        "getHealth",
        "How the parts of the registry are; always 200",
        "health",
        PUBLIC,
        Acts(_health),
        schemas.Health,
    ),
    Operation(
        "GET",
        "/systeminfo",
        "getSystemInfo",
        "What clients want to know first",
        "systeminfo",
        PUBLIC,
        Reads(_info),
        schemas.SystemFacts,
    ),
    Operation(
        "GET",
        "/systeminfo/volumes",
        "getVolumes",
        "The disk of the data directory",
        "systeminfo",
        AtSystem(Permission("system-volumes", "read")),
        Acts(_volumes),
        schemas.Volumes,
    ),
    Operation(
        "GET",
        "/configurations",
        "getConfigurations",
        "Settings of the process",
        "configure",
        ADMINISTRATORS,
        Reads(_settings),
        dict[str, schemas.Setting],
    ),
    Operation(
        "GET",
        "/statistics",
        "getStatistic",
        "What the caller sees, in numbers",
        "statistic",
        AUTHENTICATED,
        Reads(_statistics),
        schemas.Statistic,
    ),
    Operation(
        "GET",
        "/search",
        "search",
        "Find projects and repositories by a part of their names",
        "search",
        PUBLIC,
        Reads(_search),
        schemas.Found,
        parameters=(_WORD,),
    ),
    Operation(
        "GET",
        "/permissions",
        "getPermissions",
        "What robots can be given",
        "permissions",
        AUTHENTICATED,
        Reads(_permissions),
        schemas.Permissions,
        errors=(Forbidden,),
    ),
)
