"""SIGKILL before single steps of pushes, deletions and collections that change something on disk.

With PRATIQUE_FAULT_ROUNDS in the thousands before every one of them; else before some, other ones each time.
"""

import multiprocessing
import os
import random
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.databases import Place
from tests.faults import victims
from tests.faults.ledger import Promised
from tests.faults.tripwire import Tripwire

from pratique.clock import SECOND, SystemClock

ROUNDS = int(os.environ.get("PRATIQUE_FAULT_ROUNDS", "60"))
SHARES = {"sqlite": 2, "postgresql": 10}
"""One in so many rounds. PostgreSQL's own steps are not ours to interrupt."""

TEN_SECONDS = 10 * SECOND


def clock_of(number: int) -> ManualClock:
    """Each round begins when the leases of the one before are over."""
    return ManualClock(SystemClock().now() + number * TEN_SECONDS)


def script(url: str, directory: Path, number: int, count: Path | None) -> None:
    """A victim that does the same things each time, and dies at step `number`, or counts the steps."""
    clock = clock_of(number)
    warehouse = victims.opened(url, directory, clock)
    wire = Tripwire(0 if count else number)
    wire.lay()
    pusher = victims.Pusher(warehouse, directory, 0, seed=number)
    for act in (pusher.image, pusher.image, pusher.signature, pusher.index, pusher.delete, pusher.image):
        act()
    pusher.abandon()
    clock.advance(3)
    warehouse.collect()
    pusher.image()
    pusher.clear()
    clock.advance(3)
    warehouse.recovery.run()
    warehouse.collect()
    if count:
        count.write_text(str(wire.steps))
    os._exit(0)


def die(context: ForkServerContext, place: Place, number: int, count: Path | None = None) -> int | None:
    """Run the script in a process of its own; how it ended."""
    process = context.Process(target=script, args=(place.url, place.directory, number, count))
    process.start()
    process.join(30)
    return process.exitcode


@pytest.mark.timeout(120 + 10 * ROUNDS)
def test_no_step_leaves_anything_half_done(place: Place) -> None:
    context = multiprocessing.get_context("forkserver")
    warehouse = victims.opened(place.url, place.directory)
    warehouse.database.create_schema()
    warehouse.database.close()
    promised = Promised(victims.repository_of(0))
    ledger = victims.ledger_of(place.directory, 0)
    assert die(context, place, 0, place.directory / "steps") == 0
    steps = int((place.directory / "steps").read_text())
    assert steps > 100
    ledger.unlink()
    share = max(1, ROUNDS // SHARES[place.kind])
    for number in sorted(random.sample(range(1, steps), min(share, steps - 1))):
        if die(context, place, number) == 0:
            break  # chance made this round shorter than the one that counted
        warehouse = victims.opened(place.url, place.directory, clock_of(number))
        promised.replay(ledger)
        ledger.unlink(missing_ok=True)
        assert not list(warehouse.doctor.examine()), f"step {number}"
        promised.check(warehouse)
        warehouse.recovery.run()
        warehouse.collect()
        assert not list(warehouse.doctor.examine()), f"step {number}"
        promised.check(warehouse)
        promised.settle(warehouse)
        warehouse.database.close()
