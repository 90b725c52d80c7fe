"""What robots are given: permissions in projects and at system level. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pratique.access import Permission
from pratique.access.permissions import ROBOT_PROJECT, ROBOT_SYSTEM, Catalogue, of_project_robot
from pratique.errors import BadRequest, Forbidden

EVERY_PROJECT: Final = "*"
SYSTEM_NAMESPACE: Final = "/"
GRANTS_LIMIT: Final = 1_000
"""Permissions of one robot at most, all namespaces together."""


class Level(StrEnum):
    """Where a robot belongs: to the registry, or to one project, with which it goes."""

    SYSTEM = "system"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions in one namespace: a project's name, `*` for every project, `/` at system level."""

    kind: Level
    namespace: str
    permissions: frozenset[Permission]


def grant(kind: str, namespace: str, access: Iterable[tuple[str, str]]) -> Grant:
    """A grant from (resource, action) pairs. Raises BadRequest when robots can't hold one of them."""
    catalogue = _catalogue_of(kind)
    permissions = set()
    for resource, action in access:
        if action not in catalogue.get(resource, ()):
            raise BadRequest(f"a robot can't be given {resource[:64]}:{action[:64]} at {kind} level")
        permissions.add(Permission(resource, action))
    return Grant(Level(kind), namespace, frozenset(permissions))


def check_grants(level: Level, project: str, grants: Sequence[Grant]) -> None:
    """Raise BadRequest unless a robot of `level` (of `project`) can hold exactly `grants`."""
    if not grants or not all(each.permissions for each in grants):
        raise BadRequest("a robot needs at least one permission, and each namespace at least one access")
    if sum(len(each.permissions) for each in grants) > GRANTS_LIMIT:
        raise BadRequest(f"a robot has at most {GRANTS_LIMIT} permissions")
    if len({(each.kind, each.namespace) for each in grants}) != len(grants):
        raise BadRequest("a namespace stands twice; put its permissions together")
    if any(each.kind is Level.SYSTEM and each.namespace != SYSTEM_NAMESPACE for each in grants):
        raise BadRequest(f"the namespace of system permissions is {SYSTEM_NAMESPACE!r}")
    if level is Level.PROJECT and [(each.kind, each.namespace) for each in grants] != [
        (Level.PROJECT, project)
    ]:
        raise BadRequest("a project robot has permissions in its own project and nowhere else")


def check_subset(own: Sequence[Grant], own_level: Level, asked: Sequence[Grant]) -> None:
    """Raise Forbidden unless a robot that holds `own` may create or change one that holds `asked`."""
    held = {(each.kind, each.namespace): _effective(each, own_level) for each in own}
    everywhere = held.get((Level.PROJECT, EVERY_PROJECT), frozenset())
    for each in asked:
        covered = held.get((each.kind, each.namespace), frozenset())
        if each.kind is Level.PROJECT:
            covered |= everywhere
        missing = each.permissions - covered
        if missing:
            named = ", ".join(sorted(map(str, missing))[:5])
            raise Forbidden(f"a robot can give only what it has; in {each.namespace} it lacks {named}")


def stored(rows: Iterable[tuple[str, str, str, str]]) -> tuple[Grant, ...]:
    """Grants from rows (kind, namespace, resource, action), without what no catalogue knows any more."""
    namespaces: dict[tuple[str, str], set[Permission]] = {}
    for kind, namespace, resource, action in rows:
        if action in _catalogue_of(kind).get(resource, ()):
            namespaces.setdefault((kind, namespace), set()).add(Permission(resource, action))
    return tuple(Grant(Level(kind), name, frozenset(held)) for (kind, name), held in namespaces.items())


def effective(rows: Iterable[tuple[str, str]], kind: Level, level: Level) -> frozenset[Permission]:
    """Permissions from rows (resource, action) of one `kind`, with what they imply for a robot of `level`."""
    catalogue = _CATALOGUES[kind]
    held = frozenset(
        Permission(resource, action) for resource, action in rows if action in catalogue.get(resource, ())
    )
    return of_project_robot(held) if level is Level.PROJECT else held


def _effective(each: Grant, level: Level) -> frozenset[Permission]:
    return of_project_robot(each.permissions) if level is Level.PROJECT else each.permissions


def _catalogue_of(kind: str) -> Catalogue:
    try:
        return _CATALOGUES[Level(kind)]
    except ValueError:
        raise BadRequest(f"the kind of a permission is 'project' or 'system', not {kind[:64]!r}") from None


_CATALOGUES: Final[Mapping[Level, Catalogue]] = {Level.PROJECT: ROBOT_PROJECT, Level.SYSTEM: ROBOT_SYSTEM}
