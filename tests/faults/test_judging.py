"""SIGKILL of a worker while it follows an import or examines, and of the import: afterwards every verdict is right.

Killed before single steps: commits, and whatever else changes something on disk. So between matching and judging,
between recording and judging, within many batches. With PRATIQUE_FAULT_ROUNDS in the thousands before every one.
"""

import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import Place
from tests.faults import judges
from tests.faults.judges import Registry

ROUNDS = int(os.environ.get("PRATIQUE_FAULT_ROUNDS", "60"))
SHARES = {"sqlite": 12, "postgresql": 20}
"""One in so many rounds: each is three processes."""

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.victims", "tests.faults.judges"])


def run(victim: Callable[..., None], *arguments: Any) -> int | None:
    """A process of its own; how it ended."""
    process = SPAWN.Process(target=victim, args=arguments)
    process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
        pytest.fail("a victim hangs")
    return process.exitcode


def chosen(steps: int, kind: str) -> list[int]:
    """The steps before which it dies, and (0) once none."""
    return sorted(random.sample(range(1, steps + 1), min(rounds_of(kind), steps)))


@pytest.mark.timeout(180 + 20 * ROUNDS)
def test_an_import_is_followed_to_the_end_whoever_dies(place: Place) -> None:
    where = (place.url, place.directory)
    registry = Registry(*where, 0)
    images = registry.push(registry.scene(), "v1")
    registry.advise(speaks=False)
    registry.work()
    assert registry.states(images) == {"ADMITTED"}
    registry.close()
    count = place.directory / "steps"
    assert run(judges.follow, *where, 1, True, 0, count) == 0
    steps, speaks, moment = int(count.read_text()), True, 1
    assert steps > 20
    for step in chosen(steps, place.kind):
        speaks, moment = not speaks, moment + 2
        since = position(where, moment)
        ended = run(judges.follow, *where, moment, speaks, step, None)
        assert ended in {-signal.SIGKILL, 0}, "0: chance made this round shorter than the one that counted"
        told = f"{place.kind}, step {step} of {steps}: {ended}"
        registry = Registry(*where, moment + 1)
        registry.advise(speaks=speaks)
        registry.work()
        state = "QUARANTINED" if speaks else "ADMITTED"
        assert registry.states(images) == {state}, told
        assert registry.left() == [], told
        assert registry.told(since) == sorted((digest, state) for digest in images), told
        registry.close()


@pytest.mark.timeout(180 + 20 * ROUNDS)
def test_what_was_pushed_is_examined_whoever_dies(place: Place) -> None:
    where = (place.url, place.directory)
    registry = Registry(*where, 0)
    scene = registry.scene()
    registry.advise(speaks=False)
    registry.work()
    registry.push(scene, "counted")
    registry.close()
    count = place.directory / "steps"
    assert run(judges.examine, *where, 1, 0, count) == 0
    steps, moment = int(count.read_text()), 1
    assert steps > 20
    for step in chosen(steps, place.kind):
        moment += 3
        registry = Registry(*where, moment)
        images = registry.push(scene_of(registry, scene), f"v{moment}")
        since = registry.position()
        assert registry.states(images) == {"PENDING"}
        registry.close()
        ended = run(judges.examine, *where, moment + 1, step, None)
        assert ended in {-signal.SIGKILL, 0}, "0: chance made this round shorter than the one that counted"
        told = f"{place.kind}, step {step} of {steps}: {ended}"
        registry = Registry(*where, moment + 2)
        registry.work()
        assert registry.states(images) == {"ADMITTED"}, told
        assert registry.unknown(images) == [], told
        assert registry.left() == [], told
        assert registry.told(since) == sorted((digest, "ADMITTED") for digest in images), told
        registry.close()


FORMS = ["cyclonedx", "spdx", "vulnerabilities"]
REPORTING = {"auto_sbom_generation": "true", "auto_scan": "true"}


@pytest.mark.timeout(180 + 20 * ROUNDS)
def test_what_is_attested_is_attested_once_whoever_dies(place: Place) -> None:
    """Between signing and writing as well: none is lost, and none lies there twice."""
    where = (place.url, place.directory)
    registry = Registry(*where, 0)
    # The key too is made by whoever comes first.
    scenes = [registry.scene(**REPORTING) for _ in range(1 + rounds_of(place.kind))]
    registry.advise(speaks=False)
    registry.work()
    registry.push(scenes[0], "counted")
    registry.close()
    count = place.directory / "steps"
    assert run(judges.examine, *where, 1, 0, count) == 0
    steps, moment = int(count.read_text()), 1
    later = random.sample(range(steps // 3, steps + 1), rounds_of(place.kind))
    for scene, step in zip(scenes[1:], sorted(later), strict=True):
        moment += 3
        registry = Registry(*where, moment)
        images = registry.push(scene_of(registry, scene), f"v{moment}")
        registry.close()
        ended = run(judges.examine, *where, moment + 1, step, None)
        told = f"{place.kind}, step {step} of {steps}: {ended}"
        registry = Registry(*where, moment + 2)
        registry.work()
        assert registry.left() == [], told
        assert [registry.said(scene, digest) for digest in images] == [FORMS] * len(images), told
        assert registry.scan_keys(scene) == 1, told
        registry.close()


def rounds_of(kind: str) -> int:
    """How often it is killed."""
    return max(2, ROUNDS // SHARES[kind])


def position(where: tuple[str, Path], moment: int) -> int:
    """The number of the last fact, with nobody at work."""
    registry = Registry(*where, moment)
    try:
        return registry.position()
    finally:
        registry.close()


def scene_of(registry: Registry, scene: Any) -> Any:
    """The same project, in a registry that was opened anew."""
    return replace(scene, home=registry.home)
