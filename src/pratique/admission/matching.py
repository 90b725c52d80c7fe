"""Having components matched and kept, in small transactions, so that whoever judges only reads."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pratique.admission.digests import DigestJudging
from pratique.admission.named import Naming
from pratique.advisories.findings import Findings
from pratique.batches import batched
from pratique.db import Database, Tx
from pratique.packages import Component

MATCHED_AT_ONCE: Final = 100
"""Packages that are matched in one transaction, where they never were."""


class Matching:
    """Matches what never was."""

    def __init__(self, database: Database, findings: Findings) -> None:
        self._database = database
        self._findings = findings

    def __call__(self, keys: Collection[Component]) -> None:
        """Match those of the components that are not known yet."""
        with self._database.read() as tx:
            missing = self._findings.missing(tx, keys)
        for some in batched(missing, MATCHED_AT_ONCE):
            self._database.write(partial(self._keep, some))

    def _keep(self, keys: Sequence[Component], tx: Tx) -> None:
        self._findings.of(tx, keys)


class JudgingNamed:
    """Handles jobs with the payload {"digests"}: something else is said of them, and they are judged by it."""

    def __init__(self, database: Database, named: Naming, matching: Matching, judging: DigestJudging) -> None:
        self._database = database
        self._named = named
        self._matching = matching
        self._judging = judging

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Match what is said to be inside, and judge whatever has these digests."""
        with self._database.read() as tx:
            keys = {key for digest in payload["digests"] for key in self._named.components_of(tx, digest)}
        self._matching(keys)
        self._judging.judge(payload["digests"])
