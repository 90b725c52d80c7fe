"""Once a day: reports that grow old are said again, and what was said in repositories that are gone is forgotten."""

from collections.abc import Mapping
from typing import Any, Final

from pratique.admission.countersign_sweep import sweep_later
from pratique.admission.store import attestations
from pratique.db import Database, Tx

RENEW_ATTESTATIONS: Final = "admission.renew_attestations"
"""The daily job; no payload."""


class Renewal:
    """The handler of that job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, _payload: Mapping[str, Any], /) -> None:
        """Have every project of whose artifacts anything is said gone through."""
        self._database.write(self._work)

    def _work(self, tx: Tx) -> None:
        attestations.forget_orphans(tx)
        for project_id in attestations.projects(tx):
            sweep_later(tx, project_id)
