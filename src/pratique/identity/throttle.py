"""Throttling of failed logins, per account name and per address.

An attempt counts from its beginning and is taken back when it succeeds, so that many at once get no more
tries than one after the other. Success forgets the failures of the account but not those of the address: else
an attacker could clear his own with an account of his own. Names count whether or not there is such an
account. The tables live in the memory of this process and are bounded; the longest quiet entry goes first.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pratique.clock import Clock
from pratique.errors import TooManyAttempts, Unauthenticated
from pratique.identity.settings import ThrottleSettings

_MOST_DOUBLINGS: Final = 32


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class _Ledger:
    """Failures by key. Not thread-safe by itself."""

    def __init__(self, free: int, settings: ThrottleSettings) -> None:
        self._free = free
        self._settings = settings
        self._entries: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds until `key` may try again; 0 when it may now."""
        entry = self._entries.get(key)
        if entry is None or entry.count < self._free:
            return 0.0
        doublings = min(entry.count - self._free, _MOST_DOUBLINGS)
        pause = min(self._settings.longest_wait, self._settings.first_wait * 2.0**doublings)
        if now - entry.last >= max(pause, self._settings.window):
            del self._entries[key]
            return 0.0
        return max(0.0, entry.last + pause - now)

    def add(self, key: str, now: float) -> None:
        """Count one more."""
        entry = self._entries.setdefault(key, _Failures(0, now))
        if now - entry.last >= self._settings.window:
            entry.count = 0
        entry.count += 1
        entry.last = now
        self._entries.move_to_end(key)
        while len(self._entries) > self._settings.entries:
            self._entries.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Count one less."""
        entry = self._entries.get(key)
        if entry is not None and entry.count > 0:
            entry.count -= 1

    def is_reached(self, key: str) -> bool:
        """Whether the last free failure of `key` was just spent."""
        entry = self._entries.get(key)
        return entry is not None and entry.count == self._free

    def clear(self, key: str) -> None:
        """Forget all of `key`."""
        self._entries.pop(key, None)

    def __len__(self) -> int:
        return len(self._entries)


class Throttle:
    """Lets attempts begin or refuses them.

    `on_limit` is told the account and the source whenever an account has spent its last free failure.
    """

    def __init__(
        self, settings: ThrottleSettings, clock: Clock, on_limit: Callable[[str, str | None], None]
    ) -> None:
        self._on_limit = on_limit
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts = _Ledger(settings.account_failures, settings)
        self._sources = _Ledger(settings.source_failures, settings)

    @contextmanager
    def attempt(self, account: str, source: str | None) -> Iterator[None]:
        """An attempt to log in as `account` from `source` (an address; None: not known).

        Raises TooManyAttempts instead of beginning. The attempt has failed when Unauthenticated leaves the
        block; any other error (the database is away) is nobody's failure and counts for nothing.
        """
        self._begin(account, source)
        try:
            yield
        except Unauthenticated:
            with self._lock:
                reached = self._accounts.is_reached(account)
            if reached:
                self._on_limit(account, source)
            raise
        except BaseException:
            self._finish(account, source, cleared=False)
            raise
        self._finish(account, source, cleared=True)

    def _begin(self, account: str, source: str | None) -> None:
        with self._lock:
            now = self._clock.monotonic()
            wait = self._accounts.wait(account, now)
            if source is not None:
                wait = max(wait, self._sources.wait(source, now))
            if wait > 0:
                raise TooManyAttempts(
                    f"too many failed logins; try again in {math.ceil(wait)} s", retry_after=math.ceil(wait)
                )
            self._accounts.add(account, now)
            if source is not None:
                self._sources.add(source, now)

    def _finish(self, account: str, source: str | None, *, cleared: bool) -> None:
        with self._lock:
            if cleared:
                self._accounts.clear(account)
            else:
                self._accounts.take_back(account)
            if source is not None:
                self._sources.take_back(source)

    @property
    def held(self) -> tuple[int, int]:
        """Accounts and sources in the tables."""
        with self._lock:
            return len(self._accounts), len(self._sources)
