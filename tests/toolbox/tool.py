"""What a tool is once it is found: a version, an origin, and the words that run it."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VERSION_SECONDS = 20
"""How long a program may take to say its version."""

_VERSION = re.compile(r"(?<![\w.])(?:v|go)?(\d+(?:\.\d+)+)")


class ToolboxError(Exception):
    """A tool could not be installed; the message says why, for a person."""


@dataclass(frozen=True)
class Program:
    """Where a program lies, and what must stand before it (entering a chroot) to run it."""

    path: Path
    prefix: tuple[str, ...] = ()
    packaged_as: str | None = None
    """The version its package has, for programs that do not know their own."""

    def argv(self, *arguments: str) -> list[str]:
        """The command line that runs this program with `arguments`."""
        return [*self.prefix, str(self.path), *arguments]

    def sibling(self, name: str) -> "Program":
        """The program `name` of the same folder, run the same way (`pg_ctl` beside `initdb`)."""
        return Program(self.path.with_name(name), self.prefix)


@dataclass(frozen=True)
class Tool:
    """A tool of the table, found on this machine and new enough."""

    name: str
    version: str
    origin: str
    program: Program

    def argv(self, *arguments: str) -> list[str]:
        """The command line that runs this tool with `arguments`."""
        return self.program.argv(*arguments)

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, to compare with (`tool.release >= (1, 22)`)."""
        return release(self.version)


def release(version: str) -> tuple[int, ...]:
    """`1.22.0` as `(1, 22, 0)`."""
    return tuple(int(number) for number in version.split("."))


def is_at_least(version: str, minimum: str) -> bool:
    """Whether `version` is `minimum` or newer; a missing number counts as 0."""
    have, need = release(version), release(minimum)
    length = max(len(have), len(need))
    return have + (0,) * (length - len(have)) >= need + (0,) * (length - len(need))


def version_of(program: Program, question: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """The first dotted number a program prints when asked, or None when it does not run.

    The exit status counts only where the package tells the version: `wrk -v` exits 1, and Debian's
    crane and cosign print none.
    """
    try:
        asked = subprocess.run(
            program.argv(*question),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if program.packaged_as is not None:
        return program.packaged_as if asked.returncode == 0 else None
    return first_version(asked.stdout + "\n" + asked.stderr)


def first_version(text: str) -> str | None:
    """The first dotted number in `text`."""
    found = _VERSION.search(text)
    return found[1] if found else None
