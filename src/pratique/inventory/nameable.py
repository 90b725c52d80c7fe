"""Whether packages can be looked up by what images call them: what can't be would pass for harmless.

Advisories are asked by package URLs, which are bounded and bear no empty names. Nobody publishes packages whose names
or versions reach such bounds; somebody who wants one not to be found may write such a version.
"""

import re
from typing import Final

from pratique.inventory.contents import Located
from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers.os_release import Distribution
from pratique.packages import InvalidPurl, component_of

RELEASE_LIMIT: Final = 200
"""Characters of a distribution's ID and VERSION_ID."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9._+~:@-]{0,100}")
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9._@/-]{0,200}")


def check_nameable(located: Located, distribution: Distribution | None) -> None:
    """Raises CouldNotBeExamined where a package has no package URL that advisories could be asked by."""
    package = located.package
    if _is_plain(package):
        return
    of = (distribution.id, distribution.release) if distribution is not None else ("", "")
    try:
        component_of(purl_of(package, *of))
    except (InvalidPurl, ValueError, TypeError) as error:  # the library has its own for texts of white space
        raise CouldNotBeExamined(
            f"{located.path[-200:]} names a package in a way that can't be looked up: {package.name[:100]!r}"
        ) from error


def check_release(distribution: Distribution) -> Distribution:
    """The same distribution. Raises CouldNotBeExamined where its name is longer than names are."""
    if len(distribution.id) + len(distribution.release) > RELEASE_LIMIT:
        raise CouldNotBeExamined(
            f"os-release has an ID and VERSION_ID of more than {RELEASE_LIMIT} characters"
        )
    return distribution


def is_named(package: Package) -> bool:
    """Whether a package has a name at all."""
    return bool(package.name.replace("/", "").strip())


def _is_plain(package: Package) -> bool:
    said = (
        package.name,
        package.version,
        package.architecture,
        package.source,
        package.source_version,
        package.epoch,
    )
    return all(map(_PLAIN.fullmatch, said)) and _NAMESPACE.fullmatch(package.namespace) is not None
