"""The process that catalogues one layer: `python -m pratique.inventory.child N < LAYER > CATALOGUE`.

The file descriptor N holds the task. Before it reads the first of a stranger's bytes the process binds itself, and
gives up the network, other processes, changes to files, and all files but Python's own libraries, where the kernel lets
it (`confinement`). It has no environment and no open files but these, and ends with that layer.
"""

import importlib
import os
import resource
import sys
import sysconfig
from typing import Final

import msgspec

from pratique.confinement import landlock, seccomp
from pratique.confinement.system_calls import CALLS
from pratique.inventory.layer import LayerCatalogue, catalogue_layer
from pratique.inventory.limits import CouldNotBeExamined, LayerLimits

_LIBRARIES: Final = ("stdlib", "platstdlib", "purelib", "platlib")
_LATE: Final = (
    "encodings.cp437",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_16",
    "encodings.utf_8_sig",
)
"""What our readers import when they first need it."""

TOO_LARGE: Final = "what is in the layer takes more room to tell than is allowed"


POLITE: Final = 10
"""How far it stands back where others want the processor (nice)."""


class Task(msgspec.Struct, frozen=True):
    """What to do, and within which bounds: `memory` and `output` in bytes, `seconds` of processor time."""

    limits: LayerLimits
    wanted: tuple[str, ...]
    memory: int
    seconds: int
    output: int


class Outcome(msgspec.Struct, frozen=True):
    """The catalogue, or why there is none. `out_of_memory`: the process met its own bound."""

    catalogue: LayerCatalogue | None = None
    problem: str = ""
    out_of_memory: bool = False


def main() -> None:
    """Carry the task out."""
    with os.fdopen(int(sys.argv[1]), "rb") as told:
        task = msgspec.json.decode(told.read(), type=Task)
    bind(task)
    confine()
    said = msgspec.msgpack.encode(carried_out(task))
    if len(said) > task.output:
        said = msgspec.msgpack.encode(Outcome(problem=TOO_LARGE))
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()


def confine() -> None:
    """Take from this process, for ever, what reading a layer does not need.

    Python's libraries stay in reach: readers may import late. Where the kernel has no Landlock nothing does.
    """
    for name in _LATE:
        importlib.import_module(name)
    libraries = sysconfig.get_paths()
    reach = landlock.leave(reads={libraries[name] for name in _LIBRARIES})
    opening = seccomp.Opening.READING if reach else seccomp.Opening.NOTHING
    seccomp.refuse((name for names in CALLS.values() for name in names), opening)


def bind(task: Task) -> None:
    """Bounds that the kernel enforces; more than soft ones, so that nothing here can lift them again.

    Whoever pushes and pulls meanwhile goes first.
    """
    os.nice(POLITE)
    for what, most in (
        (resource.RLIMIT_AS, task.memory),
        (resource.RLIMIT_CPU, task.seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))


def carried_out(task: Task) -> Outcome:
    """The outcome of cataloguing what comes in. Raises nothing that a layer could cause."""
    try:
        return Outcome(catalogue_layer(sys.stdin.buffer, task.limits, wanted=frozenset(task.wanted)))
    except CouldNotBeExamined as problem:
        return Outcome(problem=str(problem))
    except MemoryError:
        return Outcome(out_of_memory=True)


if __name__ == "__main__":
    main()
