"""The time, as something that is passed in.

Rooms take a `Clock`; pure rooms take the moment itself. Moments are `int` microseconds since 1970-01-01 UTC, so that
they compare and store alike on both databases; `rfc3339` is for people and protocols.
"""

import time
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
