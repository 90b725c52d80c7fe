"""How much an image may hold: what is found in a small layer is kept for long, matched with all advisories, and judged.

A layer of identical lines packs a thousand times smaller than what is to be kept of it; so bytes that were pushed bound
nothing here.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from pratique.inventory.contents import Located
from pratique.inventory.limits import MIB, CouldNotBeExamined
from pratique.inventory.package import Package

PACKAGES_LIMIT: Final = 50_000
"""Packages of one image, each place counted: whoever judges it has them all in hand."""
VERSIONS_LIMIT: Final = 100
"""Versions of one package in one image: each is matched with all advisories that speak of it."""
TOLD_LIMIT: Final = 16 * MIB
"""Characters of all that is kept of the packages of one image. A thousand packages take less than 1 MiB."""
TEXT_LIMIT: Final = 1_000
"""Characters of a maintainer, or of a licence; more are cut off."""
LICENSES_LIMIT: Final = 50
"""Licences of one package."""


def check_plenty(found: Collection[Located]) -> None:
    """Raises CouldNotBeExamined where an image holds more than any that people ship."""
    if len(found) > PACKAGES_LIMIT:
        raise CouldNotBeExamined(f"it holds more than {PACKAGES_LIMIT} packages")
    packages = {one.package for one in found}
    versions = {(one.type, one.namespace, one.name, one.version) for one in packages}
    counts = Counter((type_, namespace, name) for type_, namespace, name, _ in versions)
    for (_, _, name), count in counts.most_common(1):
        if count > VERSIONS_LIMIT:
            raise CouldNotBeExamined(
                f"it holds {count} versions of {name[:100]!r}; {VERSIONS_LIMIT} are allowed"
            )
    told = sum(map(_length, packages)) + sum(len(one.path) for one in found)
    if told > TOLD_LIMIT:
        raise CouldNotBeExamined(f"its packages take more than {TOLD_LIMIT // MIB} MiB to tell of")


def bounded(package: Package) -> Package:
    """The same package, without what is too long of the texts that only people read."""
    if (
        max(map(len, (package.vendor, *package.licenses))) <= TEXT_LIMIT
        and len(package.licenses) <= LICENSES_LIMIT
    ):
        return package
    licenses = tuple(one[:TEXT_LIMIT] for one in package.licenses[:LICENSES_LIMIT])
    return replace(package, vendor=package.vendor[:TEXT_LIMIT], licenses=licenses)


def _length(package: Package) -> int:
    said = (
        package.namespace,
        package.name,
        package.version,
        package.architecture,
        package.source,
        package.vendor,
    )
    return sum(map(len, said)) + sum(map(len, package.licenses))
