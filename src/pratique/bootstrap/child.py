"""The worker beside a server, as a child process that is started again when it ends by itself."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from pratique.telemetry import Log
from pratique.telemetry.lines import WORKER_ENDED

PATIENCE: Final = 8.0
"""Seconds that the child has to finish what it is doing, from the moment it was asked to end."""

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
"""Seconds before the child is started again: twice as long each time, so that a broken one costs next to nothing."""

STEADY: Final = 60.0
"""A child that has lived for so many seconds was sound: the pauses begin anew."""


class WorkerProcess:
    """`pratique worker` as a child: cataloguing must not hold the server's interpreter lock (design, 5).

    The child reads from a pipe that this process holds open: when this process ends, however it ends, the child sees
    the end of the pipe and stops too. A child that ends although nobody asked it to (killed for its memory, say) is
    started again; its jobs come back when their leases end.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Log) -> None:
        self._command = [sys.executable, "-m", "pratique", "worker", "--until-end-of-input", *arguments]
        self._environment = dict(environment)
        self._log = log
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = threading.Event()
        self._asked_at = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the child, and the thread that watches it."""
        self._thread = threading.Thread(target=self._watch, name="worker-watch", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Close the pipe, and return at once: the child ends while the server lets its requests finish."""
        with self._lock:
            if not self._asked.is_set():
                self._asked_at = time.monotonic()
                self._asked.set()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def stop(self) -> None:
        """Ask and wait; a child that does not end in time is killed, its jobs run again later."""
        self.ask_to_stop()
        if self._thread is None:
            return
        self._thread.join(max(0.0, self._asked_at + PATIENCE - time.monotonic()))
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
        self._thread.join()

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        while (child := self._begun()) is not None:
            began = time.monotonic()
            status = child.wait()
            lived = time.monotonic() - began
            if self._asked.is_set():
                return
            pause = FIRST_PAUSE if lived > STEADY else pause
            self._log.write(WORKER_ENDED, status=status, pause=pause)
            self._asked.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _begun(self) -> subprocess.Popen[bytes] | None:
        """A new child; None once the end was asked for."""
        with self._lock:
            if self._asked.is_set():
                return None
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                self._command, stdin=subprocess.PIPE, env=self._environment
            )
            return self._process
