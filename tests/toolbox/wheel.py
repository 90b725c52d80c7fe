"""Programs that a PyPI wheel carries, at one exact version, unpacked into the cache."""

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.toolbox.cache import Cache, timed
from tests.toolbox.tool import Program, ToolboxError


@dataclass(frozen=True)
class Wheel:
    """`path` inside the wheel of `project` at `version`."""

    project: str
    version: str
    path: str

    @property
    def origin(self) -> str:
        return f"PyPI wheel {self.project}=={self.version}"

    def find(self, cache: Cache) -> Program | None:
        at = self._place(cache) / self.path
        return Program(at) if at.exists() else None

    def _place(self, cache: Cache) -> Path:
        return cache.place("wheel", self.project, self.version)

    @staticmethod
    def fetch(wanted: Sequence["Wheel"], cache: Cache) -> None:
        """Download and unpack each of `wanted`; needs no root."""
        for wheel in wanted:
            with timed(f"wheel {wheel.project}=={wheel.version}"), cache.workshop() as folder:
                _download(wheel, folder)
                _unpack(next(folder.glob("*.whl")), folder / "made")
                cache.publish(folder / "made", wheel._place(cache))


def _download(wheel: Wheel, folder: Path) -> None:
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*argv, "--dest", str(folder), f"{wheel.project}=={wheel.version}"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ToolboxError(f"pip download of {wheel.project}=={wheel.version}: {done.stderr.strip()[-2000:]}")


def _unpack(path: Path, folder: Path) -> None:
    """Unpack with the modes the archive holds (zipfile alone drops the executable bit)."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            written = Path(archive.extract(member, folder))
            mode = member.external_attr >> 16
            if mode & 0o111 and written.is_file():
                written.chmod(0o755)
