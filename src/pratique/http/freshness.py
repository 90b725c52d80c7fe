"""Nothing that is held in memory is believed before this process has seen every commit that touched it.

Every commit publishes the number of its change before it returns (design, wall 7). Comparing two numbers costs no
system call; only when they differ are the changes read and what they touched dropped.
"""

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Final

from pratique.db import Database
from pratique.errors import Unavailable

FOLLOW_SECONDS: Final = 0.003
"""Between two looks at the number of the last change. A look costs no system call but the wait."""

Forget = Callable[[frozenset[str] | None], None]
"""Drops what the named scopes touched (`account:user:1`); None: everything."""

NumberedForget = Callable[[frozenset[str] | None, int], None]
"""As `Forget`, told the number of the last change too: for what is filled while changes go on."""


class Freshness:
    """Follows the changes of a database for what is held of it.

    `lease_is_alive`: whether the published number can be believed (`db.watch`); without a lease nothing held counts.
    `renew` looks at the database once and says whether the lease is alive again; `close` ends the looking.
    """

    def __init__(
        self,
        database: Database,
        forget: Sequence[Forget],
        lease_is_alive: Callable[[], bool] = lambda: True,
        *,
        numbered: Sequence[NumberedForget] = (),
        renew: Callable[[], bool] = lambda: False,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._forget = tuple(forget)
        self._numbered = tuple(numbered)
        self._lease_is_alive = lease_is_alive
        self._renew = renew
        self.close = close
        self._lock = threading.Lock()
        self._followed = database.changed()
        # What was held before anybody followed may be older than that.
        self._drop(None, self._followed)

    def noted(self) -> int:
        """The number of the last change that was applied: to be noted before reading what will be held."""
        return self._followed

    def is_current(self) -> bool:
        """Whether what is held may be answered from. Never any I/O: own commits are followed without it."""
        return (self._followed >= self._database.changed() or self._follow_own()) and self._lease_is_alive()

    def catch_up(self) -> None:
        """Drop what commits have touched since the last time. May read the database."""
        if not self._lease_is_alive() and not self._renew():
            self._drop(None, self._database.changed())
            return
        if self._followed >= self._database.changed() or self._follow_own():
            return
        with self._lock:
            number, scopes = self._database.changes_since(self._followed)
            self._drop(scopes, number)
            self._followed = number

    def _follow_own(self) -> bool:
        """Drop what this process's own commits have touched. False: others have committed, or follow just now."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            number, scopes = self._database.own_changes_since(self._followed)
            if scopes:
                self._drop(scopes, number)
                self._followed = number
            return self._followed >= self._database.changed()
        finally:
            self._lock.release()

    def _drop(self, scopes: frozenset[str] | None, number: int) -> None:
        for forget in self._forget:
            forget(scopes)
        for forget_numbered in self._numbered:
            forget_numbered(scopes, number)


class Follower:
    """Applies changes as they are published, so that reads stay warm beside writes.

    A help and no proof: whoever answers from memory looks at `Freshness.is_current` himself.
    """

    def __init__(self, freshness: Freshness) -> None:
        self._freshness = freshness
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._over.clear()
        self._thread = threading.Thread(target=self._run, name="freshness", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for the last look."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(FOLLOW_SECONDS):
            if not self._freshness.is_current():
                with contextlib.suppress(Unavailable):  # whoever asks next is told
                    self._freshness.catch_up()
