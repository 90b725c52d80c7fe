"""Packages: what a package is and which of two versions is newer. No I/O, no other room."""

from pratique.packages.ecosystem import Ecosystem, name_key, of_release, read_ecosystem
from pratique.packages.naming import names_package
from pratique.packages.purl import (
    Component,
    InvalidPurl,
    component_of,
    family_of_distro,
    mark_of,
    read_purl,
)
from pratique.packages.severity import Severity
from pratique.packages.versions import InvalidVersion, UnknownEcosystem, compare, scheme_of

__all__ = [
    "Component",
    "Ecosystem",
    "InvalidPurl",
    "InvalidVersion",
    "Severity",
    "UnknownEcosystem",
    "compare",
    "component_of",
    "family_of_distro",
    "mark_of",
    "name_key",
    "names_package",
    "of_release",
    "read_ecosystem",
    "read_purl",
    "scheme_of",
]
