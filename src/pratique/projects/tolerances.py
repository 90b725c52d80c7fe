"""What projects accept of the contents of artifacts, as the judge is told (Harbor's `prevent_vul`).

A list may have thousands of entries, and is asked for by each transaction that judges: it is read once for each of its
versions, of which every transaction asks the database, whoever has changed it.
"""

import threading
from typing import Final

from pratique.db import Tx
from pratique.packages import Severity
from pratique.policy import Tolerance
from pratique.projects.asking import ALLOW_UNEXAMINED, SEVERITY, list_of, tolerance_of
from pratique.projects.store import allowlists
from pratique.projects.store.allowlists import Version
from pratique.projects.values import Project

REMEMBERED: Final = 200_000
"""Entries of all lists that are remembered; then it begins anew."""

_Asked = tuple[int, str | None, str | None]


class Tolerances:
    """Reads what a project tolerates. `unknown_as`: what an advisory without any severity counts as.

    Threads may share it.
    """

    def __init__(self, unknown_as: Severity) -> None:
        self._unknown_as = unknown_as
        self._lock = threading.Lock()
        self._held: dict[_Asked, tuple[Version, Tolerance]] = {}
        self._entries = 0

    def of(self, tx: Tx, project: Project) -> Tolerance | None:
        """What `project` accepts; None, and nothing is read, where it does not prevent vulnerabilities."""
        return self.anyhow(tx, project) if project.prevents_vulnerabilities else None

    def anyhow(self, tx: Tx, project: Project) -> Tolerance:
        """What `project` would accept if it prevented vulnerabilities."""
        number, metadata = list_of(project), project.metadata
        asked = (number, metadata.get(SEVERITY), metadata.get(ALLOW_UNEXAMINED))
        held = self._held.get(asked)
        if held is not None and held[0] == allowlists.version_of(tx, number):
            return held[1]
        listed = allowlists.of(tx, number)
        found = tolerance_of(metadata, listed, self._unknown_as)
        if not allowlists.is_being_written(tx, number):
            self._keep(asked, allowlists.versioned(listed), found)
        return found

    def _keep(self, asked: _Asked, version: Version, found: Tolerance) -> None:
        with self._lock:
            self._entries += len(found.allowed) + 1
            if self._entries > REMEMBERED:
                self._held.clear()
                self._entries = len(found.allowed) + 1
            self._held[asked] = (version, found)
