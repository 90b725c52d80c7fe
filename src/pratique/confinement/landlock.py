"""Files that a process may open, and no others (landlock(7); Linux, Documentation/userspace-api/landlock.rst).

Whatever it was not left fails with EACCES from then on, for it and for all that it starts; what is open stays open.
Which rights there are hangs on the kernel's version of the interface. Steps not taken: TCP ports, which seccomp denies
with sockets; names, sizes and times of files can still be looked at, which Landlock does not know.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG: Final = 1
_BENEATH: Final = 1
_NO_NEW_PRIVILEGES: Final = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_KNOWN: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""The rights of a version; of those between and above, those of the one before."""
_SCOPES_SINCE: Final = 6
_SCOPED: Final = 0b11
"""Abstract sockets and signals of processes outside."""


def version() -> int:
    """The version of the interface; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    found = _library().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG))
    return max(0, int(found))


def leave(reads: Iterable[str] = (), writes: Iterable[str] = (), runs: Iterable[str] = ()) -> int:
    """Leave this process these files and directories with all below them; the version, or 0: nothing has changed.

    What it `runs` it may read too, and what it `writes` it may read, make and remove. What is not there is left out.
    """
    there = version()
    if not there:
        return 0
    handled = _KNOWN[max(number for number in _KNOWN if number <= there)]
    attributes = (
        struct.pack("=QQQ", handled, 0, _SCOPED) if there >= _SCOPES_SINCE else struct.pack("=Q", handled)
    )
    library = _library()
    size = ctypes.c_size_t(len(attributes))
    rules = library.syscall(_CREATE_RULESET, attributes, size, ctypes.c_uint(0))
    if rules < 0:
        return 0
    try:
        read = _READ_FILE | _READ_DIRECTORY
        for paths, rights in ((reads, read), (runs, read | _EXECUTE), (writes, handled & ~_EXECUTE)):
            for path in paths:
                _allow(library, rules, path, rights & handled)
        if library.prctl(_NO_NEW_PRIVILEGES, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
            return 0
        return there if library.syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) == 0 else 0
    finally:
        os.close(rules)


def _allow(library: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rule = struct.pack("=Qi", rights if is_folder else rights & _OF_FILES, place)
        library.syscall(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(place)


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
