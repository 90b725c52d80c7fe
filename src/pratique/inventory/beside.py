"""Files beside a database that belong to it (`write_ahead`), found as a layer goes by: either may come first.

Only files of one layer are joined. A log above its database, in another layer, is told and not guessed at.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.write_ahead import DATABASE, LOG, is_live, with_log

NOTHING: Final = -1
"""In place of a database's act: the file has no content that counts."""
APART: Final = -2
"""It has, and no database lies beside it in this layer."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of the file of an act: `of` is the act of its database, or `NOTHING` or `APART`.

    `content` is the database with it, `path` the database's; `problem` says why there is none.
    """

    act: int
    of: int
    path: str = ""
    content: bytes = b""
    problem: str = ""


class Beside:
    """The databases of one layer, and what may belong to them. `limit`: bytes of them that are held."""

    def __init__(self, readers: Sequence[Reader], wanted: Collection[str], limit: int) -> None:
        self._databases = tuple(f"/{path}" for reader in readers if reader.journals for path in reader.paths)
        self._names = tuple(
            f"/{path}{suffix}" for reader in readers for suffix in reader.journals for path in reader.paths
        )
        self._wanted = wanted
        self._limit = limit
        self._held: dict[str, tuple[int, bytes]] = {}
        self._journals: dict[int, str] = {}

    def wants(self, path: str) -> bool:
        """Whether a file may belong to a database, of whichever root."""
        return f"/{path}".endswith(self._names)

    def saw(self, act: int, path: str, content: bytes) -> None:
        """Remember a file of the layer, where it may be either. Raises CouldNotBeExamined."""
        is_database = content.startswith(DATABASE)
        if self.wants(path) or (path in self._wanted and not is_database):
            self._journals[act] = path
        elif not is_database or not (f"/{path}".endswith(self._databases) or path in self._wanted):
            return
        self._held[path] = (act, content)
        if sum(len(held) for _, held in self._held.values()) > self._limit:
            raise CouldNotBeExamined(f"the layer's databases have more than {self._limit} bytes")

    def joined(self) -> Iterator[Joined]:
        """What became of each file that may belong to a database; the last entry of a name is the one that counts."""
        for act, path in self._journals.items():
            last, content = self._held[path]
            if last == act:
                yield self._joined(act, path, content)
            else:
                yield Joined(act, APART)

    def _joined(self, act: int, path: str, content: bytes) -> Joined:
        stem = path.removesuffix(LOG)
        there = self._held.get(stem) if stem != path else None
        try:
            if not is_live(content):
                return Joined(act, NOTHING)
            if there is None:
                return Joined(act, APART)
            return Joined(act, there[0], stem, with_log(there[1], content, self._limit))
        except Unparsable as problem:
            return Joined(act, APART if there is None else there[0], stem, problem=str(problem))
