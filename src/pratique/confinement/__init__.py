"""Confinement: what a process that handles strangers' bytes takes from itself for ever, by the kernel's means.

Files (`landlock`), and system calls (`seccomp`); neither needs a privilege, and both work in containers. The standard
library alone is imported, so that a process may be confined before it loads anything else.
"""

from pratique.confinement import landlock, seccomp


def gaps() -> tuple[str, ...]:
    """What this machine can't take from a process, in words for people. Empty: it can do all of it."""
    found = []
    if not landlock.version():
        found.append("files (the kernel has no Landlock, or a sandbox hides it)")
    if not seccomp.is_there():
        found.append("system calls (no seccomp filter for this machine)")
    return tuple(found)
