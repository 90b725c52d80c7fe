"""Moments as people and protocols write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clocks import ManualClock

from pratique.clock import DAY, HOUR, SECOND, ForwardClock, Moment, SystemClock, parse_rfc3339, rfc3339


def test_milliseconds_and_z() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_000 * DAY + 1_234_567) == "1972-09-27T00:00:01.234Z"


@pytest.mark.parametrize(
    "text", ["2026-11-21T01:02:03Z", "2026-11-21T02:02:03+01:00", "2026-11-21T01:02:03.000000Z"]
)
def test_offsets_name_the_same_moment(text: str) -> None:
    assert rfc3339(parse_rfc3339(text)) == "2026-11-21T01:02:03.000Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21T01:02:03", "2026-13-01T00:00:00Z"])
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rfc3339(text)


@given(st.integers(0, 50_000 * DAY))
def test_writing_and_reading_keep_milliseconds(moment: int) -> None:
    assert parse_rfc3339(rfc3339(moment)) == moment - moment % 1_000


def test_the_machines_clock_goes_on() -> None:
    clock = SystemClock()
    assert clock.now() > 1_700_000_000 * SECOND
    assert clock.monotonic() <= clock.monotonic()


def test_a_clock_that_goes_back_is_told_once_and_time_goes_on_from_where_it_was() -> None:
    machine = ManualClock()
    told: list[int] = []
    clock = ForwardClock(machine)
    clock.watch(told.append)
    before = clock.now()
    machine.set_back(3_600)
    assert clock.now() == before
    machine.advance(10)
    assert clock.now() == before + 10 * SECOND
    assert told == [HOUR]
    assert clock.is_back
    machine.advance(3_600)
    assert clock.now() == machine.now()
    assert not clock.is_back
    machine.set_back(301)
    clock.now()
    assert len(told) == 2


def test_five_minutes_are_not_worth_telling_and_re_admit_nothing_either() -> None:
    machine = ManualClock()
    told: list[int] = []
    clock = ForwardClock(machine)
    clock.watch(told.append)
    before = clock.now()
    machine.set_back(300)
    assert clock.now() >= before
    assert not clock.is_back
    assert told == []


def test_a_clock_is_not_before_what_is_known_to_have_happened() -> None:
    machine = ManualClock()
    told: list[int] = []
    clock = ForwardClock(machine)
    clock.watch(told.append)
    clock.not_before(Moment(machine.now() + HOUR))
    assert clock.now() == machine.now() + HOUR
    assert told == [HOUR]
    clock.not_before(Moment(machine.now() - HOUR))
    assert clock.now() == machine.now() + HOUR
