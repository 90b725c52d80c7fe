"""What examination found, for the doors: scans, rounds through all images, the security hub."""

from collections.abc import Mapping
from dataclasses import dataclass

from pratique.admission.examination import EXAMINE, examination_key, examine_later
from pratique.admission.reports import Hub, Noting, Rounds, Scans, Tallying, Words
from pratique.admission.reports.foreign import Beside
from pratique.bootstrap.examining import build_examining
from pratique.bootstrap.house import House
from pratique.db import Tx
from pratique.jobs import Handler


@dataclass(frozen=True, slots=True)
class Reporting:
    """The desks of reports."""

    scans: Scans
    rounds: Rounds
    hub: Hub
    words: Words


class ExaminationJobs:
    """`reports.scans.Examining` by the jobs of admission."""

    kind = EXAMINE

    def key(self, project_id: int, digest: str) -> str:
        """The key under which an image waits."""
        return examination_key(project_id, digest)

    def later(self, tx: Tx, project_id: int, digest: str, *, priority: int) -> None:
        """Have an image examined after this transaction."""
        examine_later(tx, project_id, digest, priority=priority)


def build_reporting(house: House) -> Reporting:
    """The desks of a house."""
    court = house.court
    beside = Beside(house.scanners.scans, house.scanners.findings, court.examined, house.clock)
    jobs = ExaminationJobs()
    words = Words(court.benches, court.attested, house.departments.tolerances, house.clock)
    return Reporting(
        scans=Scans(court.examined, court.recording, jobs, beside, words, house.clock),
        rounds=Rounds(house.stores.database, court.recording, jobs, beside, house.clock),
        hub=Hub(court.findings, court.recording),
        words=words,
    )


def build_tallying(house: House) -> Tallying:
    """Who keeps the security hub's summary."""
    court, hub = house.court, Hub(house.court.findings, house.court.recording)
    return Tallying(house.stores.database, court.findings, court.recording, hub, house.clock)


def build_examination(house: House) -> Mapping[str, Handler]:
    """The handlers of examinations, and of rounds through all images."""
    reporting = build_reporting(house)
    examine = Noting(house.stores.database, build_examining(house), reporting.scans, house.clock)
    return {EXAMINE: examine, **reporting.rounds.handlers()}
