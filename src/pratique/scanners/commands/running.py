"""Runs a scanner's program as a child that is bound: in time, memory, what it says, and what it leaves on the disk.

Nothing of our environment is passed on. It is killed with everything that it started when it takes too much of
anything, when nobody waits for it any more, and when this process ends.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from pratique.clock import Clock, SystemClock
from pratique.errors import Invalid
from pratique.quantities import GIB, MINUTE
from pratique.scanners.reports import SIZE_LIMIT

COMPLAINT_LIMIT: Final = 256 * 1_024
"""Bytes of its standard error that are kept."""
LOOK_SECONDS: Final = 1.0
"""How often it is looked whether somebody still waits, and how much lies in its folder."""
COUNTING_SHARE: Final = 20
"""Counting what lies there takes at most one part in so many of the time."""
PIECE: Final = 2**16

LAUNCHER: Final = "pratique.confinement.launch"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one run: `seconds` by the clock and of processor time for each core, the others in bytes.

    `output` is what it says, `disk` what it may leave in its folder at any time.
    """

    seconds: int = 10 * MINUTE
    memory: int = 8 * GIB
    output: int = SIZE_LIMIT
    disk: int = 20 * GIB


@dataclass(frozen=True, slots=True)
class Task:
    """A program by its absolute path, and what it is given. It may write in `folder`, and read `reads` besides."""

    argv: Sequence[str]
    folder: Path
    reads: Sequence[Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended, and what it said."""

    code: int
    output: bytes = field(repr=False)
    complaint: str = ""


class Stopped(Exception):
    """Nobody waits for it any more; it was killed."""


class Runner:
    """Runs programs, within bounds. Raises Invalid for what takes more, Stopped where `is_wanted` says no."""

    def __init__(self, bounds: Bounds | None = None, clock: Clock | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._clock = clock or SystemClock()

    def __call__(self, task: Task, is_wanted: Callable[[], bool] = lambda: True) -> Ran:
        """Run a program to its end."""
        command = [sys.executable, "-P", "-s", "-m", LAUNCHER]
        surroundings = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8"}
        with tempfile.TemporaryFile() as told:
            told.write(self._told(task))
            told.seek(0)
            child = subprocess.Popen(  # noqa: S603 - our own launcher; the program is one that the settings name
                [*command, str(told.fileno())],
                pass_fds=[told.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=surroundings,
                start_new_session=True,
            )
        with child:
            try:
                return _Listening(child, task, self.bounds, self._clock)(is_wanted)
            finally:
                if child.returncode is None:
                    _kill(child)

    def _told(self, task: Task) -> bytes:
        bounds = self.bounds
        return json.dumps(
            {
                "argv": list(task.argv),
                "environment": dict(task.environment),
                "folder": str(task.folder),
                "reads": list(map(str, task.reads)),
                "writes": [str(task.folder)],
                "memory": bounds.memory,
                "seconds": bounds.seconds * (os.cpu_count() or 1),
                "file": bounds.disk,
                "parent": os.getpid(),
            }
        ).encode()


class _Listening:
    """Hears one child to its end."""

    def __init__(self, child: subprocess.Popen[bytes], task: Task, bounds: Bounds, clock: Clock) -> None:
        self._child = child
        self._task = task
        self._bounds = bounds
        self._clock = clock
        self._until = clock.monotonic() + bounds.seconds
        self._count_at = 0.0
        self._output = bytearray()
        self._complaint = bytearray()

    def __call__(self, is_wanted: Callable[[], bool]) -> Ran:
        ended = os.pidfd_open(self._child.pid)
        try:
            self._hear_all(ended, is_wanted)
        finally:
            os.close(ended)
        code = self._child.wait()
        if code in _TAKEN:
            raise Invalid(f"the scanner was killed: it takes more {_TAKEN[code]} than it may")
        said = self._complaint[:COMPLAINT_LIMIT].decode(errors="replace")
        return Ran(code, bytes(self._output), said)

    def _hear_all(self, ended: int, is_wanted: Callable[[], bool]) -> None:
        """Until the program and whatever it started have closed both pipes."""
        out, complaint = (
            cast("IO[bytes]", pipe).fileno() for pipe in (self._child.stdout, self._child.stderr)
        )
        look_at = 0.0
        with selectors.DefaultSelector() as ready:
            for source in (out, complaint, ended):
                ready.register(source, selectors.EVENT_READ)
            while ready.get_map():
                for key, _ in ready.select(LOOK_SECONDS):
                    if key.fd == ended:
                        # It is not waited for yet: its number is nobody else's.
                        _kill(self._child)
                        ready.unregister(ended)
                    elif not self._heard(key.fd, is_output=key.fd == out):
                        ready.unregister(key.fd)
                if self._clock.monotonic() >= look_at:
                    self._look(is_wanted)
                    look_at = self._clock.monotonic() + LOOK_SECONDS

    def _heard(self, pipe: int, *, is_output: bool) -> bool:
        """One piece; False at the end."""
        piece = os.read(pipe, PIECE)
        if is_output:
            self._output += piece
            if len(self._output) > self._bounds.output:
                raise Invalid(f"the scanner says more than {self._bounds.output} bytes")
        elif len(self._complaint) < COMPLAINT_LIMIT:
            self._complaint += piece
        return bool(piece)

    def _look(self, is_wanted: Callable[[], bool]) -> None:
        now = self._clock.monotonic()
        if now >= self._until:
            raise Invalid(f"the scanner takes more than {self._bounds.seconds} seconds")
        if not is_wanted():
            raise Stopped
        if now >= self._count_at:
            if _size_of(self._task.folder) > self._bounds.disk:
                raise Invalid(f"the scanner leaves more than {self._bounds.disk} bytes on the disk")
            done = self._clock.monotonic()
            self._count_at = done + COUNTING_SHARE * (done - now)


_TAKEN: Final[Mapping[int, str]] = {
    -signal.SIGXCPU: "processor time",
    -signal.SIGXFSZ: "of the disk",
    -signal.SIGKILL: "processor time or memory",
}


def _size_of(folder: Path) -> int:
    """The bytes that lie below a folder, as far as it can be read; links are not followed."""
    size, level = 0, [folder]
    while level:
        try:
            with os.scandir(level.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        level.append(Path(entry.path))
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue  # it was removed meanwhile
    return size


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Everything in its group, also what the child has left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
