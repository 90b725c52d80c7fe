"""What projects accept of the contents of artifacts, as the judge is told (Harbor's `prevent_vul`)."""

from collections.abc import Mapping
from typing import Final

from pratique.db import Tx
from pratique.packages import Severity
from pratique.policy import Tolerance
from pratique.projects.store import allowlists
from pratique.projects.values import SYSTEM_LIST, Allowlist, Project

PREVENT: Final = "prevent_vul"
SEVERITY: Final = "severity"
ALLOW_UNEXAMINED: Final = "allow_unexamined"
REUSE: Final = "reuse_sys_cve_allowlist"


class Tolerances:
    """Reads what a project tolerates. `unknown_as`: what an advisory without any severity counts as."""

    def __init__(self, unknown_as: Severity) -> None:
        self._unknown_as = unknown_as

    def of(self, tx: Tx, project: Project) -> Tolerance | None:
        """What `project` accepts; None, and nothing is read, where it does not prevent vulnerabilities."""
        if not prevents(project.metadata):
            return None
        listed = allowlists.of(tx, list_of(project.id, project.metadata))
        return tolerance_of(project.metadata, listed, self._unknown_as)


def prevents(texts: Mapping[str, str]) -> bool:
    """Whether a project's stored metadata asks for contents at all."""
    return texts.get(PREVENT) == "true"


def list_of(project_id: int, texts: Mapping[str, str]) -> int:
    """Whose allowlist counts in a project: its own, or the system's, which is what Harbor's projects begin with."""
    return project_id if texts.get(REUSE) == "false" else SYSTEM_LIST


def tolerance_of(
    texts: Mapping[str, str], listed: Allowlist, unknown_as: Severity = Severity.HIGH
) -> Tolerance:
    """What stored metadata and the list that counts accept.

    Without a `severity` everything counts, as in Harbor: who sets none has excepted nothing.
    """
    return Tolerance(
        severity=Severity[texts.get(SEVERITY, "none").upper()],
        unknown_as=unknown_as,
        allowed=listed.entries,
        allow_unexamined=texts.get(ALLOW_UNEXAMINED) == "true",
    )
