"""Inventory: what is inside an artifact, told from its layers, of which nothing is ever extracted."""

from pratique.inventory.limits import CouldNotBeExamined, LayerLimits
from pratique.inventory.tar import Entry, Kind, TarReader
from pratique.inventory.unpacking import Unpacked

__all__ = ["CouldNotBeExamined", "Entry", "Kind", "LayerLimits", "TarReader", "Unpacked"]
