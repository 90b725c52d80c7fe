"""Packages that somebody names beside those that layers show: SBOMs that were attested, and other scanners.

They add packages and take none away. Whether they count is a project's affair; that what is known of them is kept up to
date, and for whom they matter when that changes, is asked here for all projects together.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Protocol

from pratique.db import Tx
from pratique.inventory.contents import Located
from pratique.inventory.package import Package
from pratique.inventory.store.values import ComponentRow
from pratique.oci.digest import Digest
from pratique.packages import Component, component_of, read_purl


class Naming(Protocol):
    """Who names packages."""

    def components_of(self, tx: Tx, digest: str) -> Iterator[Component]:
        """What is said to be in an artifact, in whatever repository: to be matched before anybody judges."""
        ...

    def images_with(self, tx: Tx, keys: Collection[Component]) -> Collection[Digest]:
        """The artifacts that are said to have any of these components."""
        ...

    def held(self, tx: Tx, keys: Collection[Component]) -> set[Component]:
        """Those of the components that are named at all."""
        ...


class Named:
    """All of them together; itself `Naming`."""

    def __init__(self, *naming: Naming) -> None:
        self._naming = naming

    def components_of(self, tx: Tx, digest: str) -> Iterator[Component]:
        """What anybody says is in an artifact."""
        return chain.from_iterable(one.components_of(tx, digest) for one in self._naming)

    def images_with(self, tx: Tx, keys: Collection[Component]) -> list[Digest]:
        """The artifacts of which anybody says so, in order."""
        return sorted({digest for one in self._naming for digest in one.images_with(tx, keys)})

    def held(self, tx: Tx, keys: Collection[Component]) -> set[Component]:
        """Those that anybody names."""
        return {key for one in self._naming for key in one.held(tx, keys)}


def row_of(purl: str, path: str, reader: str) -> ComponentRow:
    """A package that somebody names, as the layers' packages are known. Raises InvalidPurl."""
    parsed = read_purl(purl)
    package = Package(
        type=parsed.type,
        name=parsed.name,
        version=parsed.version or "",
        namespace=parsed.namespace or "",
        epoch=str(dict(parsed.qualifiers).get("epoch", "")),
    )
    return ComponentRow(Located(package, path, reader=reader), purl, component_of(purl))


def added(rows: Iterable[ComponentRow], also: Iterable[ComponentRow]) -> list[ComponentRow]:
    """What others say is inside, without what layers show already."""
    shown = {row.key for row in rows} | {row.purl for row in rows}
    return [row for row in also if row.key not in shown and row.purl not in shown]
