"""What a token gives: per repository, what was asked for and what its holder may do there, both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pratique.access import Principal, Tier
from pratique.db import Tx
from pratique.identity.scopes import Scope

CATALOG: Final = "catalog"


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """Access to one repository. `tier` is how deep `pull` reads; without `pull` it is NONE.

    `inspect`: the principal holds `repository:inspect` explicitly (gate.md, section 4). `is_public`: it rests on the
    project being public alone, so it is over when the project no longer is.
    """

    repository: str
    project_id: int
    actions: frozenset[str]
    tier: Tier = Tier.NONE
    inspect: bool = False
    is_public: bool = False

    def within(self, asked: frozenset[str]) -> "GrantedAccess | None":
        """The part of it that was asked for; None when that is nothing."""
        actions = self.actions & asked
        if not actions:
            return None
        reads = "pull" in actions
        return GrantedAccess(
            self.repository,
            self.project_id,
            actions,
            self.tier if reads else Tier.NONE,
            self.inspect and reads,
            self.is_public,
        )


class Standings(Protocol):
    """The port to projects: what a principal may do where."""

    def rights_of(self, tx: Tx, principal: Principal, repository: str) -> GrantedAccess | None:
        """All that `principal` may do in `repository`, existing or not; None: nothing, or no such project."""
        ...

    def may_list_catalog(self, tx: Tx, principal: Principal) -> bool:
        """Whether `principal` may ask for the catalog, in which he sees what he may pull."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """The contents of a token."""

    repositories: tuple[GrantedAccess, ...] = ()
    catalog: bool = False


def grant(tx: Tx, standings: Standings, principal: Principal, asked: Sequence[Scope]) -> Granted:
    """Asked and allowed, both. What is not allowed, or of an unknown type, is left out without a word."""
    repositories = []
    catalog = False
    for scope in asked:
        if scope.type == "repository":
            rights = standings.rights_of(tx, principal, scope.name)
            part = None if rights is None else rights.within(scope.repository_actions)
            if part is not None:
                repositories.append(part)
        elif scope.type == "registry" and scope.name == CATALOG and "*" in scope.actions:
            catalog = standings.may_list_catalog(tx, principal)
    return Granted(tuple(repositories), catalog)
