"""The time, as something that is passed in.

Rooms take a `Clock`; pure rooms take the moment itself. Moments are `int` microseconds since 1970-01-01 UTC, so that
they compare and store alike on both databases; `rfc3339` is for people and protocols.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NewType, Protocol

Moment = NewType("Moment", int)
"""Microseconds since the epoch, UTC."""

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Clock(Protocol):
    """Where a room learns what time it is."""

    def now(self) -> Moment:
        """The wall clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> Moment:
        """The wall clock of the machine."""
        return Moment(time.time_ns() // 1_000)

    def monotonic(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()


BACK_LIMIT: Final = 5 * MINUTE
"""How far a clock may go back before that is told; less is what keeping time looks like."""


class ForwardClock:
    """A clock that never says less than before: a date that has passed stays passed, whatever the machine's clock does.

    While the other clock is behind, time goes on from what was said last, by its monotonic one. Several threads may
    ask at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = (Moment(0), 0.0)
        self._told = False
        self._report: Callable[[int], None] = lambda _: None

    def now(self) -> Moment:
        """The other clock's time, or where that went back, the one that it would be had it not."""
        at = self._clock.now()
        last, then = self._last
        if at >= last:
            self._last = (at, self._clock.monotonic())
            self._told = False
            return at
        elapsed = round((self._clock.monotonic() - then) * SECOND)
        if last - at > BACK_LIMIT and not self._told:
            self._told = True
            self._report(last + elapsed - at)
        return Moment(last + elapsed)

    def monotonic(self) -> float:
        """The other clock's."""
        return self._clock.monotonic()

    def not_before(self, at: Moment) -> None:
        """Say nothing less than `at` from now on: something is known to have happened then."""
        if at > self._last[0]:
            self._last = (at, self._clock.monotonic())
            self.now()

    def watch(self, report: Callable[[int], None]) -> None:
        """Have it told, each time once, when the other clock is found back by more than `BACK_LIMIT`: how far."""
        self._report = report

    @property
    def is_back(self) -> bool:
        """Whether the other clock is behind by more than `BACK_LIMIT`."""
        return self.now() - self._clock.now() > BACK_LIMIT


def rfc3339(moment: int) -> str:
    """`2026-11-21T01:02:03.004Z`, in milliseconds as Harbor's API writes them."""
    when = datetime.fromtimestamp(moment / SECOND, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1_000:03d}Z"


def parse_rfc3339(text: str) -> Moment:
    """The moment that `text` names. Raises ValueError when it is malformed or has no offset."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; add Z or +00:00")
    return Moment(round(when.timestamp() * SECOND))
