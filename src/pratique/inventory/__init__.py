"""Inventory: what is inside an artifact, told from its layers, of which nothing is ever extracted."""

from pratique.inventory.contents import Contents, ImageFacts, Located
from pratique.inventory.examining import Cataloguing, InProcess, examine_image, examine_layers
from pratique.inventory.layer import LayerCatalogue, catalogue_layer
from pratique.inventory.limits import CouldNotBeExamined, LayerLimits
from pratique.inventory.merge import merge
from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.table import READERS
from pratique.inventory.readers.table import VERSION as READERS_VERSION
from pratique.inventory.tar import Entry, Kind, TarReader
from pratique.inventory.unpacking import Unpacked
from pratique.inventory.within import Missing

__all__ = [
    "READERS",
    "READERS_VERSION",
    "Cataloguing",
    "Contents",
    "CouldNotBeExamined",
    "Distribution",
    "Entry",
    "ImageFacts",
    "InProcess",
    "Kind",
    "LayerCatalogue",
    "LayerLimits",
    "Located",
    "Missing",
    "Package",
    "TarReader",
    "Unpacked",
    "catalogue_layer",
    "examine_image",
    "examine_layers",
    "merge",
]
