"""The lease."""

import threading

from tests.clocks import ManualClock

from pratique.db.watch import LEASE_SECONDS, Watch
from pratique.errors import Unavailable


class SlowLookout:
    """Each look takes `seconds` of the clock, and fails while `is_lost`."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self.is_lost = False
        self.looks = 0
        self.looked_twice = threading.Event()

    def look(self) -> None:
        self._clock.advance(self._seconds)
        self.looks += 1
        if self.looks >= 2:
            self.looked_twice.set()
        if self.is_lost:
            raise Unavailable("lost")

    def close(self) -> None:
        self.looks = -1


def test_the_lease_counts_from_before_the_look() -> None:
    clock = ManualClock()
    watch = Watch(SlowLookout(clock, 0.75), clock)
    watch.poll()
    assert watch.lease_is_alive()
    clock.advance(LEASE_SECONDS - 0.75)
    assert not watch.lease_is_alive()


def test_a_look_that_took_longer_than_the_lease_proves_nothing() -> None:
    clock = ManualClock()
    watch = Watch(SlowLookout(clock, LEASE_SECONDS), clock)
    assert watch.poll()
    assert not watch.lease_is_alive()


def test_a_look_that_failed_does_not_renew() -> None:
    clock = ManualClock()
    lookout = SlowLookout(clock, 0.25)
    watch = Watch(lookout, clock)
    watch.poll()
    lookout.is_lost = True
    assert not watch.poll()
    assert watch.lease_is_alive()
    clock.advance(0.5)
    assert not watch.lease_is_alive()
    lookout.is_lost = False
    assert watch.poll()
    assert watch.lease_is_alive()


def test_the_thread_looks_again_and_closing_ends_the_lease() -> None:
    clock = ManualClock()
    lookout = SlowLookout(clock, 0.0)
    watch = Watch(lookout, clock)
    watch.start()
    assert lookout.looks == 1
    assert lookout.looked_twice.wait(10)
    watch.close()
    assert lookout.looks == -1
    assert not watch.lease_is_alive()
