"""Cataloguing in a child process with limits of its own: layers are strangers' bytes, and readers may have faults.

A child that is killed, by its bound or by a fault, is tried once more; after that the layer could not be examined, and
the limit is named. Nothing is retried for ever. What the child says is not trusted either: no more of it is read than
is allowed, and for no longer.
"""

import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, BinaryIO, Final, cast

import msgspec

from pratique.clock import Clock, SystemClock
from pratique.inventory.child import TOO_LARGE, Outcome, Task
from pratique.inventory.examining import OpenLayer
from pratique.inventory.layer import LayerCatalogue
from pratique.inventory.limits import GIB, MIB, CouldNotBeExamined, LayerLimits

TRIES: Final = 2
HOPELESS_SECONDS: Final = 3_600
HOPELESS_LIMIT: Final = 1_000
"""Layers that can't be catalogued are remembered for so long, and so many of them."""
PROBLEM_LIMIT: Final = 4_096
"""Characters of what a child finds wrong with a layer."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one child. `memory` (address space) and `output` in bytes; `seconds` of processor time.

    `patience` is how many times as long it may take by the clock: reading may wait for the disk.
    """

    memory: int = 2 * GIB
    seconds: int = 300
    output: int = 256 * MIB
    patience: int = 4


class Confined:
    """Catalogues each layer in a child process; implements `examining.Cataloguing`."""

    def __init__(
        self,
        opened: OpenLayer,
        limits: LayerLimits | None = None,
        bounds: Bounds | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._opened = opened
        self._clock = clock or SystemClock()
        self._limits = limits or LayerLimits()
        self._bounds = bounds or Bounds()
        self._hopeless = _Hopeless(self._clock)

    def __call__(self, digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        """The catalogue of a layer. Raises CouldNotBeExamined."""
        bounds = self._bounds
        if known := self._hopeless.why(digest):
            raise CouldNotBeExamined(known)
        task = Task(self._limits, tuple(sorted(wanted)), bounds.memory, bounds.seconds, bounds.output)
        why = ""
        for _ in range(TRIES):
            outcome = self._try(digest, task)
            if isinstance(outcome, str):
                why = outcome
            elif outcome.catalogue is not None:
                return outcome.catalogue
            elif outcome.out_of_memory:
                why = f"it takes more than {bounds.memory // MIB} MiB of memory"
            else:
                raise CouldNotBeExamined(outcome.problem[:PROBLEM_LIMIT])
        problem = f"the layer {digest} can't be catalogued: {why}"
        self._hopeless.note(digest, problem)
        raise CouldNotBeExamined(problem)

    def _try(self, digest: str, task: Task) -> Outcome | str:
        """What came out, or in words how the child ended without saying anything."""
        command = [sys.executable, "-P", "-s", "-m", "pratique.inventory.child"]
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8"}
        # The task may be longer than an argument can be.
        told = BytesIO(msgspec.json.encode(task))
        with (
            self._opened(digest) as source,
            _as_file(source) as file,
            _as_file(told) as said,
            subprocess.Popen(  # noqa: S603 - this very program; the bytes come in as its input
                [*command, str(said.fileno())],
                stdin=file,
                pass_fds=[said.fileno()],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            ) as child,
        ):
            try:
                return self._listened(child, task)
            except (subprocess.TimeoutExpired, TimeoutError):
                return f"it takes more than {self._patience} seconds"
            finally:
                _end(child)

    @property
    def _patience(self) -> int:
        return self._bounds.seconds * self._bounds.patience

    def _listened(self, child: subprocess.Popen[bytes], task: Task) -> Outcome | str:
        """What a child says before it ends. Raises TimeoutError."""
        until = self._clock.monotonic() + self._patience
        pipe = cast("IO[bytes]", child.stdout).fileno()
        output = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while ready.select(max(0.0, until - self._clock.monotonic())):
                piece = os.read(pipe, MIB)
                output += piece
                if len(output) > task.output:
                    return Outcome(problem=TOO_LARGE)
                if not piece:
                    return self._outcome(child.wait(until - self._clock.monotonic()), output)
        raise TimeoutError

    def _outcome(self, code: int, output: bytearray) -> Outcome | str:
        if code in {-signal.SIGXCPU, -signal.SIGKILL}:
            return f"it takes more than {self._bounds.seconds} seconds of processor time, or the machine's memory"
        try:
            return msgspec.msgpack.decode(output, type=Outcome)
        except msgspec.DecodeError:
            return f"the process that reads it ended with {code}"


class _Hopeless:
    """Layers of which children were killed, for a while: any number of images may have one of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def why(self, digest: str) -> str:
        """Why it is not tried again yet; "" where it is."""
        with self._lock:
            until, problem = self._known.get(digest, (0.0, ""))
        return problem if self._clock.monotonic() < until else ""

    def note(self, digest: str, problem: str) -> None:
        """Remember a layer."""
        with self._lock:
            self._known[digest] = (self._clock.monotonic() + HOPELESS_SECONDS, problem)
            while len(self._known) > HOPELESS_LIMIT:
                self._known.popitem(last=False)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that has not ended, with whatever it started."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)


@contextmanager
def _as_file(source: BinaryIO) -> Iterator[BinaryIO]:
    """A file of the system with these bytes: what lies elsewhere is copied first."""
    try:
        source.fileno()
    except OSError:
        with tempfile.TemporaryFile() as copied:
            shutil.copyfileobj(source, copied, MIB)
            copied.seek(0)
            yield copied
    else:
        yield source
