"""Whether a package URL names a package that is there (package-url/purl-spec), as statements about packages mean it."""

from functools import lru_cache
from typing import Final

from packageurl import PackageURL

from pratique.packages.purl import InvalidPurl, read_purl

REMEMBERED: Final = 32_768
"""Package URLs that are kept as read: the same statements are compared with each finding."""


def names_package(named: str, present: str) -> bool:
    """Whether `named` means the package `present`: what it says must be so, and what it leaves out may be anything.

    Type, namespace and name are always said. A version, qualifiers and a subpath are equal where `named` has them: no
    ranges, and no source package for its binaries. What is no package URL names nothing.
    """
    one, other = _parsed(named), _parsed(present)
    if one is None or other is None:
        return False
    if (one.type, one.namespace, one.name) != (other.type, other.namespace, other.name):
        return False
    said, there = dict(one.qualifiers), dict(other.qualifiers)
    return (
        (not one.version or one.version == other.version)
        and all(there.get(name) == value for name, value in said.items())
        and (not one.subpath or one.subpath == other.subpath)
    )


@lru_cache(maxsize=REMEMBERED)
def _parsed(text: str) -> PackageURL | None:
    try:
        return read_purl(text)
    except InvalidPurl:
        return None
