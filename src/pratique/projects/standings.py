"""Where a principal stands in a project: what `access.decide` decides over."""

from pratique.access import Kind, Principal, Standing
from pratique.db import Tx
from pratique.projects.members import Members
from pratique.projects.ports import RobotReach
from pratique.projects.values import Project


class Standings:
    """Joins a user's roles and a robot's permissions into a standing."""

    def __init__(self, members: Members, robots: RobotReach) -> None:
        self._members = members
        self._robots = robots

    def of(self, tx: Tx, principal: Principal, project: Project) -> Standing:
        """The standing of a principal, looked up now."""
        return Standing(
            project_id=project.id,
            project=project.name,
            public=project.public,
            roles=self._members.roles_of(tx, project.id, principal),
            granted=(
                self._robots.granted(tx, principal, project) if principal.kind is Kind.ROBOT else frozenset()
            ),
        )
