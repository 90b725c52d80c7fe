"""Readers of what says which packages are in an image: one module per format, one table of them all."""

from pratique.inventory.readers.reader import Reader, Unparsable

__all__ = ["Reader", "Unparsable"]
