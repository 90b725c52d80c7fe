"""What is asked of examination."""

from pratique.events.base import Event, InRepository


class ScanRequested(InRepository, frozen=True, kw_only=True):
    """Somebody asked to have an artifact examined (again)."""

    digest: str


class ScanStopped(InRepository, frozen=True, kw_only=True):
    """Somebody no longer wants it; what ran already goes on, and is not told of."""

    digest: str


class ScanEnded(InRepository, frozen=True, kw_only=True):
    """An examination is over that was asked for: by hand, with all images, or by a push where `auto_scan` is on.

    `state` is Success or Error; then `problem` says what could not be examined, and findings are not all there are.
    `findings` counts them by severity, the worst of which is `severity`. `asked_at` is in microseconds.
    """

    digest: str
    state: str
    severity: str
    total: int
    fixable: int
    findings: dict[str, int]
    asked_at: int
    problem: str = ""


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
