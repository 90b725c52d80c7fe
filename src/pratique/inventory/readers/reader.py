"""What a reader is: paths that it wants, and packages in what lies there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pratique.inventory.package import Package


class Unparsable(ValueError):
    """A file that is not what its path says. Of a package database that means: could not be examined."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`wants` is asked for every path in the merged tree; `read` gets the path and the file's bytes.

    A `database` stands for all packages of the distribution and lies at one of `paths`, where a runtime would look for
    it through all links; others describe packages of their own path. `read` raises
    Unparsable. What is `vital` and can't be read leaves the image unexamined: somebody could hide packages in it. The
    others are text that people write by hand, and broken ones lie about as examples. `journals` end the names of files
    beside a database in which its newest content may stand (`write_ahead`).
    """

    name: str
    wants: Callable[[str], bool]
    read: Callable[[str, bytes], Iterable[Package]]
    vital: bool = False
    paths: tuple[str, ...] = ()
    journals: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Of databases whose it is, whatever form it has: the name up to its first hyphen."""
        return self.name.partition("-")[0]

    @property
    def database(self) -> bool:
        """Whether it reads a database."""
        return bool(self.paths)


def database(name: str, read: Callable[[str, bytes], Iterable[Package]], *paths: str) -> Reader:
    """The reader of a package database."""
    return Reader(name, paths.__contains__, read, vital=True, paths=paths)
