"""Runs the programs that the settings name: each time in a folder of its own, on one image, without a credential."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from pratique.errors import Invalid, Unavailable
from pratique.scanners.commands.kinds import COMMANDS, Heard, Kind, Order, kind_of, version_in
from pratique.scanners.commands.layout import Image
from pratique.scanners.commands.running import Bounds, Runner, Task
from pratique.scanners.metadata import Metadata
from pratique.scanners.values import Capability, Maker, Registration, Target, Told

VERSION_SECONDS: Final = 20
"""How long a program may take to say its version."""
_MEMORY_SHARE: Final = 0.75
"""How much of its memory a program of Go fills before it collects more eagerly."""


class Images(Protocol):
    """Where images lie (registry, blobs)."""

    def image(self, target: Target) -> Image:
        """The files of an image. Raises NotFound, Invalid for what is no image."""
        ...


Advisories = Callable[[], Path]
"""OSV's exports of the advisories that count now. Raises Unavailable."""


class Commands:
    """`programs` are what the settings name; `folder` is where each run has its own, which is removed afterwards."""

    def __init__(
        self,
        programs: Mapping[Kind, Path],
        images: Images,
        advisories: Advisories,
        folder: Path,
        bounds: Bounds | None = None,
    ) -> None:
        self._programs = programs
        self._images = images
        self._advisories = advisories
        self._folder = folder
        self._bounds = bounds or Bounds()

    def metadata(self, scanner: Registration) -> Metadata:
        """What a program is. Raises Invalid, Unavailable where it does not run."""
        kind, program = self._program(scanner)
        found = COMMANDS[kind].described
        maker = Maker(found.registration.name, found.vendor, self._version(kind, program))
        return Metadata(maker, found.abilities, {})

    def report(
        self, scanner: Registration, target: Target, capability: Capability, is_wanted: Callable[[], bool]
    ) -> Told:
        """Have a program look into an image, and read what it says.

        Raises Invalid, NotFound or Unavailable where there is no report, and `running.Stopped`.
        """
        kind, program = self._program(scanner)
        command = COMMANDS[kind]
        if not any(
            one.type == capability and one.reads(target.media_type) for one in command.described.abilities
        ):
            raise Invalid(
                f"{command.described.registration.name} has no {capability} report of {target.media_type[:100]}"
            )
        image = self._images.image(target)
        advisories = self._advisories() if command.described.needs_advisories else None
        version = self._version(kind, program)
        with _place(self._folder) as folder:
            given, own = folder / "given", folder / "own"
            given.mkdir()
            asked = command.ask(Order(image, given, advisories, capability))
            task = Task(
                argv=(str(program), *asked.arguments),
                folder=own,
                reads=(given, *asked.reads),
                environment={**self._environment(own), **asked.environment},
            )
            ran = Runner(self._bounds)(task, is_wanted)
        return command.read(Heard(ran, version, capability))

    def _version(self, kind: Kind, program: Path) -> str:
        bounds = Bounds(VERSION_SECONDS, self._bounds.memory, disk=self._bounds.disk)
        with _place(self._folder) as folder:
            own, argv = folder / "own", (str(program), *COMMANDS[kind].described.version)
            ran = Runner(bounds)(Task(argv, own, environment=self._environment(own)))
        if ran.code != 0:
            raise Invalid(f"{program} ended with {ran.code} when it was asked for its version")
        return version_in(ran.output.decode(errors="replace"))

    def _program(self, scanner: Registration) -> tuple[Kind, Path]:
        kind = kind_of(scanner)
        program = None if kind is None else self._programs.get(kind)
        if kind is None or program is None:
            raise Invalid(f"the settings name no program for the scanner {scanner.name}")
        if not os.access(program, os.X_OK):
            raise Unavailable(f"{program} is no program that can be run here")
        return kind, program

    def _environment(self, folder: Path) -> Mapping[str, str]:
        """All that a program has: nothing of ours."""
        home, drafts = folder / "home", folder / "tmp"
        for each in (home, drafts):
            each.mkdir(parents=True)
        limit = int(self._bounds.memory * _MEMORY_SHARE)
        return {
            "HOME": str(home),
            "TMPDIR": str(drafts),
            "LANG": "C.UTF-8",
            "GOMEMLIMIT": f"{limit}B",
        }


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """A folder that is removed whatever lies in it. What processes that died have left goes as well."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        for left in folder.glob("scan-*"):
            if _is_left(left):
                _remove(left)
        made = Path(tempfile.mkdtemp(prefix="scan-", dir=folder)).resolve()
        held = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield made
    finally:
        _remove(made)
        os.close(held)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_left(place: Path) -> bool:
    """Whether no process holds it."""
    try:
        found = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(found)


def _remove(place: Path) -> None:
    """Images have folders that nobody may write to; here they are opened before they go."""
    for root, names, _ in os.walk(place):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                with suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(place, ignore_errors=True)
