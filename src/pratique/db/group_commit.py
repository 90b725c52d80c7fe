"""One writer thread that commits in groups.

An fsync costs a millisecond or more and SQLite has one writer at a time. So works are queued; whatever has
gathered while the last COMMIT was on its way runs in one transaction, each work in a savepoint of its own,
and every caller is answered after the COMMIT that holds its work.
"""

import contextvars
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from pratique.db.failures import Again
from pratique.errors import Unavailable

T = TypeVar("T")

GROUP_WORKS: Final = 64
"""Works in one COMMIT, at most."""

GROUP_SECONDS: Final = 0.02
"""After this long no further work joins a group."""


class Ticket:
    """A work on its way, with the context variables of its caller."""

    __slots__ = ("_done", "answer", "context", "failure", "work")

    def __init__(self, work: Callable[..., Any]) -> None:
        self.work = work
        self.context = contextvars.copy_context()
        self.answer: Any = None
        self.failure: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def finish(self) -> None:
        """Wake the caller."""
        self._done.release()

    def wait(self) -> Any:
        """Wait for the COMMIT; what the work answered, or raise what it raised."""
        self._done.acquire()
        if self.failure is not None:
            raise self.failure
        return self.answer


def _shared(failure: BaseException) -> Exception:
    """The failure of a group for one of its callers: an object of its own, since raising writes to it."""
    if isinstance(failure, Again):
        own: Exception = Again(str(failure))
    elif isinstance(failure, Unavailable):
        own = Unavailable(failure.message)
    else:
        own = Unavailable("The database failed and nothing was changed; try again, and see the server's log.")
    own.__cause__ = failure
    return own


class Group(Protocol):
    """A transaction that takes works one by one. All raise `Again` where the whole group should run again."""

    def begin(self) -> None:
        """Take the write lock."""
        ...

    def run(self, ticket: Ticket) -> None:
        """Run one work in a savepoint; keep its answer, or its failure and undo it."""
        ...

    def commit(self) -> None:
        """Write what was touched, COMMIT, publish."""
        ...

    def roll_back(self) -> None:
        """Undo everything. Never raises."""
        ...


class GroupCommit:
    """The queue and the thread. `group` is used by that thread only."""

    def __init__(self, group: Group, name: str) -> None:
        self._group = group
        self._queue: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._is_closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def write(self, work: Callable[..., T]) -> T:
        """Queue `work` and wait for its COMMIT."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("write() inside a work would wait for itself; use the Tx at hand")
        ticket = Ticket(work)
        with self._closing:
            if self._is_closed:
                raise Unavailable("The database is closed; the server is stopping.")
            self._queue.put(ticket)
        answer: T = ticket.wait()
        return answer

    def close(self) -> None:
        """Commit what is queued and stop."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            tickets = [first]
            try:
                is_last = self._commit_group(tickets)
            finally:
                for ticket in tickets:
                    ticket.finish()
            del first, tickets
            if is_last:
                return

    def _commit_group(self, tickets: list[Ticket]) -> bool:
        """Run, gather and commit; True when the queue was closed meanwhile."""
        is_last = False
        try:
            self._group.begin()
            self._group.run(tickets[0])
            until = time.monotonic() + GROUP_SECONDS
            while len(tickets) < GROUP_WORKS and time.monotonic() < until:
                try:
                    joining = self._queue.get_nowait()
                except queue.Empty:
                    break
                if joining is None:
                    is_last = True
                    break
                tickets.append(joining)
                self._group.run(joining)
            self._group.commit()
        except BaseException as failure:  # noqa: BLE001 - every caller must be answered, whatever it was
            self._group.roll_back()
            for ticket in tickets:
                ticket.failure = ticket.failure or _shared(failure)
        return is_last
