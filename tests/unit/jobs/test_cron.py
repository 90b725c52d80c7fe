"""Schedules as Harbor writes them, and when they are due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.clock import SECOND, Moment
from pratique.errors import BadRequest
from pratique.jobs.cron import parse_cron


def moment(text: str) -> Moment:
    return Moment(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


@pytest.mark.parametrize(
    ("cron", "now", "due"),
    [
        ("0 0 * * * *", "2026-11-21T11:47:55", "2026-11-21T12:00:00"),
        ("0 0 0 * * *", "2026-11-21T00:00:00", "2026-11-22T00:00:00"),
        ("0 0 0 * * 0", "2026-11-21T11:00:00", "2026-11-22T00:00:00"),
        ("0 0 0 * * 7", "2026-11-22T00:00:00", "2026-11-29T00:00:00"),
        ("30,10 5 3 * * *", "2026-12-31T03:05:10", "2026-12-31T03:05:30"),
        ("0 */20 * * * ?", "2026-11-21T11:47:55", "2026-11-21T12:00:00"),
        ("0 10/20 * * * *", "2026-11-21T11:47:55", "2026-11-21T11:50:00"),
        ("0 0 12 29 2 *", "2026-11-21T11:47:55", "2028-02-29T12:00:00"),
        ("0 0 12 1-7 * 1", "2026-11-21T11:47:55", "2026-11-23T12:00:00"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:58", "2026-12-31T23:59:59"),
    ],
)
def test_the_next_time(cron: str, now: str, due: str) -> None:
    assert parse_cron(cron).after(moment(now)) == moment(due)


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "0 0 * * *",
        "0 0 0 * * MON",
        "60 * * * * *",
        "* * 24 * * *",
        "* * * 0 * *",
        "5-1 * * * * *",
        "*/0 * * * * *",
        "* * * * * 8",
        "-1 * * * * *",
        "* * * L * *",
        "1,,2 * * * * *",
        "0 " * 100,
    ],
)
def test_what_is_no_schedule(cron: str) -> None:
    with pytest.raises(BadRequest):
        parse_cron(cron)


def test_a_day_that_never_comes() -> None:
    with pytest.raises(BadRequest):
        parse_cron("0 0 0 30 2 *").after(moment("2026-11-21T11:47:55"))


@given(
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(moment("2026-01-01") // SECOND, moment("2027-01-01") // SECOND),
)
def test_a_daily_time_comes_within_a_day(second: int, minute: int, hour: int, now: int) -> None:
    start = Moment(now * SECOND)
    due = parse_cron(f"{second} {minute} {hour} * * *").after(start)
    found = datetime.fromtimestamp(due // SECOND, UTC)
    assert (found.second, found.minute, found.hour) == (second, minute, hour)
    assert 0 < due - start <= timedelta(days=1).total_seconds() * SECOND
