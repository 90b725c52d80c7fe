"""Remembers what was worked out of shares of layers, for as long as the answers about their packages are the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from pratique.advisories.findings import Edition

T = TypeVar("T")


class ByShare(Generic[T]):
    """Values by the marks of shares; those that were asked for last stay. Threads may share it.

    They weigh up to `limit` together; `weigh` says how much one does.
    """

    def __init__(self, limit: int, weigh: Callable[[T], int]) -> None:
        self._limit = limit
        self._weigh = weigh
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Edition, T]] = OrderedDict()
        self._weight = 0

    def get(self, mark: str, edition: Edition) -> T | None:
        """What was worked out of a share by these answers."""
        with self._lock:
            held = self._kept.get(mark)
            if held is None or held[0] != edition:
                return None
            self._kept.move_to_end(mark)
            return held[1]

    def put(self, mark: str, edition: Edition, value: T) -> None:
        """Remember it, in place of what was worked out by other answers."""
        with self._lock:
            before = self._kept.pop(mark, None)
            self._weight += self._weigh(value) - (self._weigh(before[1]) if before else 0)
            self._kept[mark] = (edition, value)
            while self._weight > self._limit:
                _, (_, gone) = self._kept.popitem(last=False)
                self._weight -= self._weigh(gone)
