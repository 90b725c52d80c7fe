"""What examination found, for the doors: scans, rounds through all images, the security hub."""

from dataclasses import dataclass
from typing import Final

from pratique.admission.examined import Examined
from pratique.admission.report import Expectations
from pratique.admission.reports import Hub, Rounds, Scans
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.house import House
from pratique.clock import SECOND
from pratique.db import Tx
from pratique.inventory.recording import Recording
from pratique.jobs import enqueue
from pratique.packages import Severity

EXAMINE: Final = "admission.examine"


@dataclass(frozen=True, slots=True)
class Reporting:
    """The desks of reports."""

    scans: Scans
    rounds: Rounds
    hub: Hub


class ExaminationJobs:
    """`Examining` by the jobs of admission."""

    kind = EXAMINE

    def key(self, project_id: int, digest: str) -> str:
        """As it waits."""
        return f"{project_id}:{digest}"

    def later(self, tx: Tx, project_id: int, digest: str, *, priority: int) -> None:
        """Have it examined."""
        payload = {"project_id": project_id, "digest": digest}
        enqueue(tx, EXAMINE, payload, dedupe_key=self.key(project_id, digest), priority=priority)


def build_reporting(house: House) -> Reporting:
    """The desks of a house."""
    settings = house.settings.advisories
    expected = Expectations(
        max_age=settings.max_age * SECOND,
        supported=settings.extended_support,
        unknown_as=Severity[settings.severity_unknown_as.upper()],
    )
    findings, recording, jobs = Findings(revisions_of(house.settings)), Recording(), ExaminationJobs()
    examined = Examined(recording, findings, expected)
    return Reporting(
        scans=Scans(examined, recording, jobs, house.clock),
        rounds=Rounds(house.stores.database, recording, jobs, house.clock),
        hub=Hub(findings, recording),
    )
