"""Somebody who pulls manifests of a fleet while something else is measured."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from statistics import quantiles
from typing import Final

from tests.bench.standing import repository_of
from tests.houses import Furnished

from pratique.access import Tier
from pratique.errors import Quarantined
from pratique.registry import Reader

PULLS_PER_SECOND: Final = 100


class Pulling:
    """Pulls manifests of the fleet, one after the other."""

    def __init__(self, home: Furnished, digests: Sequence[str]) -> None:
        self._home = home
        self._digests = digests

    def during(self, act: Callable[[], object]) -> str:
        """How long pulls took while `act` ran; of what was refused, which is another answer, how many."""
        stop = threading.Event()
        took, refused = list[float](), list[float]()
        thread = threading.Thread(target=self._pull, args=(stop, took, refused))
        thread.start()
        act()
        stop.set()
        thread.join()
        also = f"; {len(refused):,} refused, {_spread(refused)}" if len(refused) > 1 else ""
        return f"{len(took):,} of them, {_spread(took)}{also}"

    def _pull(self, stop: threading.Event, took: list[float], refused: list[float]) -> None:
        puller = self._home.house.warehouse.puller
        reader = Reader(self._home.admin, Tier.READ)
        for number in itertools.count():
            if stop.wait(1 / PULLS_PER_SECOND):
                return
            at = number * 7919 % len(self._digests)
            begun, kept = time.perf_counter(), took
            try:
                puller.manifest(repository_of(at), self._digests[at], reader)
            except Quarantined:
                kept = refused
            kept.append(time.perf_counter() - begun)


def _spread(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"median {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms"
