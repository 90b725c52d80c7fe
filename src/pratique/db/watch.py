"""Looks at the database itself, for changes that nobody has published.

A writer may be killed between its COMMIT and its publishing; on PostgreSQL writers of other machines publish
only there. The watch looks several times a second and publishes what it finds. Each look that came back
proves that up to the moment *before it was sent* nothing was missed: that is the lease, and a process without
it must not answer from what it holds, however long the network has swallowed its looks.
"""

import threading
from typing import Final, Protocol

from pratique.clock import Clock
from pratique.errors import Unavailable

LEASE_SECONDS: Final = 1.0
"""How long after a look a process may answer from what it holds: the bound between machines (gate.md, section 1)."""

LOOK_EVERY_SECONDS: Final = 0.25
"""Well below the lease, so that one slow look does not cost it."""


class Lookout(Protocol):
    """A dedicated way to the table of changes; used by one thread at a time."""

    def look(self) -> None:
        """Publish the table's last number when it may have moved. Raises `errors.Unavailable`."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Watch:
    """The lease of one process. `start` runs a thread; without it whoever holds the watch calls `poll`."""

    def __init__(self, lookout: Lookout, clock: Clock) -> None:
        self._lookout = lookout
        self._clock = clock
        self._looking = threading.Lock()
        self._alive_until = float("-inf")
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def lease_is_alive(self) -> bool:
        """Whether what is held, compared with `Database.changed`, may be answered from. No system call of weight."""
        return self._clock.monotonic() < self._alive_until

    def poll(self) -> bool:
        """Look once; whether it succeeded. Blocks for as long as the database does."""
        with self._looking:
            sent_at = self._clock.monotonic()
            try:
                self._lookout.look()
            except Unavailable:
                return False
            self._alive_until = sent_at + LEASE_SECONDS
            return True

    def start(self) -> None:
        """Look once here, then again and again in a thread."""
        self.poll()
        self._thread = threading.Thread(target=self._run, name="database-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and end the lease."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        self._alive_until = float("-inf")
        self._lookout.close()

    def _run(self) -> None:
        while not self._is_over.wait(LOOK_EVERY_SECONDS):
            self.poll()
