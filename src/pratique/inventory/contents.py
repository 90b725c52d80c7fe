"""What is in an image: the packages of its merged tree, the distribution, and what its configuration says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers.os_release import Distribution


@dataclass(frozen=True, slots=True)
class Located:
    """A package and where it is.

    `path` is that of the file which says so, `layer` the digest of the layer in which this package first appeared
    ("" where that is not known), `reader` who read it. `owned`: a package of the distribution brought the file, so
    the distribution answers for it.
    """

    package: Package
    path: str
    layer: str = ""
    reader: str = ""
    state: Literal["", "owned"] = ""

    @property
    def place(self) -> tuple[str | tuple[str, ...], ...]:
        """What packages are sorted by: all of it, so that there is one order."""
        package = self.package
        return (
            package.type,
            package.namespace,
            package.name,
            package.version,
            package.architecture,
            self.path,
            self.layer,
            package.epoch,
            package.source,
            package.source_version,
            package.vendor,
            package.licenses,
            package.distro,
            self.reader,
            self.state,
        )


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the configuration says of itself. `env` holds names only: values may be secrets. `size` in bytes."""

    user: str = ""
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""
    size: int = 0
    env: tuple[str, ...] = ()
    architecture: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """All of it, in one order. There is nothing partial: what can't be told for sure raises CouldNotBeExamined."""

    distribution: Distribution | None
    packages: tuple[Located, ...]
    facts: ImageFacts | None = None

    def purl(self, located: Located) -> str:
        """The package URL of one of the packages, of this distribution where it is one of a distribution."""
        distribution = self.distribution
        if distribution is None:
            return purl_of(located.package)
        return purl_of(located.package, distribution.id, distribution.release)
