"""What an account may do in a repository, looked up now: the live answer behind tokens, Basic credentials and mounts.

Implements `identity.grants.Standings` (what a token may carry) and `registry.ports.Rights` (mounts and copies).
"""

from dataclasses import replace

from pratique.access import (
    Permission,
    Principal,
    Standing,
    decide_system,
    holds_inspect,
    reading_tier,
    repository_actions,
)
from pratique.access.principal import Kind, Tier
from pratique.db import Tx
from pratique.identity import GrantedAccess, Robots
from pratique.oci.names import project_of
from pratique.projects import ProjectFilter, Projects, Standings, Visible
from pratique.registry.listing import Shelf
from pratique.registry.values import Reader

_CATALOG = Permission("catalog", "read")


class RightsOf:
    """Joins projects, roles and robots' permissions into grants and readers."""

    def __init__(self, projects: Projects, standings: Standings, robots: Robots) -> None:
        self._projects = projects
        self._standings = standings
        self._robots = robots

    def standing(self, tx: Tx, principal: Principal, repository: str) -> Standing | None:
        """Where a principal stands in the project of a repository; None: there is no such project."""
        project = self._projects.by_name(tx, project_of(repository))
        return None if project is None else self._standings.of(tx, principal, project)

    def rights_of(self, tx: Tx, principal: Principal, repository: str) -> GrantedAccess | None:
        """All that a principal may do in a repository, existing or not; None: nothing, or no such project."""
        standing = self.standing(tx, principal, repository)
        if standing is None:
            return None
        actions = repository_actions(principal, standing)
        if not actions:
            return None
        tier = reading_tier(principal, standing)
        return GrantedAccess(
            repository,
            standing.project_id,
            actions,
            tier,
            inspect=holds_inspect(principal, standing) and tier > Tier.NONE,
            is_public=standing.public and not repository_actions(principal, replace(standing, public=False)),
        )

    def may_list_catalog(self, tx: Tx, principal: Principal) -> bool:
        """Whether a principal may ask for the catalog: people and robots with `catalog:read`; never strangers."""
        if principal.kind in {Kind.ANONYMOUS, Kind.SCANNER}:
            return False
        if principal.kind is not Kind.ROBOT:
            return True
        return decide_system(principal, _CATALOG, self._robots.granted_at_system(tx, principal.id))

    def still_counts(self, tx: Tx, granted: GrantedAccess) -> bool:
        """Whether the project of a token is still the same one, and public where the access rests on that."""
        project = self._projects.by_name(tx, project_of(granted.repository))
        return (
            project is not None
            and project.id == granted.project_id
            and (project.public or not granted.is_public)
        )

    def shelf(self, tx: Tx, principal: Principal) -> Shelf | None:
        """The projects whose repositories a principal sees in the catalog; None: all of them, in any state."""
        if principal.is_admin:
            return None
        visible = self._visible(principal)
        found, _ = self._projects.list(tx, ProjectFilter(visible=visible))
        tiers = {
            project.id: reading_tier(principal, self._standings.of(tx, principal, project))
            for project in found
        }
        return Shelf(
            inspected=frozenset(number for number, tier in tiers.items() if tier >= Tier.INSPECT),
            admitted_only=frozenset(number for number, tier in tiers.items() if tier is Tier.READ),
        )

    def _visible(self, principal: Principal) -> Visible | None:
        """Robots are asked project by project: what they reach may be every project."""
        if principal.kind is Kind.ROBOT:
            return None
        return Visible(user_id=principal.id if principal.kind is Kind.USER else 0)

    def reader(self, tx: Tx, reader: Reader, repository: str) -> Reader | None:
        """The same principal as a reader of another repository; None: he may not pull there."""
        granted = self.rights_of(tx, reader.principal, repository)
        if granted is None or "pull" not in granted.actions:
            return None
        return replace(
            reader, tier=granted.tier, may_push="push" in granted.actions, holds_inspect=granted.inspect
        )
