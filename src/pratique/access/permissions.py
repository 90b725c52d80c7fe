"""Every permission there is: one table per level.

Resources and actions are those of Harbor's robot catalogue (`GET /api/v2.0/permissions`), the few more that
its roles know, and ours: reading what is not let out (`repository:inspect`, `repository:examine`, gate.md
section 5), verdicts, trusted keys, and the switch between `open` and `signed`.

A permission that is in neither table can't be written: `Permission` refuses it, so a typing error in a door's
table of operations fails at import and not as a door that nobody can open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Catalogue = Mapping[str, tuple[str, ...]]
"""Resource -> its actions, both in the order in which they are shown."""


def _catalogue(table: Mapping[str, str]) -> Catalogue:
    return {resource: tuple(actions.split()) for resource, actions in table.items()}


HARBOR_SYSTEM: Final[Catalogue] = _catalogue(
    {
        "audit-log": "list",
        "preheat-instance": "read create delete list update",
        "project": "list create",
        "replication-policy": "read create delete list update",
        "replication": "read create list",
        "replication-adapter": "list",
        "registry": "read create delete list update",
        "scan-all": "read update stop create",
        "system-volumes": "read",
        "garbage-collection": "read create list update stop",
        "purge-audit": "read create list update stop",
        "jobservice-monitor": "list stop",
        "scanner": "read create delete list update",
        "label": "read create delete update",
        "security-hub": "read list",
        "catalog": "read",
        "quota": "read list update",
        "robot": "create read list delete",
        "user": "create read update list delete",
        "ldap-user": "create list",
        "user-group": "create read update list delete",
    }
)
"""What Harbor lets a system robot hold at system level."""

HARBOR_PROJECT: Final[Catalogue] = _catalogue(
    {
        "log": "list",
        "project": "read delete update",
        "metadata": "read create delete list update",
        "repository": "read update delete list pull push",
        "artifact": "read create list delete",
        "scan": "create read stop",
        "sbom": "create stop read",
        "tag": "create list delete",
        "accessory": "list",
        "artifact-addition": "read",
        "artifact-label": "create delete",
        "scanner": "create read",
        "preheat-policy": "read create delete list update",
        "immutable-tag": "create delete list update",
        "notification-policy": "read create delete list update",
        "tag-retention": "read create delete list update",
        "label": "read create delete list update",
        "quota": "read",
        "robot": "create read list delete",
        "export-cve": "create read",
        "member": "create read update list delete",
    }
)
"""What Harbor lets a robot hold in a project."""

_OURS_FOR_ROBOTS: Final[Catalogue] = _catalogue({"repository": "inspect examine", "verdict": "read examine"})

_PEOPLE_ONLY: Final[Catalogue] = _catalogue(
    {
        "configuration": "read update",
        "repository": "create",
        "robot": "update",
        "tag-retention": "operate",
        "export-cve": "list",
        # gate.md, section 5: a leaked robot secret must not be able to say whose signatures count.
        "trusted-key": "create read delete list",
        "trusted-identity": "create read delete list",
        "notation-trust": "create read update delete list",
        "denied": "create delete list",
        "admission": "update",
    }
)
"""In a project, and never a robot's: the rest of Harbor's role matrix, and what decides whom the gate
believes."""


def _joined(*catalogues: Catalogue) -> Catalogue:
    joined: dict[str, tuple[str, ...]] = {}
    for catalogue in catalogues:
        for resource, actions in catalogue.items():
            joined[resource] = joined.get(resource, ()) + actions
    return joined


ROBOT_SYSTEM: Final[Catalogue] = HARBOR_SYSTEM
"""What a system robot may be given at system level."""

ROBOT_PROJECT: Final[Catalogue] = _joined(HARBOR_PROJECT, _OURS_FOR_ROBOTS)
"""What any robot may be given in a project."""

PROJECT: Final[Catalogue] = _joined(ROBOT_PROJECT, _PEOPLE_ONLY)
"""Everything that can be allowed in a project."""

SYSTEM: Final[Catalogue] = ROBOT_SYSTEM
"""Everything that can be allowed outside of projects."""

_KNOWN: Final = frozenset(
    (resource, action)
    for catalogue in (SYSTEM, PROJECT)
    for resource, actions in catalogue.items()
    for action in actions
)


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """Doing `action` to a `resource`. Raises ValueError for one that is in no table."""

    resource: str
    action: str

    def __post_init__(self) -> None:
        if (self.resource, self.action) not in _KNOWN:
            raise ValueError(f"there is no permission {self.resource}:{self.action}")

    def __str__(self) -> str:
        return f"{self.resource}:{self.action}"


def permissions_of(catalogue: Catalogue) -> frozenset[Permission]:
    """A catalogue as a set."""
    return frozenset(
        Permission(resource, action) for resource, actions in catalogue.items() for action in actions
    )


PULL: Final = Permission("repository", "pull")
PUSH: Final = Permission("repository", "push")
DELETE: Final = Permission("repository", "delete")
INSPECT: Final = Permission("repository", "inspect")
EXAMINE: Final = Permission("repository", "examine")
CHANGE_ADMISSION: Final = Permission("admission", "update")
"""Saying what a project asks of artifacts: `admission` by whichever name the metadata is set, `prevent_vul` with its
severity, its exceptions and its CVE allowlist. Needed besides `metadata:update` or `project:update`."""


def of_project_robot(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """What a project robot holds when it was given `permissions`: `push` implies `pull`, as in Harbor."""
    return permissions | {PULL} if PUSH in permissions else permissions
