"""Ecosystems as OSV names them (osv-schema, "Defined ecosystems"), and names of packages as each compares them.

Of distributions, what is known of one release says nothing of another: the release is part of the ecosystem, cut to
what advisories are published by (Debian: the major number). Suffixes such as Ubuntu's `:LTS` say nothing and are left
out.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = re.compile(r"[-_.]+")


def _major(release: str) -> str:
    return release.split(".", 1)[0]


def _minor(release: str) -> str:
    return "v" + ".".join(release.removeprefix("v").split(".")[:2])


def _whole(release: str) -> str:
    return release


DISTRIBUTIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "AlmaLinux": _major,
    "Alpaquita": _whole,
    "Alpine": _minor,
    "Azure Linux": _major,
    "BellSoft Hardened Containers": _whole,
    "Debian": _major,
    "Mageia": _major,
    "Photon OS": _whole,
    "Red Hat": _whole,
    "Rocky Linux": _major,
    "SUSE": _whole,
    "Ubuntu": _whole,
    "openEuler": _whole,
    "openSUSE": _whole,
}
"""Families whose packages depend on the release, and what of it advisories go by."""

CODENAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "Debian": {
        "wheezy": "7",
        "jessie": "8",
        "stretch": "9",
        "buster": "10",
        "bullseye": "11",
        "bookworm": "12",
        "trixie": "13",
        "forky": "14",
    },
    "Ubuntu": {
        "trusty": "14.04",
        "xenial": "16.04",
        "bionic": "18.04",
        "focal": "20.04",
        "jammy": "22.04",
        "kinetic": "22.10",
        "lunar": "23.04",
        "mantic": "23.10",
        "noble": "24.04",
        "oracular": "24.10",
        "plucky": "25.04",
        "questing": "25.10",
    },
}
"""Releases by the names that people and package URLs know them by (purl-spec's own example says `distro=jessie`)."""

ROLLING: Final = frozenset({"Chainguard", "Echo", "MinimOS", "Wolfi"})
"""Distributions without releases."""

_SILENT: Final = frozenset({"LTS"})


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """`release` and `channel` (Ubuntu's `pro`) are "" where there is none."""

    family: str
    release: str = ""
    channel: str = ""

    @property
    def is_distribution(self) -> bool:
        """Whether packages of the operating system are meant."""
        return self.family in DISTRIBUTIONS or self.family in ROLLING

    @property
    def is_vague(self) -> bool:
        """A distribution without release: what is said of it would be said of every release (osv.dev#4230)."""
        return self.family in DISTRIBUTIONS and not self.release

    def __str__(self) -> str:
        """As OSV writes it, without suffixes that say nothing."""
        return ":".join(filter(None, (self.family, self.channel.capitalize(), self.release)))


def read_ecosystem(text: str) -> Ecosystem:
    """The ecosystem that an OSV record names: `Debian:12`, `Ubuntu:Pro:18.04:LTS`, `npm`."""
    family, _, rest = text.partition(":")
    if family != "Ubuntu":
        cut = DISTRIBUTIONS.get(family, _whole)
        return Ecosystem(family, cut(rest) if rest else "")
    parts = [part for part in rest.split(":") if part and part not in _SILENT]
    channels = [part for part in parts if not part[0].isdigit()]
    releases = [part for part in parts if part[0].isdigit()]
    return Ecosystem(family, ":".join(releases), ":".join(channels).lower())


def of_release(family: str, release: str) -> Ecosystem:
    """A distribution's ecosystem by the VERSION_ID of its os-release (`12`, `3.18.4`, `8.9`), or by its codename."""
    cut = DISTRIBUTIONS.get(family, _whole)
    release = CODENAMES.get(family, {}).get(release.lower(), release)
    return Ecosystem(family, cut(release) if release and family not in ROLLING else "")


def _lower(name: str) -> str:
    return name.lower()


def _pep503(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _crate(name: str) -> str:
    return name.lower().replace("_", "-")


_NAMES: Final[Mapping[str, Callable[[str], str]]] = {
    "Bitnami": _lower,
    # Package URLs of Go are in lower case, and no two modules differ in nothing else.
    "Go": _lower,
    "NuGet": _lower,
    "Packagist": _lower,
    "PyPI": _pep503,
    "crates.io": _crate,
    "npm": _lower,
}


def name_key(family: str, name: str) -> str:
    """A package's name in the one spelling by which the ecosystem knows it (PyPI: PEP 503)."""
    return _NAMES.get(family, _whole)(name)
