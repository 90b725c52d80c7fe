"""Backups: a consistent copy of the database first, then every blob that it names (design 8).

The copy has the layout of a data directory:

    pratique.db   the database, as it was at one moment while others wrote
    blobs/        the blobs it records, hard links where the target is on the same file system

To restore: stop the server, copy it all to a new data directory (`cp -a TARGET DIR`), `pratique doctor --data DIR`,
start the server. Uploads that were under way are not copied; clients begin them again.

A blob is immutable, so when it is copied does not matter as long as it is still there: garbage collection may take one
between the two steps. Then the database is copied anew, which no longer names it; what was copied stays.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pratique.access.principal import SYSTEM
from pratique.blobs import Layout, LocalPath
from pratique.clock import Clock
from pratique.db import Database, open_database
from pratique.errors import Conflict, Unavailable
from pratique.events import BackupMade
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.registry.store import scrubs

DATABASE: Final = "pratique.db"
TRIES: Final = 5
"""How often the database is copied because blobs went meanwhile."""

PAGE: Final = 500
_NO_LINKS: Final = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}


@dataclass(slots=True)
class BackupReport:
    """What was copied. `linked` of the blobs share their bytes with the data directory."""

    blobs: int = 0
    linked: int = 0
    size: int = 0


class Backup:
    """Copies. `allow_links` False: every blob gets bytes of its own, for a target that outlives the disk."""

    def __init__(
        self, database: Database, paths: LocalPath, clock: Clock, *, allow_links: bool = True
    ) -> None:
        self._database = database
        self._paths = paths
        self._clock = clock
        self._allow_links = allow_links

    def run(self, target: Path) -> BackupReport:
        """Back up into `target`, which is made. Raises Conflict when something is there, Unavailable."""
        if target.exists() and any(target.iterdir()):
            raise Conflict(f"{target} is not empty; name a new directory for each backup")
        try:
            layout = Layout(target)
            layout.prepare()
            report = self._copy(target, layout)
            _sync_tree(target)
        except OSError as error:
            raise Unavailable(f"the backup can't be written to {target}: {error.strerror}") from error
        made = BackupMade(actor=SYSTEM.name, target=target.name, size=report.size)
        self._database.write(lambda tx: publish(tx, made))
        return report

    def _copy(self, target: Path, layout: Layout) -> BackupReport:
        report = BackupReport()
        for _ in range(TRIES):
            copy = target / DATABASE
            copy.unlink(missing_ok=True)
            self._database.backup(copy)
            copied = [self._copy_blob(layout, digest, report) for digest in self._recorded(copy)]
            if all(copied):
                report.size += copy.stat().st_size
                return report
        raise Unavailable(
            "blobs went faster than they could be copied; run the backup when no collection runs"
        )

    def _recorded(self, copy: Path) -> Iterator[Digest]:
        """The blobs that the copied database records as good."""
        with (
            tempfile.TemporaryDirectory() as scratch,
            closing(open_database(f"sqlite:///{copy}", Path(scratch), self._clock)) as database,
        ):
            last = ""
            while True:
                with database.read() as tx:
                    page = scrubs.page(tx, last, PAGE)
                yield from (row.digest for row in page if not row.is_corrupt)
                if len(page) < PAGE:
                    return
                last = page[-1].digest

    def _copy_blob(self, layout: Layout, digest: Digest, report: BackupReport) -> bool:
        source, there = self._paths.path_of(digest), layout.blob(digest)
        if there.exists():
            return True
        if source is None:
            return False
        try:
            report.linked += self._transfer(source, there)
        except FileNotFoundError:
            return False
        report.blobs += 1
        report.size += there.stat().st_size
        return True

    def _transfer(self, source: Path, there: Path) -> bool:
        """Bring a file over. Whether by a link."""
        if self._allow_links:
            try:
                there.hardlink_to(source)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
            else:
                return True
        part = there.with_suffix(".part")
        shutil.copyfile(source, part)
        _sync(part)
        part.replace(there)
        return False


def _sync_tree(directory: Path) -> None:
    """Make every name in a directory durable, and the database's bytes."""
    _sync(directory / DATABASE)
    for parent, _, _ in os.walk(directory):
        _sync(Path(parent))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
