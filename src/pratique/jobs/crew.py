"""The threads that run claimed jobs, and the jobs that wait for one of them."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from pratique.jobs.queue import Job


class Crew:
    """`size` threads; each takes the next waiting job and hands it to `run`, which must not raise.

    What has not begun `hold` seconds after it was claimed is to be given back: another worker may be free.
    """

    def __init__(self, size: int, run: Callable[[Job], None], hold: float) -> None:
        self._hold = hold
        self._run = run
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._held: dict[int, Job] = {}
        self._running = 0
        self._filled_at = 0.0
        self._threads = [threading.Thread(target=self._work, name=f"job-{n}") for n in range(size)]
        for thread in self._threads:
            thread.start()

    def has_room(self) -> bool:
        """Whether a thread is idle and no job waits for it."""
        return self._waiting.empty() and self._running < len(self._threads)

    def add(self, jobs: Sequence[Job]) -> None:
        """Let `jobs` run, in their order."""
        with self._lock:
            self._held.update((job.id, job) for job in jobs)
        self._filled_at = time.monotonic()
        for job in jobs:
            self._waiting.put(job)

    def held(self) -> list[int]:
        """The numbers of jobs that run or wait: those whose lease has to be kept."""
        with self._lock:
            return list(self._held)

    def take_back(self, *, at_once: bool = False) -> list[Job]:
        """Jobs that have waited for longer than `hold`, or all that wait; they won't run here."""
        unstarted: list[Job] = []
        if at_once or time.monotonic() - self._filled_at > self._hold:
            while True:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if job is not None:
                    unstarted.append(job)
            with self._lock:
                for job in unstarted:
                    self._held.pop(job.id, None)
        return unstarted

    def stop(self) -> None:
        """Wait for running jobs; those still waiting run too unless they were taken back."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            with self._lock:
                self._running += 1
            try:
                self._run(job)
            finally:
                with self._lock:
                    self._running -= 1
                    self._held.pop(job.id, None)
