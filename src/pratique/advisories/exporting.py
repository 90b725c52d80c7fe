"""The current revision as OSV exports its database: an archive of records for each ecosystem, for other programs.

`DIRECTORY/<revision>/osv-scalibr/<ecosystem>/all.zip` is where osv-scanner looks for them (its "Offline mode").
Ecosystems of which nothing was imported have an archive without records: a program that finds none for one of its
packages may say nothing of all the others either.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import zstandard

from pratique.advisories import schema
from pratique.advisories.record import SIZE_LIMIT
from pratique.advisories.revisions import Revisions
from pratique.errors import Unavailable

ECOSYSTEMS: Final = (
    *("AlmaLinux", "Alpaquita", "Alpine", "Android", "Azure Linux", "BellSoft Hardened Containers"),
    *("Bioconductor", "Bitnami", "CRAN", "Chainguard", "CleanStart", "ConanCenter", "Debian"),
    *("Docker Hardened Images", "Echo", "FreeBSD", "GHC", "GIT", "GitHub Actions", "Go", "Hackage", "Hex"),
    *("Julia", "Kubernetes", "Linux", "Mageia", "Maven", "MinimOS", "NuGet", "OSS-Fuzz", "Packagist"),
    *("Photon OS", "Pub", "PyPI", "Red Hat", "Rocky Linux", "Root", "RubyGems", "SUSE", "SwiftURL"),
    *("Ubuntu", "VSCode", "Wolfi", "crates.io", "npm", "opam", "openEuler", "openSUSE"),
)
"""What OSV has records of (osv-schema, "Defined ecosystems"). To osv-scanner unknown distributions are `Linux` too."""
FOLDER: Final = "osv-scalibr"
ARCHIVE: Final = "all.zip"
KEPT: Final = 2
"""Exports that stay: a program may still read the one before."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FAST: Final = 1


class Exported:
    """Exports into a directory of its own: once for each revision, whichever process asks first."""

    def __init__(self, revisions: Revisions, directory: Path) -> None:
        self._revisions = revisions
        self._directory = directory

    def __call__(self) -> Path:
        """The folder of the revision that counts now. Raises Unavailable where it can't be written."""
        try:
            with self._locked(), closing(self._revisions.open()) as connection:
                place = self._directory / str(self._revisions.number)
                if not place.is_dir():
                    self._make(connection, place)
                return place
        except OSError as problem:
            raise Unavailable(f"the advisories can't be exported: {problem}") from problem

    def _make(self, connection: sqlite3.Connection, place: Path) -> None:
        """Written beside its place and moved there: nobody sees half of one."""
        draft = Path(tempfile.mkdtemp(prefix="making-", dir=self._directory))
        try:
            for ecosystem in sorted({*ECOSYSTEMS, *_families(connection)}):
                if _is_folder(ecosystem):
                    _write(connection, ecosystem, draft / FOLDER / ecosystem)
            draft.chmod(0o755)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._clear()

    def _clear(self) -> None:
        """What a process that died left, and exports that are too old."""
        made = sorted((each for each in self._directory.iterdir() if each.name.isdigit()), key=_number)
        left = [each for each in self._directory.iterdir() if each.name.startswith("making-")]
        for each in (*made[:-KEPT], *left):
            shutil.rmtree(each, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _families(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute(schema.FAMILIES)]


def _is_folder(name: str) -> bool:
    """Whether a name of an ecosystem, which a record may have made up, stays where it is put."""
    return name not in {"", ".", ".."} and os.sep not in name and "\0" not in name and len(name) < 200


def _write(connection: sqlite3.Connection, ecosystem: str, folder: Path) -> None:
    """Of records that several sources have by one id, the one that changed last."""
    folder.mkdir(parents=True)
    unpack = zstandard.ZstdDecompressor()
    last = ""
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as archive:
        for name, body in connection.execute(schema.BODIES_OF, (ecosystem,)):
            if name != last:
                entry = zipfile.ZipInfo(f"{name}.json", _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, unpack.decompress(body, SIZE_LIMIT), compresslevel=_FAST)
            last = name


def _number(path: Path) -> int:
    return int(path.name)
