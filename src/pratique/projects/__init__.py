"""Projects: namespaces and the boundary of rights, their members, metadata, labels and quotas.

Every method takes the caller's transaction first, so that a change, its event and whatever else the caller
does commit together. Who may do something is asked at the door (`access.decide` over a `Standing`), not here.
"""

from pratique.projects.allowlists import Allowlists, read_allowlist
from pratique.projects.clearing import LabelClearing
from pratique.projects.labels import Labels
from pratique.projects.members import Members
from pratique.projects.ports import AccountBumper, AdmissionSwitch, Holdings, Leaver, People, RobotReach
from pratique.projects.projects import Projects
from pratique.projects.quotas import Quotas
from pratique.projects.standings import Standings
from pratique.projects.tolerances import Tolerances
from pratique.projects.values import (
    Admission,
    Allowlist,
    Label,
    Member,
    Person,
    Project,
    ProjectFilter,
    Quota,
    Summary,
    Updated,
    Visible,
)

__all__ = [
    "AccountBumper",
    "Admission",
    "AdmissionSwitch",
    "Allowlist",
    "Allowlists",
    "Holdings",
    "Label",
    "LabelClearing",
    "Labels",
    "Leaver",
    "Member",
    "Members",
    "People",
    "Person",
    "Project",
    "ProjectFilter",
    "Projects",
    "Quota",
    "Quotas",
    "RobotReach",
    "Standings",
    "Summary",
    "Tolerances",
    "Updated",
    "Visible",
    "read_allowlist",
]
