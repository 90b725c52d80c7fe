"""Once a day: reports that grow old are said again, and what was said in repositories that are gone is forgotten.

An import is followed for what it changes; but one that changes nothing makes a report newer all the same, or tells of
what nobody covered before.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from pratique.admission.attesting.forms import REPORTS
from pratique.admission.attesting.later import attest_later
from pratique.admission.attesting.saying import RENEWED_AFTER
from pratique.admission.store import attestations
from pratique.admission.store.attestations import Aged
from pratique.advisories.findings import Findings
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx

RENEW_ATTESTATIONS: Final = "admission.renew_attestations"
"""The daily job; no payload."""

PAGE: Final = 500


class Renewal:
    """The handler of that job."""

    def __init__(self, database: Database, findings: Findings, clock: Clock) -> None:
        self._database = database
        self._findings = findings
        self._clock = clock

    def __call__(self, _payload: Mapping[str, Any], /) -> None:
        """Have what is old, or was not covered before the newest import, looked at again."""
        self._database.write(attestations.forget_orphans)
        old = Moment(self._clock.now() - RENEWED_AFTER)
        imported = [one.imported_at for one in self._findings.answers().holdings()]
        newest, after = max(imported, default=Moment(0)), 0
        while True:
            with self._database.read() as tx:
                found = attestations.aged(tx, REPORTS, old, newest, after, PAGE)
            if not found:
                return
            self._database.write(partial(_enqueue, found))
            after = found[-1].id


def _enqueue(found: Sequence[Aged], tx: Tx) -> None:
    for one in found:
        attest_later(tx, one.repository, one.subject)
