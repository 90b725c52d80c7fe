"""Tools from Debian: installed packages, packages of a newer suite unpacked, and a chroot of one.

A Go program of a newer suite usually runs on this release's C library, so its package is only
unpacked into the cache. What links against newer C libraries (skopeo, podman, buildah) or runs
daemons together (docker) gets a chroot of that suite instead.

The mirror is the one this machine's apt is set up with; no host name is written here.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.toolbox import mirror
from tests.toolbox.cache import Cache, say, timed
from tests.toolbox.tool import Program, ToolboxError, first_version

ENTER = Path(__file__).with_name("enter.sh")
OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
"""Before a command: what it mounts is seen by nobody else and gone when it ends, whatever happens."""
NO_SERVICES = Path("/usr/sbin/policy-rc.d")

_VERSION_FILE = "package-version"


@dataclass(frozen=True)
class Package:
    """A package of the release this machine runs; `beside` are packages it needs at work."""

    name: str
    path: str
    beside: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        return f"Debian package {self.name}"

    def find(self, cache: Cache) -> Program | None:
        """The package's own file first: another `docker` may come earlier on PATH."""
        del cache
        at = self.path if Path(self.path).exists() else shutil.which(Path(self.path).name)
        return Program(Path(at)) if at else None

    @staticmethod
    def fetch(wanted: Sequence["Package"], cache: Cache) -> None:
        """Install all of `wanted` in one go.

        Raises ToolboxError when this user may not, or apt cannot.
        """
        del cache
        names = sorted({name for each in wanted for name in (each.name, *each.beside)})
        if os.geteuid() != 0:
            raise ToolboxError(f"needs root: apt-get install {' '.join(names)}")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        with timed(f"apt-get install {' '.join(names)}"), _services_stay_down():
            _run(["apt-get", "-qq", "update"], quiet)
            _run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *names], quiet)


@dataclass(frozen=True)
class SuitePackage:
    """A package of another suite, unpacked into the cache, nothing of it configured."""

    suite: str
    name: str
    path: str

    @property
    def origin(self) -> str:
        return f"Debian {self.suite} package {self.name}, unpacked"

    def find(self, cache: Cache) -> Program | None:
        at = self._place(cache) / self.path
        if not at.exists():
            return None
        return Program(at, packaged_as=first_version((self._place(cache) / _VERSION_FILE).read_text()))

    def _place(self, cache: Cache) -> Path:
        return cache.place("debian", self.suite, self.name)

    @staticmethod
    def fetch(wanted: Sequence["SuitePackage"], cache: Cache) -> None:
        """Download and unpack all of `wanted`, suite by suite; needs no root."""
        for suite in sorted({each.suite for each in wanted}):
            here = [each for each in wanted if each.suite == suite]
            with timed(f"unpack of {suite}: {' '.join(each.name for each in here)}"):
                _unpack(suite, here, cache)


@dataclass(frozen=True)
class ChrootPackage:
    """A program of the chroot of another suite; all of them share one chroot."""

    suite: str
    path: str
    packages: tuple[str, ...]

    @property
    def origin(self) -> str:
        return f"chroot of Debian {self.suite}"

    def find(self, cache: Cache) -> Program | None:
        root = cache.place("chroot", self.suite)
        if not (root / self.path.lstrip("/")).exists():
            return None
        return Program(Path(self.path), (str(ENTER), str(root)))

    @staticmethod
    def fetch(wanted: Sequence["ChrootPackage"], cache: Cache) -> None:
        """Make the chroot of each suite anew, with what all of `wanted` need; needs root.

        Raises ToolboxError when this user may not, or mmdebstrap cannot.
        """
        if os.geteuid() != 0:
            raise ToolboxError("needs root: a chroot")
        for suite in sorted({each.suite for each in wanted}):
            needed = {name for each in wanted if each.suite == suite for name in each.packages}
            with timed(f"chroot of {suite}"), cache.workshop() as folder:
                made = folder / "root"
                _bootstrap(suite, needed, made)
                cache.publish(made, cache.place("chroot", suite))


def _bootstrap(suite: str, packages: Iterable[str], root: Path) -> None:
    entry = mirror.of_this_machine()
    _run(
        [
            *OWN_MOUNTS,
            "mmdebstrap",
            "--quiet",
            "--mode=root",
            "--variant=apt",
            "--aptopt=Acquire::Check-Valid-Until false",
            f"--keyring={entry.keyring}",
            f"--include=ca-certificates,{','.join(sorted(packages))}",
            suite,
            str(root),
            f"deb {entry.uri} {suite} main",
        ]
    )


def _unpack(suite: str, wanted: Sequence[SuitePackage], cache: Cache) -> None:
    with cache.workshop() as folder:
        quiet = {"APT_CONFIG": str(mirror.private_apt(folder / "apt", suite))}
        _run(["apt-get", "-qq", "update"], quiet)
        for package in wanted:
            debs = folder / "debs" / package.name
            debs.mkdir(parents=True)
            _run(["apt-get", "-qq", "download", package.name], quiet, debs)
            deb, made = str(next(debs.glob("*.deb"))), folder / package.name
            _run(["dpkg-deb", "-x", deb, str(made)])
            (made / _VERSION_FILE).write_text(_run(["dpkg-deb", "-f", deb, "Version"]))
            cache.publish(made, package._place(cache))


@contextmanager
def _services_stay_down() -> Iterator[None]:
    """Keep packages from starting their daemons (nginx, docker, a database) while installing."""
    if NO_SERVICES.exists():
        yield
        return
    NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
    NO_SERVICES.chmod(0o755)
    try:
        yield
    finally:
        NO_SERVICES.unlink()


def _run(argv: list[str], environ: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        argv,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(environ or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        say(done.stdout[-4000:])
        raise ToolboxError(f"{argv[0]} failed with status {done.returncode}: {' '.join(argv)}")
    return done.stdout
