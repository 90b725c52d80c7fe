"""Throttling: how long, for whom, and what it may cost."""

from collections.abc import Callable

import pytest

from pratique.clock import Moment
from pratique.errors import TooManyAttempts, Unauthenticated, Unavailable
from pratique.identity.settings import ThrottleSettings
from pratique.identity.throttle import Throttle

SETTINGS = ThrottleSettings(
    account_failures=3, source_failures=5, first_wait=1, longest_wait=60, window=300, entries=10
)


class HandClock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> Moment:
        return Moment(0)

    def monotonic(self) -> float:
        return self.seconds


class Door:
    """A throttle with somebody before it."""

    def __init__(self, settings: ThrottleSettings = SETTINGS) -> None:
        self.clock = HandClock()
        self.told: list[tuple[str, str | None]] = []
        self.throttle = Throttle(settings, self.clock, lambda *who: self.told.append(who))

    def fails(self, account: str = "ada", source: str | None = None, error: Exception | None = None) -> None:
        wrong = error or Unauthenticated("wrong")
        with pytest.raises(type(wrong)), self.throttle.attempt(account, source):
            raise wrong

    def succeeds(self, account: str = "ada", source: str | None = None) -> None:
        with self.throttle.attempt(account, source):
            pass

    def wait(self, account: str = "ada", source: str | None = None) -> int:
        """Seconds that it asks for; the attempt is not made."""
        with pytest.raises(TooManyAttempts) as refused:
            self.succeeds(account, source)
        return refused.value.retry_after


@pytest.fixture
def door() -> Door:
    return Door()


def test_waits_double_after_the_free_failures_and_end_at_the_longest(door: Door) -> None:
    for _ in range(3):
        door.fails()
    waits = []
    for _ in range(8):
        waits.append(door.wait())
        door.clock.seconds += waits[-1]
        door.fails()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_asking_while_throttled_costs_nothing(door: Door) -> None:
    for _ in range(3):
        door.fails()
    for _ in range(100):
        assert door.wait() == 1
    door.clock.seconds += 1
    door.succeeds()


def test_success_forgets_the_accounts_failures(door: Door) -> None:
    for _ in range(3):
        door.fails()
    door.clock.seconds += 1
    door.succeeds()
    for _ in range(3):
        door.fails()
    assert door.wait() == 1


def test_an_own_account_does_not_clear_an_addresss_failures(door: Door) -> None:
    for number in range(5):
        door.fails(f"victim{number}", "192.0.2.1")
        if number < 4:
            door.succeeds("mallory", "192.0.2.1")
    assert door.wait("mallory", "192.0.2.1") == 1
    door.succeeds("mallory", "192.0.2.2")


def test_quiet_forgets(door: Door) -> None:
    for _ in range(3):
        door.fails()
    door.clock.seconds += 300
    for _ in range(3):
        door.fails()
    assert door.wait() == 1


def test_attempts_at_once_get_no_more_tries_than_one_after_the_other(door: Door) -> None:
    attempts = [door.throttle.attempt("ada", None) for _ in range(10)]
    begun = 0
    for attempt in attempts:
        try:
            attempt.__enter__()
        except TooManyAttempts:
            continue
        begun += 1
    assert begun == 3


@pytest.mark.parametrize("error", [Unavailable("the database is away"), RuntimeError("a bug")], ids=repr)
def test_what_is_nobodys_failure_counts_for_nothing(door: Door, error: Exception) -> None:
    for _ in range(50):
        door.fails("ada", "192.0.2.1", error)
    door.succeeds("ada", "192.0.2.1")


def test_the_tables_are_bounded_and_the_quietest_entry_goes_first(door: Door) -> None:
    for _ in range(3):
        door.fails("first", "192.0.2.1")
    for number in range(10):
        door.fails(f"name{number}", f"198.51.100.{number}")
    assert door.throttle.held == (10, 10)
    door.succeeds("first", "192.0.2.1")


def test_the_limit_is_told_when_it_is_reached_and_not_again(door: Door) -> None:
    for _ in range(3):
        door.fails("ada", "192.0.2.1")
    door.clock.seconds += 1
    door.fails("ada", "192.0.2.1")
    assert door.told == [("ada", "192.0.2.1")]


def test_waits_stay_finite_whatever_is_counted() -> None:
    settings: Callable[[], ThrottleSettings] = lambda: ThrottleSettings(  # noqa: E731 - named for what it makes
        account_failures=1, first_wait=1, longest_wait=10, window=1e9
    )
    door = Door(settings())
    for _ in range(2_000):
        door.fails()
        door.clock.seconds += 10
    door.fails()
    assert door.wait() == 10
