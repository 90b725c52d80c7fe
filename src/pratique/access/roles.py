"""The roles of a project's members, and what each may do.

Harbor's matrix, cell by cell as its code has it (its documentation differs: reading the project's log is the
project admin's alone), with our own resources at the end. No role holds `inspect` or `examine` of itself: who
may push reads refused manifests by digest (`decide.reading_tier`), and an explicit `inspect` would give its
holder the candidate of every tag, so that a colleague's push could break his pull (gate.md, section 4).
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final

from pratique.access.permissions import Permission


class Role(IntEnum):
    """A member's role; the value is Harbor's role id, which says nothing about its rank."""

    PROJECT_ADMIN = 1
    DEVELOPER = 2
    GUEST = 3
    MAINTAINER = 4
    LIMITED_GUEST = 5

    @property
    def harbor_name(self) -> str:
        """`projectAdmin`, `limitedGuest`: how Harbor's API spells it."""
        first, *rest = self.name.lower().split("_")
        return first + "".join(word.capitalize() for word in rest)


BY_RANK: Final = (Role.PROJECT_ADMIN, Role.MAINTAINER, Role.DEVELOPER, Role.GUEST, Role.LIMITED_GUEST)
"""All roles, the highest first."""

_CRUD: Final = "create read update delete"
_ALL: Final = "create read update delete list"

# A row: resource, then what project admin, maintainer, developer, guest and limited guest may do.
_MATRIX: Final[tuple[tuple[str, str, str, str, str, str], ...]] = (
    ("project", "read update delete", "read", "read", "read", "read"),
    ("member", _ALL, "read list", "read list", "read list", ""),
    ("metadata", _CRUD, "read", "", "", ""),
    ("log", "list", "", "", "", ""),
    ("label", _ALL, _ALL, "read list", "read list", ""),
    ("quota", "read", "read", "read", "read", "read"),
    (
        "repository",
        f"{_ALL} pull push",
        f"{_ALL} pull push",
        "create read update list pull push",
        "read list pull",
        "read list pull",
    ),
    ("tag-retention", f"{_ALL} operate", f"{_ALL} operate", f"{_ALL} operate", "", ""),
    ("immutable-tag", "create update delete list", "create update delete list", "", "", ""),
    ("configuration", "read update", "read", "read", "read", "read"),
    ("robot", _ALL, "read list", "read list", "read list", ""),
    ("notification-policy", _ALL, "read list", "", "", ""),
    ("scan", "create read stop", "create read stop", "read", "read", "read"),
    ("sbom", "create read stop", "create read stop", "read", "read", "read"),
    ("scanner", "create read", "read", "read", "read", "read"),
    (
        "artifact",
        "create read delete list",
        "create read delete list",
        "create read list",
        "read list",
        "read list",
    ),
    ("artifact-addition", "read", "read", "read", "read", "read"),
    ("tag", "create delete list", "create delete list", "create list", "list", "list"),
    ("accessory", "list", "list", "list", "list", "list"),
    ("artifact-label", "create delete", "create delete", "create delete", "", ""),
    ("preheat-policy", _ALL, "", "", "", ""),
    ("export-cve", "create read list", "create read list", "create read list", "", ""),
    # Ours. Who may push may ask for a new verdict on what he pushed; who may pull may read why he is refused.
    ("verdict", "read examine", "read examine", "read examine", "read", "read"),
    ("trusted-key", "create read delete list", "", "", "", ""),
    ("trusted-identity", "create read delete list", "", "", "", ""),
    ("notation-trust", "create read update delete list", "", "", "", ""),
    ("denied", "create delete list", "", "", "", ""),
    ("admission", "update", "", "", "", ""),
)


def _column(position: int) -> frozenset[Permission]:
    return frozenset(Permission(row[0], action) for row in _MATRIX for action in row[position].split())


ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    role: _column(position) for position, role in enumerate(BY_RANK, start=1)
}

PUBLIC_PERMISSIONS: Final = frozenset(
    Permission(resource, action)
    for resource, actions in (
        ("project", "read"),
        ("label", "read list"),
        ("repository", "list pull"),
        ("scan", "read"),
        ("scanner", "read"),
        ("tag", "list"),
        ("artifact", "read list"),
        ("artifact-addition", "read"),
        ("accessory", "list"),
        ("verdict", "read"),
    )
    for action in actions.split()
)
"""What anyone may do in a public project, robots and people without an account included."""


def highest(roles: Iterable[Role]) -> Role | None:
    """The highest of `roles`; rights are the union of all of them, this one is only shown."""
    return min(roles, key=BY_RANK.index, default=None)
