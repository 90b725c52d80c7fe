"""What is asked of examination."""

from pratique.events.base import Event, InRepository


class ScanRequested(InRepository, frozen=True, kw_only=True):
    """Somebody asked to have an artifact examined (again)."""

    digest: str


class ScanStopped(InRepository, frozen=True, kw_only=True):
    """Somebody no longer wants it; what ran already goes on."""

    digest: str


class ScanRoundBegun(Event, frozen=True, kw_only=True):
    """All images are to be examined. `trigger` is `Manual`, or `Schedule` by the timetable."""

    round_id: int
    trigger: str


class ScanRoundStopped(Event, frozen=True, kw_only=True):
    """Somebody stopped that."""

    round_id: int


class ScanTimetableChanged(Event, frozen=True, kw_only=True):
    """When all images are examined by itself. `cron` has six fields, in UTC; "": never."""

    schedule: str
    cron: str
