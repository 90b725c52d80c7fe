"""The engine room: a bounded number of threads that move bytes between sockets and files.

A thread is held by a transfer that moves, never by one that waits: when its client does not read (or write) for a
moment the transfer goes to one more thread, which watches all those that wait, and comes back when the socket is ready.
A transfer that has had its share steps back behind the others. So the number of transfers is bounded by connections
alone, and the memory by the number of threads.
"""

import enum
import queue
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from pratique.errors import PratiqueError, Unavailable
from pratique.http.refusals import TooSlow
from pratique.http.streams.body import Pace

PATIENCE: Final = 10
"""Milliseconds that a thread waits for a client before it takes other work."""

WORTH_A_THREAD: Final = 64 * 1024
"""Bytes that a transfer must have moved since it last waited, else no thread waits with it at all."""

LOOK_EVERY: Final = 1.0
"""Seconds between looks for transfers that wait too long."""


class Step(enum.Enum):
    """What a transfer needs next."""

    DONE = enum.auto()
    READABLE = enum.auto()
    WRITABLE = enum.auto()
    TURN = enum.auto()


EVENTS: Final = {Step.READABLE: select.POLLIN, Step.WRITABLE: select.POLLOUT}


class Transfer(Protocol):
    """Bytes on their way. One thread at a time is at it. `pace` counts what the client makes it wait."""

    pace: Pace

    def fileno(self) -> int:
        """The socket."""
        ...

    def step(self) -> Step:
        """Move what can be moved without waiting. Raises whatever ends it."""
        ...

    def rest(self) -> None:
        """Let go of memory: the client makes it wait."""
        ...

    def moved(self) -> int:
        """Bytes moved since this was asked last."""
        ...

    def finish(self, problem: BaseException | None) -> None:
        """It is over. Called once, in any thread."""
        ...


@dataclass(slots=True)
class _Waiting:
    transfer: Transfer
    since: float


class Engine:
    """Runs transfers in at most `width` threads, which start when they are needed."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._ready: queue.SimpleQueue[Transfer | None] = queue.SimpleQueue()
        self._waiting: dict[int, _Waiting] = {}
        self._poll = select.epoll()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = False

    def begin(self, transfer: Transfer) -> None:
        """Start moving. `transfer.finish` is called at its end, whatever comes."""
        with self._lock:
            closed = self._is_closed
            if not closed:
                self._need_thread()
        if closed:
            transfer.finish(Unavailable("the server is ending"))
        else:
            self._ready.put(transfer)

    def close(self) -> None:
        """Give up what waits and end the threads; transfers that move come to their next step."""
        with self._lock:
            self._is_closed = True
            waiting = list(self._waiting)
            threads = len(self._threads)
        for descriptor in waiting:
            self._taken_back(descriptor, Unavailable("the server is ending"))
        for _ in range(threads):
            self._ready.put(None)

    def _need_thread(self) -> None:
        if not self._threads:
            self._start(self._watch, "transfers-waiting")
        if self._idle <= self._ready.qsize() and len(self._threads) <= self._width:
            self._start(self._work, "transfers")

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    # --- threads that move ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            self._idle += 1
            transfer = self._ready.get()
            self._idle -= 1
            if transfer is None:
                return
            try:
                self._move(transfer)
            except BaseException as problem:  # noqa: BLE001 - told to whoever waits for the transfer, in his thread
                transfer.finish(problem)

    def _move(self, transfer: Transfer) -> None:
        while (step := transfer.step()) is not Step.DONE:
            if self._is_closed:
                raise Unavailable("the server is ending")
            if step is Step.TURN:
                if self._ready.empty():
                    continue
                self._ready.put(transfer)
                return
            if not _moves_on(transfer, EVENTS[step]):
                transfer.rest()
                self._wait(transfer, EVENTS[step])
                return
        transfer.finish(None)

    # --- the thread that waits ------------------------------------------------------------------------------------

    def _wait(self, transfer: Transfer, event: int) -> None:
        descriptor = transfer.fileno()
        with self._lock:
            self._waiting[descriptor] = _Waiting(transfer, time.monotonic())
            self._poll.register(descriptor, event | select.EPOLLONESHOT)

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._is_closed:
            for descriptor, _ in self._poll.poll(LOOK_EVERY):
                self._taken_back(descriptor, None)
            now = time.monotonic()
            if now - looked >= LOOK_EVERY:
                looked = now
                self._end_stalled(now)
        self._poll.close()

    def _taken_back(self, descriptor: int, problem: PratiqueError | None) -> None:
        """Take a transfer from those that wait: to go on, or to end."""
        with self._lock:
            waiting = self._waiting.pop(descriptor, None)
            if waiting is None:
                return
            self._poll.unregister(descriptor)
        transfer = waiting.transfer
        try:
            if problem is not None:
                raise problem
            transfer.pace.count(transfer.moved(), time.monotonic() - waiting.since)
        except PratiqueError as end:
            transfer.finish(end)
        else:
            self._ready.put(transfer)

    def _end_stalled(self, now: float) -> None:
        with self._lock:
            stalled = [
                descriptor
                for descriptor, waiting in self._waiting.items()
                if now - waiting.since >= waiting.transfer.pace.stall_time
            ]
        for descriptor in stalled:
            self._taken_back(descriptor, TooSlow("the client moves no more bytes"))


def _moves_on(transfer: Transfer, event: int) -> bool:
    """Whether the socket is ready again at once, so that the thread may stay. Errors are ready too."""
    moved = transfer.moved()
    if moved < WORTH_A_THREAD:
        transfer.pace.count(moved, 0.0)
        return False
    began = time.monotonic()
    poll = select.poll()
    poll.register(transfer.fileno(), event)
    is_ready = bool(poll.poll(PATIENCE))
    transfer.pace.count(moved, time.monotonic() - began)
    return is_ready
