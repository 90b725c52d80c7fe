"""Packages: what a package is and which of two versions is newer. No I/O, no other room."""

from pratique.packages.versions import InvalidVersion, UnknownEcosystem, compare

__all__ = ["InvalidVersion", "UnknownEcosystem", "compare"]
