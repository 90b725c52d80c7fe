"""Becomes a scanner's program, bound: `python -I launch.py N`, where the file descriptor N holds the task.

It imports nothing of the package, so that it starts in an instant. Before the program begins, this process takes from
itself what a scanner of files does not need, and nothing lifts it again: processor time, memory and sizes of files
(setrlimit(2)); the network, and looking into other processes (seccomp(2), on x86-64 and aarch64); files other than
those that are named (landlock(7), where the kernel has it). It ends with whoever started it.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

POLITE: Final = 10
"""How far it stands back where others want the processor (nice)."""

_PARENT_DEATH_SIGNAL: Final = 1
_NO_NEW_PRIVILEGES: Final = 38
_SECCOMP: Final = 22
_FILTER: Final = 2

_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EPERM
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
_ARGUMENTS_AT: Final = 16
_UNIX_DOMAIN: Final = 1
_X32: Final = 0x40000000

_MACHINES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SOCKET: Final = {"x86_64": 41, "aarch64": 198}
_DENIED: Final = {
    # io_uring (which opens sockets too), ptrace, process_vm_readv and _writev, pidfd_getfd, bpf, keyctl,
    # mount, unshare, setns.
    "x86_64": (425, 426, 427, 101, 310, 311, 438, 321, 250, 165, 272, 308),
    "aarch64": (425, 426, 427, 117, 270, 271, 438, 280, 219, 40, 97, 268),
}

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_BENEATH: Final = 1
_READS_FILE: Final = (1 << 0) | (1 << 2)
"""Execute, read."""
_READS: Final = _READS_FILE | (1 << 3)
"""And list directories."""
_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
"""What each version knows of; later versions know of more, which is not asked for."""
_FILE_RIGHTS: Final = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14)


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main() -> None:
    """Carry the task out: never returns."""
    with os.fdopen(int(sys.argv[1]), "rb") as told:
        task = json.loads(told.read())
    die_with(task["parent"])
    bind(task)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    confine(libc, task["reads"], task["writes"])
    cut_off(libc)
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


def bind(task: dict[str, Any]) -> None:
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


# --- the network (seccomp) --------------------------------------------------------------------------------------------


def cut_off(libc: ctypes.CDLL) -> bool:
    """Give up the network and other processes. False: this machine can't do that."""
    machine = os.uname().machine
    if machine not in _MACHINES:
        return False
    instructions = b"".join(_instructions(machine))
    program = _Program(len(instructions) // 8, instructions)
    unused = (ctypes.c_ulong(0), ctypes.c_ulong(0))
    return bool(libc.prctl(_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), *unused) == 0)


def _instructions(machine: str) -> Iterator[bytes]:
    """The filter: each test that fails skips the answer after it."""
    yield _instruction(_LOAD, _MACHINE_AT)
    yield _instruction(_IF_EQUAL, _MACHINES[machine], yes=1)
    yield _instruction(_RETURN, _DENY)
    yield _instruction(_LOAD, _NUMBER_AT)
    yield _instruction(_IF_AT_LEAST, _X32, no=1)
    yield _instruction(_RETURN, _DENY)
    for number in _DENIED[machine]:
        yield _instruction(_IF_EQUAL, number, no=1)
        yield _instruction(_RETURN, _DENY)
    yield _instruction(_IF_EQUAL, _SOCKET[machine], no=3)
    yield _instruction(_LOAD, _ARGUMENTS_AT)
    yield _instruction(_IF_EQUAL, _UNIX_DOMAIN, yes=1)
    yield _instruction(_RETURN, _DENY)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """`struct sock_filter`; `yes` and `no` are how many instructions a test skips."""
    return struct.pack("=HBBI", code, yes, no, value)


# --- files (Landlock) -------------------------------------------------------------------------------------------------


def confine(libc: ctypes.CDLL, reads: Sequence[str], writes: Sequence[str]) -> bool:
    """Leave this process the files that are named, and what is below them. False: this kernel can't do that."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG))
    if version < 1:
        return False
    handled = _RIGHTS[min(version, max(_RIGHTS))]
    attributes = struct.pack("=Q", handled)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if rules < 0:
        return False
    for paths, rights in ((reads, _READS), (writes, handled)):
        for path in paths:
            _allow(libc, rules, path, rights & handled)
    is_confined = libc.syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) == 0
    os.close(rules)
    return bool(is_confined)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """What is not there needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, place)
        libc.syscall(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(place)


if __name__ == "__main__":
    main()
