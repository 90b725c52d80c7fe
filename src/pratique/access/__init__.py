"""Who may do what: one table of permissions, the role matrix, and pure decisions over them. No I/O."""

from pratique.access.decide import (
    ACTIONS,
    Standing,
    decide,
    decide_system,
    holds_inspect,
    reading_tier,
    repository_actions,
)
from pratique.access.permissions import (
    CHANGE_ADMISSION,
    DELETE,
    EXAMINE,
    INSPECT,
    PULL,
    PUSH,
    Permission,
)
from pratique.access.principal import ANONYMOUS, SCANNER, SYSTEM, Kind, Principal, Tier
from pratique.access.roles import PUBLIC_PERMISSIONS, ROLE_PERMISSIONS, Role

__all__ = [
    "ACTIONS",
    "ANONYMOUS",
    "CHANGE_ADMISSION",
    "DELETE",
    "EXAMINE",
    "INSPECT",
    "PUBLIC_PERMISSIONS",
    "PULL",
    "PUSH",
    "ROLE_PERMISSIONS",
    "SCANNER",
    "SYSTEM",
    "Kind",
    "Permission",
    "Principal",
    "Role",
    "Standing",
    "Tier",
    "decide",
    "decide_system",
    "holds_inspect",
    "reading_tier",
    "repository_actions",
]
