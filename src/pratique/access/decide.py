"""Who may do what: pure decisions over a principal and where he stands.

Rights are a union: what is public, what a user's roles allow, what a robot was granted. The system
administrator and the registry itself may do everything. A user's `granted` and a robot's `roles` count for
nothing, and nobody without an account gets more than what is public, whatever a `Standing` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pratique.access.permissions import DELETE, EXAMINE, INSPECT, PULL, PUSH, Permission
from pratique.access.principal import Kind, Principal, Tier
from pratique.access.roles import PUBLIC_PERMISSIONS, ROLE_PERMISSIONS, Role

ACTIONS: Final[Mapping[str, Permission]] = {"pull": PULL, "push": PUSH, "delete": DELETE}
"""The actions of a registry token, and the permission that each stands for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a principal stands in a project.

    `roles` are a user's, his groups' included; `granted` are a robot's permissions that reach this project,
    with what they imply (`permissions.of_project_robot`) already added.
    """

    project_id: int
    project: str
    public: bool
    roles: frozenset[Role] = frozenset()
    granted: frozenset[Permission] = frozenset()


def decide(principal: Principal, permission: Permission, standing: Standing) -> bool:
    """Whether `principal` has `permission` in the project that `standing` speaks of."""
    if principal.is_admin:
        return True
    if standing.public and permission in PUBLIC_PERMISSIONS:
        return True
    if principal.kind is Kind.USER:
        return any(permission in ROLE_PERMISSIONS[role] for role in standing.roles)
    return _granted(principal, permission, standing.granted)


def decide_system(principal: Principal, permission: Permission, granted: frozenset[Permission]) -> bool:
    """Whether `principal` has `permission` at system level; `granted` are a system robot's permissions there.

    What every signed-in user may do (list projects he sees, read himself) is the door's to say, not a
    permission.
    """
    return principal.is_admin or _granted(principal, permission, granted)


def repository_actions(principal: Principal, standing: Standing) -> frozenset[str]:
    """What a token may carry for any repository of the project: a subset of `pull`, `push` and `delete`."""
    return frozenset(
        action for action, permission in ACTIONS.items() if decide(principal, permission, standing)
    )


def reading_tier(principal: Principal, standing: Standing) -> Tier:
    """How deep `principal` reads in the project's repositories (gate.md, section 5).

    Nobody reads without `pull`: the deeper permissions say how deep it goes, not that it is there.
    """
    if not decide(principal, PULL, standing):
        return Tier.NONE
    if decide(principal, EXAMINE, standing):
        return Tier.EXAMINE
    if decide(principal, PUSH, standing) or decide(principal, INSPECT, standing):
        return Tier.INSPECT
    return Tier.READ


def holds_inspect(principal: Principal, standing: Standing) -> bool:
    """Whether `inspect` was given explicitly, so that tags answer with their candidate (gate.md, section 4).

    Being an administrator or allowed to push is not explicit: administrators deploy too.
    """
    return _granted(principal, INSPECT, standing.granted)


def _granted(principal: Principal, permission: Permission, granted: frozenset[Permission]) -> bool:
    return principal.kind is Kind.ROBOT and permission in granted
