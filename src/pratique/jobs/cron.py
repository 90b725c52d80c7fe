"""When something is due again: cron with six fields, as Harbor's schedules have it (pure).

    second minute hour day-of-month month day-of-week

Fields are `*`, numbers, `a-b`, lists with commas, and each of them with `/step`; days of the week are 0 to 6 from
Sunday, 7 is Sunday too; `?` is `*`. Where both days are limited, either makes the day (POSIX `crontab`). All times are
UTC. Not taken: names of months and days, `L`, `W`, `#`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pratique.clock import SECOND, Moment
from pratique.errors import BadRequest

TEXT_LIMIT: Final = 120
"""Characters of a schedule."""
LONGEST_WAIT: Final = timedelta(days=366 * 8 + 2)
"""A 29th of February may be eight years away."""

_FIELDS: Final = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
_PART: Final = re.compile(r"(?:(\*|\?)|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule. `either`: both days are limited, and one of them is enough."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def after(self, moment: Moment) -> Moment:
        """The first time after a moment. Raises BadRequest where there is none (the 30th of February)."""
        start = datetime.fromtimestamp(moment // SECOND, UTC) + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        while day - start < LONGEST_WAIT:
            if self._is_on(day):
                found = self._first_of(day, start)
                if found is not None:
                    return Moment(int(found.timestamp()) * SECOND)
            day += timedelta(days=1)
        raise BadRequest("the schedule names a day that never comes")

    def _is_on(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either else (in_month and in_week)

    def _first_of(self, day: datetime, start: datetime) -> datetime | None:
        for hour in self.hours:
            for minute in self.minutes:
                found = day.replace(hour=hour, minute=minute, second=self.seconds[-1])
                if found >= start:
                    times = (found.replace(second=second) for second in self.seconds)
                    return next(time for time in times if time >= start)
        return None


def parse_cron(text: str) -> Cron:
    """A schedule as it is written. Raises BadRequest."""
    parts = text.split()
    if len(text) > TEXT_LIMIT or len(parts) != len(_FIELDS):
        raise BadRequest(
            "a schedule has six fields: second, minute, hour, day of the month, month, day of the week"
        )
    seconds, minutes, hours, days, months, weekdays = (
        _values(part, *field) for part, field in zip(parts, _FIELDS, strict=True)
    )
    return Cron(
        seconds=tuple(sorted(seconds)),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either=not {parts[3], parts[5]} & {"*", "?"},
    )


def _values(text: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadRequest(f"{part[:20]!r} is no {name} of a schedule")
        every, first, last, step = match.groups()
        low = least if every else int(first)
        high = most if every or (step and not last) else int(last or first)
        if not (least <= low <= high <= most and int(step or 1) > 0):
            raise BadRequest(f"{part[:20]!r} is no {name} of a schedule: they go from {least} to {most}")
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)
