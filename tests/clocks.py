"""A clock that stands until it is moved."""

from pratique.clock import SECOND, Moment


class ManualClock:
    """Both its clocks move together, by `advance` only."""

    def __init__(self, now: int = 1_800_000_000 * SECOND) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> Moment:
        return Moment(self._now)

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += round(seconds * SECOND)
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """As somebody sets the machine's clock: the monotonic one does not notice."""
        self._now -= round(seconds * SECOND)
