"""Examining one image: catalogue its layers, merge them, and look again where links lead to what nobody expected."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, Protocol

from pratique.inventory.configuration import read_configuration
from pratique.inventory.contents import Contents, Located
from pratique.inventory.layer import LayerCatalogue, catalogue_layer
from pratique.inventory.limits import MIB, CouldNotBeExamined, LayerLimits
from pratique.inventory.merge import merge, unpacked_alone
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.table import READERS
from pratique.inventory.within import Missing

ROUNDS: Final = 3
"""How often layers are looked at again."""

HELD_LIMIT: Final = 512 * MIB
"""Bytes that the catalogues of one image may take in memory. That of a layer of 20,000 files takes 5 MiB."""

OpenLayer = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens the bytes of a layer by its digest, from the beginning."""


class Cataloguing(Protocol):
    """How a layer is catalogued: here, in a child process, or out of what is known of it."""

    def __call__(self, digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        """The catalogue of a layer with these paths looked at. Raises CouldNotBeExamined."""
        ...


class InProcess:
    """Catalogues in this process: for bytes that whoever runs it has chosen."""

    def __init__(
        self, opened: OpenLayer, limits: LayerLimits | None = None, readers: Sequence[Reader] = READERS
    ) -> None:
        self._opened = opened
        self._limits = limits or LayerLimits()
        self._readers = readers

    def __call__(self, digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        """See `Cataloguing`."""
        with self._opened(digest) as source:
            return catalogue_layer(source, self._limits, self._readers, wanted)


def examine_image(
    cataloguing: Cataloguing,
    digests: Sequence[str],
    configuration: bytes,
    *,
    told: Callable[[str], None] | None = None,
) -> Contents:
    """The contents of the image with these layers, the lowest first. `told` hears of each layer that is done.

    Each layer is what the configuration says it is, or nothing is said of the image. Raises CouldNotBeExamined.
    """
    diff_ids, facts = read_configuration(configuration)
    if len(diff_ids) != len(digests):
        raise CouldNotBeExamined(
            f"the manifest has {len(digests)} layers and the configuration {len(diff_ids)}"
        )
    layers, held = [], 0
    for digest, diff_id in zip(digests, diff_ids, strict=True):
        layers.append(_checked(cataloguing(digest, frozenset()), diff_id))
        held += layers[-1].weight
        if held > HELD_LIMIT:
            raise CouldNotBeExamined(f"what is in its layers takes more than {HELD_LIMIT // MIB} MiB to tell")
        if told is not None:
            told(digest)

    def again(number: int, paths: frozenset[str]) -> LayerCatalogue:
        return _checked(cataloguing(digests[number], paths), diff_ids[number])

    return _settled(layers, again, lambda: merge(layers, digests, facts))


def examine_layers(
    cataloguing: Cataloguing, digests: Sequence[str], *, told: Callable[[str], None] | None = None
) -> Contents:
    """The contents of the archives of an artifact that is no image: whose configuration names no diffIDs.

    Whoever pulls them unpacks each for itself, a chart for example. So each is a tree of its own: none hides anything
    of another, and names of whiteouts are names. They may not be of different distributions. There are no facts, and
    no diffID is checked. An artifact whose configuration does name diffIDs can be run: it is for `examine_image`,
    whatever media types it claims. Raises CouldNotBeExamined.
    """
    distribution: Distribution | None = None
    packages: set[Located] = set()
    for digest in digests:
        found = _alone(cataloguing, digest)
        if found.distribution is not None:
            if distribution is not None and not distribution.is_same(found.distribution):
                raise CouldNotBeExamined("its archives hold root directories of different distributions")
            distribution = distribution or found.distribution
        packages.update(found.packages)
        if told is not None:
            told(digest)
    return Contents(distribution, tuple(sorted(packages, key=lambda one: one.place)))


def _alone(cataloguing: Cataloguing, digest: str) -> Contents:
    archive = [cataloguing(digest, frozenset())]
    return _settled(
        archive, lambda _, paths: cataloguing(digest, paths), lambda: unpacked_alone(archive[0], digest)
    )


def _settled(
    layers: list[LayerCatalogue],
    again: Callable[[int, frozenset[str]], LayerCatalogue],
    merged: Callable[[], Contents | Missing],
) -> Contents:
    """What `merged` makes of `layers` once those it misses something of were looked at `again`."""
    asked: dict[int, frozenset[str]] = {}
    for _ in range(ROUNDS):
        found = merged()
        if isinstance(found, Contents):
            return found
        for number, paths in found.paths.items():
            asked[number] = asked.get(number, frozenset()) | paths
            layers[number] = again(number, asked[number])
    raise CouldNotBeExamined("links lead to ever more files that say which packages are there")


def _checked(layer: LayerCatalogue, diff_id: str) -> LayerCatalogue:
    if layer.diff_id != diff_id:
        raise CouldNotBeExamined(f"a layer unpacks to {layer.diff_id}, and the configuration says {diff_id}")
    return layer
