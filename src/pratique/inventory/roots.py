"""Systems below another root than the image's: chroots, unpacked images, snapshots, sysroots.

What lies there can run as well as what lies outside, so its packages count, by the distribution that its own os-release
names. Other scanners leave such databases out, or take them for the outer distribution's.
"""

from collections.abc import Sequence
from typing import Final

from pratique.inventory.readers.dpkg import DISTROLESS, STATUS_FOLDER
from pratique.inventory.readers.os_release import CLAIMS
from pratique.inventory.readers.reader import Reader

ROOTS_LIMIT: Final = 200
"""Roots below another in one image; a machine that keeps containers may hold as many."""
UNKNOWN: Final = "unknown"
"""The distribution of a root that names none: no advisories are published for it, and so it is told."""

_CLAIMS: Final = tuple(f"/{path}" for path in CLAIMS)
_FOLDER: Final = f"/{STATUS_FOLDER}"


class Roots:
    """Tells the databases of such systems by their paths. Those of the image itself are none of them."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = {f"/{path}": reader for reader in readers for path in reader.paths}
        # Of two that fit, the longer has the shorter root: `/usr/lib/apk/db/installed` is no `/lib` below `/usr`.
        self._suffixes = tuple(sorted(self._readers, key=len, reverse=True))
        self._own = {path for reader in readers for path in reader.paths}
        self._has_folders = DISTROLESS in readers

    def reader_of(self, path: str) -> tuple[str, Reader] | None:
        """The root below which a path would be a database, and its reader."""
        if path.endswith(self._suffixes) and path not in self._own:
            suffix = next(one for one in self._suffixes if path.endswith(one))
            return path.removesuffix(suffix), self._readers[suffix]
        if self._has_folders and _FOLDER in path:
            root, _, name = path.rpartition(_FOLDER)
            if DISTROLESS.wants(f"{STATUS_FOLDER}{name}"):
                return root, DISTROLESS
        return None


def tells_release(path: str) -> bool:
    """Whether a file tells the release of such a system."""
    return path.endswith(_CLAIMS)
