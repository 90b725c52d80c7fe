"""What projects accept of the contents of artifacts, as the judge is told (Harbor's `prevent_vul`)."""

from pratique.db import Tx
from pratique.packages import Severity
from pratique.policy import Tolerance
from pratique.projects.asking import list_of, tolerance_of
from pratique.projects.store import allowlists
from pratique.projects.values import Project


class Tolerances:
    """Reads what a project tolerates. `unknown_as`: what an advisory without any severity counts as."""

    def __init__(self, unknown_as: Severity) -> None:
        self._unknown_as = unknown_as

    def of(self, tx: Tx, project: Project) -> Tolerance | None:
        """What `project` accepts; None, and nothing is read, where it does not prevent vulnerabilities."""
        if not project.prevents_vulnerabilities:
            return None
        listed = allowlists.of(tx, list_of(project))
        return tolerance_of(project.metadata, listed, self._unknown_as)
