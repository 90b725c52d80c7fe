"""Which accesses of tokens are known to count still, so that most requests need no look at the database for it.

What a token gives counts while its project is the same one, and public where the access rests on that. Every commit
that changes either touches `project:<id>`, so the answer is held until then, by the rules of `registry.warm`: dropped
and never edited, and not put when it may be older than a drop. Whoever asks has seen that what is held is current.
"""

import threading
from collections.abc import Iterable
from typing import Final

from pratique.identity import GrantedAccess
from pratique.oci.names import project_of

HELD_LIMIT: Final = 10_000
"""Projects that are held; all are dropped when there is no room for another."""

SCOPE: Final = "project:"

Key = tuple[str, int, bool]


class CountingProjects:
    """Projects by name, number, and whether the access rests on their being public."""

    def __init__(self) -> None:
        self._held: set[Key] = set()
        self._dropped_at = 0
        self._lock = threading.Lock()

    def counts(self, granted: GrantedAccess) -> bool:
        """Whether it is known that an access counts. False says nothing. No lock: one look into a set is atomic."""
        return _key(granted) in self._held

    def put(self, granted: GrantedAccess, *, noted: int) -> None:
        """Hold that an access counts, as it was read after the change `noted`."""
        with self._lock:
            if noted < self._dropped_at:
                return
            if len(self._held) >= HELD_LIMIT:
                self._held = set()
            self._held.add(_key(granted))

    def forget(self, scopes: Iterable[str] | None, number: int) -> None:
        """Drop what commits up to `number` touched; None: everything."""
        touched = None if scopes is None else {scope for scope in scopes if scope.startswith(SCOPE)}
        if touched is not None and not touched:
            return
        with self._lock:
            self._dropped_at = number
            self._held = (
                set() if touched is None else {key for key in self._held if f"{SCOPE}{key[1]}" not in touched}
            )


def _key(granted: GrantedAccess) -> Key:
    return project_of(granted.repository), granted.project_id, granted.is_public
