"""Evidence that an older release verified, which did not listen to what it says of contents: heard without a new push.

A worker looks for it when it begins, and once a day. It is verified again, as after a change of keys, some at a time,
while what it is counted for still stands.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pratique.admission.hearing import SBOMS
from pratique.admission.store.records import unheard
from pratique.db import Database
from pratique.jobs import enqueue
from pratique.registry.store import manifests
from pratique.registry.values import Artifact
from pratique.trust.vex import READERS

HEAR: Final = "admission.hear_late"
"""The job that hears some of it, and notes itself for the next: payload {"after"}."""

BATCH: Final = 20
"""Manifests of evidence that are verified by one job."""
PRIORITY: Final = -10
"""Before images are examined anew: fewer wait for longer, and it is faster done."""

_PREFIXES: Final = tuple(dict.fromkeys((*SBOMS, *READERS)))


class LateHearing:
    """Handles the job above; may run twice. `verify_again` has a manifest of evidence verified and heard."""

    def __init__(self, database: Database, verify_again: Callable[[Artifact], None]) -> None:
        self._database = database
        self._verify_again = verify_again

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Hear the next manifests, and come again where there may be more."""
        with self._database.read() as tx:
            numbers = unheard(tx, _PREFIXES, int(payload.get("after", 0)), BATCH)
            found = [manifests.by_id(tx, number) for number in numbers]
        for evidence in found:
            if evidence is not None:
                self._verify_again(evidence)
        if len(numbers) == BATCH:
            next_page = {"after": numbers[-1]}
            self._database.write(lambda tx: enqueue(tx, HEAR, next_page, dedupe_key=HEAR, priority=PRIORITY))
