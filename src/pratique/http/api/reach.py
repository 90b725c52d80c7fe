"""How far a caller sees: which projects, and how deep in each."""

from collections.abc import Iterable, Mapping

from pratique.access import (
    PUSH,
    Kind,
    Permission,
    Standing,
    Tier,
    decide,
    holds_inspect,
    reading_tier,
)
from pratique.access.permissions import of_project_robot
from pratique.db import Tx
from pratique.errors import Forbidden
from pratique.http.api.call import Call
from pratique.identity import Level
from pratique.projects import Project, ProjectFilter, Visible
from pratique.registry import Reader
from pratique.registry.pages import RepositoryFilter

EVERY_PROJECT = "*"


def visible(call: Call, tx: Tx) -> Visible | None:
    """The projects that the caller may know of besides the public ones; None: all."""
    who = call.principal
    if who.is_admin:
        return None
    if who.kind is Kind.USER:
        return Visible(user_id=who.id)
    if who.kind is not Kind.ROBOT:
        return Visible()
    named = _granted_by_namespace(call, tx)
    if EVERY_PROJECT in named:
        return None
    found = (call.rooms.projects.by_name(tx, name) for name in named)
    return Visible(project_ids=frozenset(project.id for project in found if project is not None))


def standings(call: Call, tx: Tx, projects: Iterable[Project]) -> list[Standing]:
    """Where the caller stands in each of many projects, in two look-ups and not in two for each."""
    who = call.principal
    roles = call.rooms.members.projects_of(tx, who)
    granted = _granted_by_namespace(call, tx) if who.kind is Kind.ROBOT else {}
    everywhere = granted.get(EVERY_PROJECT, frozenset())
    return [
        Standing(
            project.id,
            project.name,
            project.public,
            frozenset({roles[project.id]}) if project.id in roles else frozenset(),
            granted.get(project.name, frozenset()) | everywhere,
        )
        for project in projects
    ]


def projects_with(call: Call, tx: Tx, permission: Permission) -> frozenset[int] | None:
    """The projects in which the caller has a permission; None: in all of them."""
    if call.principal.is_admin:
        return None
    projects, _ = call.rooms.projects.list(tx, ProjectFilter(visible=visible(call, tx)))
    return frozenset(
        standing.project_id
        for standing in standings(call, tx, projects)
        if decide(call.principal, permission, standing)
    )


def shelf(call: Call, tx: Tx, permission: Permission) -> RepositoryFilter:
    """The repositories that the caller sees: to READ those alone that have something admitted (gate.md 6)."""
    if call.principal.is_admin:
        return RepositoryFilter()
    projects, _ = call.rooms.projects.list(tx, ProjectFilter(visible=visible(call, tx)))
    seen = [
        standing for standing in standings(call, tx, projects) if decide(call.principal, permission, standing)
    ]
    return RepositoryFilter(
        project_ids=frozenset(standing.project_id for standing in seen),
        admitted_only=frozenset(
            standing.project_id for standing in seen if reading_tier(call.principal, standing) < Tier.INSPECT
        ),
    )


def reader(call: Call, standing: Standing) -> Reader:
    """The caller as a reader of repositories, where he stands in their project."""
    who = call.principal
    return Reader(
        who,
        reading_tier(who, standing),
        may_push=decide(who, PUSH, standing),
        holds_inspect=holds_inspect(who, standing),
    )


def require(call: Call, permission: Permission) -> None:
    """Raise Forbidden unless the caller has one more permission in the project of the operation."""
    _, standing = call.at_project
    if not decide(call.principal, permission, standing):
        raise Forbidden(f"this needs {permission} in the project too")


def _granted_by_namespace(call: Call, tx: Tx) -> Mapping[str, frozenset[Permission]]:
    robot = call.rooms.robots.by_id(tx, call.principal.id)
    if robot is None:
        return {}
    grants = (each for each in robot.grants if each.kind is Level.PROJECT)
    if robot.level is Level.PROJECT:
        return {each.namespace: of_project_robot(each.permissions) for each in grants}
    return {each.namespace: each.permissions for each in grants}
