"""Becomes another program, bound and confined: `python -P -s -m pratique.confinement.launch N`.

The file descriptor N holds the task, as JSON. Before the program begins, this process takes from itself what looking
into files does not need, and nothing lifts it again: time, memory and sizes of files (setrlimit(2)), files other than
those that are named, the network, and looking into other processes. It ends with whoever started it.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pratique.confinement import landlock, seccomp
from pratique.confinement.system_calls import CALLS

POLITE: Final = 10
"""How far it stands back where others want the processor (nice)."""
SYSTEM: Final = (
    "/bin",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr",
)
"""What any program may run of this machine."""
SURROUNDINGS: Final = (
    "/dev",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/ssl",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/proc/sys",
    "/sys/fs/cgroup",
    "/sys/kernel/mm",
)
"""What it may read besides; of processes only itself."""
OTHERS: Final = ("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd")
"""Calls that look into other processes."""
_PARENT_DEATH_SIGNAL: Final = 1
_DROP_CAPABILITY: Final = 24
_OF_OTHERS_FILES: Final = 5
"""The capabilities before are root's over files of others, which it may need for those that it is given."""
_CAPABILITIES: Final = 64


def main() -> None:
    """Carry the task out: never returns."""
    with os.fdopen(int(sys.argv[1]), "rb") as told:
        task = json.loads(told.read())
    die_with(task["parent"])
    bind(task)
    resign()
    landlock.leave(
        reads=[*SURROUNDINGS, *task["reads"]],
        writes=[*task["writes"], "/dev/null"],
        runs=[*SYSTEM, task["argv"][0]],
    )
    seccomp.refuse([*CALLS["network"], *CALLS["system"], *OTHERS])
    os.chdir(task["folder"])
    try:
        os.execve(task["argv"][0], task["argv"], task["environment"])  # noqa: S606 - what the settings name
    except OSError as problem:
        sys.exit(f"{task['argv'][0]}: {problem.strerror}")


def die_with(parent: int) -> None:
    """End when the process does that started this one, also where it ended already."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, *map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0)))
    if os.getppid() != parent:
        os._exit(1)


def resign() -> None:
    """Of root's privileges the program gets none but those over files: CAP_PERFMON alone reads others' memory."""
    library = ctypes.CDLL(None)
    for capability in range(_OF_OTHERS_FILES, _CAPABILITIES):
        library.prctl(_DROP_CAPABILITY, *map(ctypes.c_ulong, (capability, 0, 0, 0)))


def bind(task: Mapping[str, Any]) -> None:
    """Bounds that the kernel enforces; where the machine itself runs out of memory, this process goes first."""
    os.nice(POLITE)
    with contextlib.suppress(OSError), Path("/proc/self/oom_score_adj").open("w") as file:
        file.write("1000")
    for what, most in (
        (resource.RLIMIT_AS, task["memory"]),
        (resource.RLIMIT_CPU, task["seconds"]),
        (resource.RLIMIT_FSIZE, task["file"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
