"""Which ecosystem orders by which scheme: OSV's names (osv-schema, "Defined ecosystems") without their releases."""

from collections.abc import Mapping
from typing import Any, Final

from pratique.packages.versions import apk, composer, deb, dotted, gem, maven, nuget, pypi, rpm, semver
from pratique.packages.versions.scheme import Order, Scheme, UnknownEcosystem

_DEB: Final = ("Debian", "Ubuntu", "Echo", "Raspbian")
_APK: Final = (
    "Alpine",
    "Alpaquita",
    "BellSoft Hardened Containers",
    "Chainguard",
    "MinimOS",
    "Wolfi",
)
_RPM: Final = (
    "AlmaLinux",
    "Azure Linux",
    "Mageia",
    "Photon OS",
    "Red Hat",
    "Rocky Linux",
    "SUSE",
    "TuxCare",
    "openEuler",
    "openSUSE",
)
_SEMVER: Final = ("Bitnami", "GitHub Actions", "Go", "Hex", "SwiftURL", "crates.io", "npm")

SCHEMES: Final[Mapping[str, Scheme[Any]]] = {
    **dict.fromkeys(_DEB, deb.SCHEME),
    **dict.fromkeys(_APK, apk.SCHEME),
    **dict.fromkeys(_RPM, rpm.SCHEME),
    **dict.fromkeys(_SEMVER, semver.SCHEME),
    "CRAN": dotted.CRAN,
    "Hackage": dotted.HACKAGE,
    "Maven": maven.SCHEME,
    "NuGet": nuget.SCHEME,
    "Packagist": composer.SCHEME,
    "Pub": dotted.PUB,
    "PyPI": pypi.SCHEME,
    "RubyGems": gem.SCHEME,
}
"""The scheme of each ecosystem."""


def scheme_of(ecosystem: str) -> Scheme[Any]:
    """The scheme of an ecosystem, whatever its release (`Debian:12`). Raises UnknownEcosystem."""
    scheme = SCHEMES.get(ecosystem.partition(":")[0])
    if scheme is None:
        raise UnknownEcosystem(f"{ecosystem!r} is no ecosystem whose versions can be compared")
    return scheme


def compare(ecosystem: str, a: str, b: str) -> Order:
    """-1, 0 or 1 as version `a` is older than, equal to or newer than `b` in an ecosystem.

    Raises UnknownEcosystem, and InvalidVersion where the ecosystem's own tools refuse one of them.
    """
    return scheme_of(ecosystem).compare(a, b)
