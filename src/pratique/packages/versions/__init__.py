"""How each ecosystem orders its versions: one module per scheme, one table of schemes by OSV's ecosystem names."""

from pratique.packages.versions.scheme import InvalidVersion, UnknownEcosystem
from pratique.packages.versions.table import SCHEMES, compare, scheme_of

__all__ = ["SCHEMES", "InvalidVersion", "UnknownEcosystem", "compare", "scheme_of"]
