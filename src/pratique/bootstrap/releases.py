"""Who knows what an import would let out: the house on the same data directory, built only when that is asked."""

from collections.abc import Sequence

from pratique.advisories import Releases
from pratique.bootstrap.places import DATABASE
from pratique.clock import Clock
from pratique.settings import Settings


def releases_of(settings: Settings, clock: Clock) -> Releases | None:
    """None where there is no registry yet: then nothing is refused, and nothing is known."""
    is_there = settings.database.url.reveal() or (settings.storage.directory / DATABASE).is_file()
    return ReleasesOfHouse(settings, clock) if is_there else None


class ReleasesOfHouse:
    """`advisories.Releases` with a house of its own."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def released_by(self, source: str, records: Sequence[str]) -> Sequence[str]:
        """As `Releases`."""
        # Imports that lose nothing are over before all rooms of a house are loaded.
        from pratique.bootstrap.releasing import released_by  # noqa: PLC0415 - see above

        return released_by(self._settings, self._clock, source, records)
