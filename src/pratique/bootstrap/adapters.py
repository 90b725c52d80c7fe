"""Small joints between rooms that do not know each other: each implements a port of one with another."""

from collections.abc import Mapping, Sequence

from pratique.access import SYSTEM, Kind, Permission, Principal
from pratique.db import Tx
from pratique.errors import RepositoryUnknown
from pratique.identity import Accounts, Robots, Users
from pratique.oci.names import project_of
from pratique.projects import Person, Project, Projects, Quotas
from pratique.registry.ports import Allotment
from pratique.registry.store import repositories, usage


class PeopleOfIdentity:
    """`projects.ports.People` with identity's users."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def named(self, tx: Tx, username: str) -> Person | None:
        """The user with this name."""
        user = self._users.by_name(tx, username)
        return None if user is None else Person(user.id, user.username)

    def by_id(self, tx: Tx, user_id: int) -> Person | None:
        """The user with this number."""
        user = self._users.by_id(tx, user_id)
        return None if user is None else Person(user.id, user.username)

    def first_admin(self, tx: Tx) -> Person:
        """The administrator with the lowest number."""
        user = self._users.first_admin(tx)
        if user is None:
            raise LookupError("there is no administrator")
        return Person(user.id, user.username)


class BumperOfIdentity:
    """`projects.ports.AccountBumper` with identity's accounts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def bump(self, tx: Tx, key: str) -> None:
        """End the tokens of an account."""
        self._accounts.bump(tx, key)


class RobotReachOfIdentity:
    """`projects.ports.RobotReach` with identity's robots."""

    def __init__(self, robots: Robots) -> None:
        self._robots = robots

    def granted(self, tx: Tx, robot: Principal, project: Project) -> frozenset[Permission]:
        """The robot's permissions that reach this project."""
        if robot.kind is not Kind.ROBOT:
            return frozenset()
        return self._robots.granted_in(tx, robot.id, project.id)

    def forget_project(self, tx: Tx, project: Project) -> None:
        """`projects.ports.Leaver`: a project's robots go with it."""
        self._robots.project_deleted(tx, project.id, by=SYSTEM)


class HoldingsOfRegistry:
    """`projects.ports.Holdings` with the registry's tables."""

    def repositories(self, tx: Tx, project_id: int) -> int:
        """How many repositories the project has."""
        return repositories.count_in_project(tx, project_id)

    def forget_project(self, tx: Tx, project: Project) -> None:
        """`projects.ports.Leaver`: what nobody sees any more, abandoned uploads and unnamed blobs, goes with it."""
        repositories.remove_empty(tx, project.id)

    def used(self, tx: Tx, project_ids: Sequence[int]) -> Mapping[int, int]:
        """Bytes that each project stores."""
        return {project_id: usage.used(tx, project_id) for project_id in project_ids}


class ProjectsOfRegistry:
    """`registry.ports.Projects` with the projects room."""

    def __init__(self, projects: Projects, quotas: Quotas) -> None:
        self._projects = projects
        self._quotas = quotas

    def project_of(self, tx: Tx, repository: str) -> int:
        """The id of the project that a repository name belongs to. Raises RepositoryUnknown."""
        name = project_of(repository)
        project = self._projects.by_name(tx, name)
        if project is None or name == repository:
            raise RepositoryUnknown(
                f"there is no project {name}; create it first" if project is None else _too_short(repository)
            )
        return project.id

    def hold(self, tx: Tx, repository: str) -> int:
        """As `project_of`, and nobody deletes the project before this transaction has ended."""
        project_id = self.project_of(tx, repository)
        if not self._projects.hold(tx, project_id):
            raise RepositoryUnknown(f"the project {project_of(repository)} has just been deleted")
        return project_id

    def allotment(self, tx: Tx, project_id: int) -> Allotment:
        """What the project may still store; what it uses is added up only where there is a limit."""
        hard = self._quotas.hard(tx, project_id)
        return Allotment(None, 0) if hard is None else Allotment(hard, usage.used(tx, project_id))


def _too_short(repository: str) -> str:
    return f"{repository} names a project and no repository in it: push to {repository}/<name>"
