"""SIGKILL at random moments of pushes, deletions and collections: nothing that was acknowledged is lost.

PRATIQUE_FAULT_ROUNDS says how often (60 in CI, thousands by `make faults`), PRATIQUE_FAULT_SEED where to begin. Only
the moments and the operations come from the seed; how threads and processes interleave is the machine's.
"""

import multiprocessing
import os
import random
import time
from pathlib import Path

import pytest
from tests.databases import KINDS, Place
from tests.faults import victims
from tests.faults.ledger import Promised

ROUNDS = int(os.environ.get("PRATIQUE_FAULT_ROUNDS", "60"))
SEED = int(os.environ.get("PRATIQUE_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
LANES = 6
LONGEST = 0.5
"""Seconds until the kill, at most."""

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.victims"])


def kill_both(url: str, directory: Path, seed: int, moments: random.Random) -> None:
    """Run both victims, and kill each at a moment of its own."""
    ready = (SPAWN.Event(), SPAWN.Event())
    processes = (
        SPAWN.Process(target=victims.push_and_delete, args=(url, directory, seed, ready[0])),
        SPAWN.Process(target=victims.collect_garbage, args=(url, directory, ready[1])),
    )
    for process in processes:
        process.start()
    try:
        assert all(event.wait(30) for event in ready)
        begun = time.monotonic()
        for after, process in sorted(
            ((moments.uniform(0, LONGEST), process) for process in processes), key=lambda pair: pair[0]
        ):
            time.sleep(max(0.0, begun + after - time.monotonic()))
            assert process.is_alive(), "a victim ended by itself: see what it printed"
            process.kill()
    finally:
        for process in processes:
            process.kill()
            process.join()


@pytest.mark.timeout(120 + 10 * ROUNDS)
@pytest.mark.parametrize("lane", range(LANES))
def test_nothing_acknowledged_is_lost(place_of_lane: Place, lane: int) -> None:
    place, moments = place_of_lane, random.Random(f"{SEED} {lane}")  # noqa: S311 - a test's
    repositories = [Promised(victims.repository_of(pusher)) for pusher in range(victims.PUSHERS)]
    warehouse = victims.opened(place.url, place.directory)
    warehouse.database.create_schema()
    warehouse.database.close()
    acknowledged = 0
    for number in range(max(1, ROUNDS // LANES)):
        seed = moments.randrange(1 << 30)
        kill_both(place.url, place.directory, seed, moments)
        warehouse = victims.opened(place.url, place.directory)
        where = f"seed {SEED}, lane {lane}, round {number}"
        assert not list(warehouse.doctor.examine()), where
        for pusher, promised in enumerate(repositories):
            ledger = victims.ledger_of(place.directory, pusher)
            promised.replay(ledger)
            acknowledged += ledger.read_bytes().count(b'"is_done": true')
            ledger.unlink()
            promised.check(warehouse)
        warehouse.recovery.run()
        warehouse.collect()
        assert not list(warehouse.doctor.examine()), where
        for promised in repositories:
            promised.check(warehouse)
            promised.settle(warehouse)
        warehouse.database.close()
    assert acknowledged, "the victims were killed before they did anything"


@pytest.fixture
def place_of_lane(lane: int, make_place: object) -> Place:
    """One lane in six on PostgreSQL, the others on SQLite."""
    assert callable(make_place)
    place: Place = make_place(KINDS[1] if lane == LANES - 1 else KINDS[0])
    return place
