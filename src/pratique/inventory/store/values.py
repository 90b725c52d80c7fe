"""What the tables hold, as values."""

from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment
from pratique.inventory.contents import Located
from pratique.packages import Component

NOBODY: Final = ("", "", "", "", "")
"""The columns of a package that no advisories are looked up by."""


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A package of an image: where it is, its package URL, and what advisories look it up by.

    `key` is None where nobody publishes advisories on its like.
    """

    located: Located
    purl: str
    key: Component | None

    @property
    def path(self) -> str:
        """Of the file that says so."""
        return self.located.path

    @property
    def layer(self) -> str:
        """The digest of the layer that brought it; "" where that is not known."""
        return self.located.layer

    @property
    def state(self) -> str:
        """`owned`: a package of the distribution brought it. Otherwise ""."""
        return self.located.state


@dataclass(frozen=True, slots=True)
class StoredComponent:
    """A package as it is stored, whichever images have it. `mark` is the hash of everything else."""

    mark: str
    purl: str
    key: Component | None
    package: bytes


@dataclass(frozen=True, slots=True)
class SharePart:
    """One row of a share: a package by its mark, and where in the image it is."""

    component: str
    path: str
    reader: str
    state: str


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image's row. `problem` says why it could not be examined; "": it was. `said` is what it says of itself."""

    digest: str
    readers: str
    problem: str
    distribution: str | None
    release: str
    said: str
    examined_at: Moment
