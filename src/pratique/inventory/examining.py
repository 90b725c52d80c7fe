"""Examining one image: catalogue its layers, merge them, and look again where links lead to what nobody expected."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, Protocol

from pratique.inventory.configuration import read_configuration
from pratique.inventory.contents import Contents
from pratique.inventory.layer import LayerCatalogue, catalogue_layer
from pratique.inventory.limits import CouldNotBeExamined, LayerLimits
from pratique.inventory.merge import merge
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.table import READERS

ROUNDS: Final = 3
"""How often layers are looked at again."""

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
    layers = []
    for digest, diff_id in zip(digests, diff_ids, strict=True):
        layers.append(_checked(cataloguing(digest, frozenset()), diff_id))
        if told is not None:
            told(digest)
    asked: dict[int, frozenset[str]] = {}
    for _ in range(ROUNDS):
        found = merge(layers, digests, facts)
        if isinstance(found, Contents):
            return found
        for number, paths in found.paths.items():
            asked[number] = asked.get(number, frozenset()) | paths
            layers[number] = _checked(cataloguing(digests[number], asked[number]), diff_ids[number])
    raise CouldNotBeExamined("links lead to ever more files that say which packages are there")


def _checked(layer: LayerCatalogue, diff_id: str) -> LayerCatalogue:
    if layer.diff_id != diff_id:
        raise CouldNotBeExamined(f"a layer unpacks to {layer.diff_id}, and the configuration says {diff_id}")
    return layer
