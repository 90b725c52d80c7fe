"""Who follows imports of advisories, in a house."""

from pratique.admission.following import Following
from pratique.admission.keeping import Keeping
from pratique.admission.waiting import Waiting
from pratique.bootstrap.house import House
from pratique.clock import SECOND
from pratique.telemetry import Log
from pratique.telemetry.lines import EXAMINED_ANEW


def following_of(house: House) -> Following:
    """The handlers of its jobs."""
    court, max_age = house.court, house.settings.advisories.max_age * SECOND
    return Following(
        house.stores.database,
        court.findings,
        court.recording,
        court.digests,
        house.clock,
        named=court.named,
        max_age=max_age,
    )


def keeping_of(house: House, log: Log | None = None) -> Keeping:
    """Who forgets contents that nobody has any more, and has old ones examined anew."""
    court, foreign = house.court, house.scanners.findings

    def told(left: int) -> None:
        if log is not None:
            log.write(EXAMINED_ANEW, left=left)

    return Keeping(house.stores.database, court.recording, court.findings, court.named, foreign, told=told)


def waiting_of(house: House) -> Waiting:
    """Who has examined what waits though no job does it."""
    court = house.court
    return Waiting(house.stores.database, court.recording, court.digests, house.clock)
