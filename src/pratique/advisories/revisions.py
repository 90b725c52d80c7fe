"""Revisions on disk: one immutable SQLite file each, and the name of the one that counts.

The next one is made beside it and swapped in by renaming a small file, so that a reader has the old one or the new one
and never half of one; a crash leaves a file that nobody names.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from pratique.advisories import schema
from pratique.errors import Conflict, Unavailable

CURRENT: Final = "current"
KEPT: Final = 3
"""Revisions that stay: readers may still have an older one open, and people may want to look at it."""


class Revisions:
    """The revisions in a directory, which is made when the first one is."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def number(self) -> int:
        """Of the revision that counts; 0: nothing was ever imported."""
        try:
            return int((self._directory / CURRENT).read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0

    @property
    def stamp(self) -> tuple[int, int] | None:
        """Other than before when another revision counts, for one look at a file; None: there is none."""
        try:
            found = (self._directory / CURRENT).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def open_number(self, number: int) -> sqlite3.Connection | None:
        """A revision that may not count any more, for reading; None: it is not here, or not of this version."""
        try:
            connection = _read_only(self._path(number))
            if _version(connection) == schema.VERSION:
                return connection
        except sqlite3.OperationalError:
            return None
        connection.close()
        return None

    def open(self) -> sqlite3.Connection:
        """The revision that counts, for reading; an empty one before the first import. The caller closes it.

        Raises Unavailable when another version of the program wrote it.
        """
        number = self.number
        if number == 0:
            empty = sqlite3.connect(":memory:", check_same_thread=False)
            empty.executescript(schema.TABLES)
            return empty
        connection = _read_only(self._path(number))
        if _version(connection) != schema.VERSION:
            connection.close()
            raise Unavailable(
                "the advisories here are of another version of Pratique: import all of them again"
            )
        return connection

    @contextmanager
    def next(self) -> Iterator[sqlite3.Connection]:
        """The next revision, a copy of this one to be changed; it counts when the block ends without an error.

        Raises Conflict where another process makes one at the same time. What another version of the program wrote is
        not gone on with: the next one begins empty.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            number = self.number
            draft = self._directory / "draft.sqlite"
            draft.unlink(missing_ok=True)
            is_fresh = not (number and self._is_ours(number))
            try:
                if not is_fresh:
                    shutil.copyfile(self._path(number), draft)
                with closing(_opened(draft, fresh=is_fresh)) as connection:
                    yield connection
                    connection.executescript(schema.INDEXES)
                    connection.commit()
                self._publish(draft, number + 1)
            finally:
                draft.unlink(missing_ok=True)

    def _is_ours(self, number: int) -> bool:
        with closing(_read_only(self._path(number))) as connection:
            return _version(connection) == schema.VERSION

    def _publish(self, draft: Path, number: int) -> None:
        _flush(draft)
        draft.rename(self._path(number))
        _flush(self._directory)
        pointer = self._directory / f"{CURRENT}.new"
        pointer.write_text(str(number), encoding="ascii")
        _flush(pointer)
        pointer.rename(self._directory / CURRENT)
        _flush(self._directory)
        for old in self._directory.glob("revision-*.sqlite"):
            if int(old.stem.partition("-")[2]) <= number - KEPT:
                old.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._directory / "lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict("another import is going on: wait until it has ended") from error
            yield

    def _path(self, number: int) -> Path:
        return self._directory / f"revision-{number:08}.sqlite"


def _read_only(path: Path) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _opened(draft: Path, *, fresh: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(draft)
    # Nobody else sees the draft, and it is flushed as a whole before it counts.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -65536")
    if fresh:
        connection.executescript(schema.TABLES)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    return connection


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
