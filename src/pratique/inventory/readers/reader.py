"""What a reader is: paths that it wants, and packages in what lies there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pratique.inventory.package import Package


class Unparsable(ValueError):
    """A file that is not what its path says. Of a package database that means: could not be examined."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`wants` is asked for every path in the merged tree; `read` gets the path and the file's bytes.

    A `database` stands for all packages of the distribution: the topmost one in an image counts, and one that can't be
    read leaves the image unexamined. Others describe packages of their own path. `read` raises Unparsable.
    """

    name: str
    wants: Callable[[str], bool]
    read: Callable[[str, bytes], Iterable[Package]]
    database: bool = False
