"""System calls that a process gives up (seccomp(2); Linux, Documentation/userspace-api/seccomp_filter.rst).

Whatever is denied fails with EPERM, opening files with EACCES, and nothing lifts it again. It needs no privilege and
works in containers. It knows x86-64 and aarch64; elsewhere, and where the kernel has no seccomp, there is none.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from pratique.confinement.system_calls import number_of

_NO_NEW_PRIVILEGES: Final = 38
_SECCOMP: Final = 22
_FILTER: Final = 2

_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_IF_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EPERM
_DENY_FILE: Final = 0x00050000 | errno.EACCES
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
_ARGUMENTS_AT: Final = 16

_MACHINES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32: Final = 0x40000000
"""Calls of another kind on x86-64, with other numbers."""
_CHANGES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_OPENING: Final = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
"""open and openat, each with the place of its flags: files may be read."""

_FORMAT: Final = "=HBBI"


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class Opening(Enum):
    """What may be opened: any file for anything, any for reading, or nothing more than is open."""

    ANYTHING = "anything"
    READING = "reading"
    NOTHING = "nothing"


def is_there() -> bool:
    """Whether this machine can do it."""
    if sys.platform != "linux" or os.uname().machine not in _MACHINES:
        return False
    # Asked without a filter, it is EFAULT where there are filters.
    control = ctypes.CDLL(None, use_errno=True).prctl
    asked = control(_SECCOMP, ctypes.c_ulong(_FILTER), None, ctypes.c_ulong(0), ctypes.c_ulong(0))
    return bool(asked != 0 and ctypes.get_errno() == errno.EFAULT)


def refuse(calls: Iterable[str], opening: Opening = Opening.ANYTHING) -> bool:
    """Take these calls (`system_calls`) from this process, for ever. False: this machine can't do that."""
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in _MACHINES:
        return False
    instructions = b"".join(_instructions(machine, calls, opening))
    count = len(instructions) // struct.calcsize(_FORMAT)
    program = _Program(count, instructions)
    control = ctypes.CDLL(None, use_errno=True).prctl
    unused = (ctypes.c_ulong(0),) * 3
    if control(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), *unused) != 0:
        return False
    return bool(control(_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), *unused[:2]) == 0)


def _instructions(machine: str, calls: Iterable[str], opening: Opening) -> Iterator[bytes]:
    """The filter: each test that fails skips the answer after it."""
    yield _instruction(_LOAD, _MACHINE_AT)
    yield _instruction(_IF_EQUAL, _MACHINES[machine], yes=1)
    yield _instruction(_RETURN, _DENY)
    yield _instruction(_LOAD, _NUMBER_AT)
    yield _instruction(_IF_AT_LEAST, _X32, no=1)
    yield _instruction(_RETURN, _DENY)
    for number in (number_of(name, machine) for name in calls):
        if number is not None:
            yield _instruction(_IF_EQUAL, number, no=1)
            yield _instruction(_RETURN, _DENY)
    for number, place in _OPENING[machine] if opening is not Opening.ANYTHING else ():
        yield _instruction(_IF_EQUAL, number, no=4)
        yield _instruction(_LOAD, _ARGUMENTS_AT + 8 * place)
        yield _instruction(_IF_ANY_BIT, _CHANGES, no=1)
        yield _instruction(_RETURN, _DENY)
        yield _instruction(_RETURN, _ALLOW if opening is Opening.READING else _DENY_FILE)
    yield _instruction(_RETURN, _ALLOW)


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """`struct sock_filter`; `yes` and `no` are how many instructions a test skips."""
    return struct.pack(_FORMAT, code, yes, no, value)
