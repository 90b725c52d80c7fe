"""What an import would let out of a registry."""

from collections.abc import Sequence

from pratique.admission.examined import Examined
from pratique.admission.releasing import Releasing, Without
from pratique.admission.weighing import Weighing
from pratique.bootstrap.house import House, build
from pratique.bootstrap.judging import expectations_of
from pratique.clock import Clock
from pratique.settings import Settings


def released_by(settings: Settings, clock: Clock, source: str, records: Sequence[str]) -> Sequence[str]:
    """As `Releases`, in a house of its own."""
    house = build(settings, clock)
    try:
        return releasing_of(house).released_by(source, records)
    finally:
        house.close()


def releasing_of(house: House) -> Releasing:
    """Who weighs that, in a house that is open."""
    court = house.court

    def weighing(findings: Without) -> Weighing:
        foreign, expected = house.scanners.findings, expectations_of(house.settings)
        return Weighing(Examined(court.recording, findings, foreign, expected), court.attested)

    return Releasing(
        house.stores.database,
        court.benches,
        court.recording,
        court.findings,
        court.named,
        weighing,
        house.clock,
    )
