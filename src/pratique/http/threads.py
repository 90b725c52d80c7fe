"""The threads behind the event loop: the one place that owns them.

Three pools, so that one kind of work never starves another: transactions, blobs, password hashing. A thread is held
for a piece of work (a transaction, a batch of bytes), never for a connection.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from pratique.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

WAITING_LIMIT: Final = 4_096
"""Pieces of work that wait for a thread of one pool; more are refused rather than kept for ever."""


class Pool:
    """At most `width` threads, and at most `waiting` pieces of work that wait for one of them."""

    def __init__(self, name: str, width: int, waiting: int = WAITING_LIMIT) -> None:
        self._executor = ThreadPoolExecutor(width, thread_name_prefix=name)
        self._name = name
        self._limit = width + waiting
        self._begun = 0

    async def __call__(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` answers, from a thread of the pool.

        A caller that is cancelled waits all the same until the work is done: what it opened must not be lost. Raises
        Unavailable when too many wait.
        """
        if self._begun >= self._limit:
            raise Unavailable(f"too many requests wait for {self._name}; try again in a moment")
        context = contextvars.copy_context()
        self._begun += 1
        try:
            running = asyncio.get_running_loop().run_in_executor(
                self._executor, lambda: context.run(work, *args, **kwargs)
            )
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise
        finally:
            self._begun -= 1

    def close(self) -> None:
        """Refuse new work and let go of the threads once they are done."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Threads:
    """The pools of a process."""

    def __init__(self, *, database: int, blobs: int, passwords: int) -> None:
        self.database = Pool("database", database)
        self.blobs = Pool("blobs", blobs)
        self.passwords = Pool("passwords", passwords)

    def close(self) -> None:
        """Close every pool."""
        for pool in (self.database, self.blobs, self.passwords):
            pool.close()
