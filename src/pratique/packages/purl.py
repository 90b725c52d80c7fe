"""Package URLs (package-url/purl-spec), and what of them advisories are looked up by.

deb and apk advisories are keyed by the *source* package: the qualifier `upstream` names it (as Syft writes it), with a
version of its own where that differs; without it a package is its own source. rpm advisories go by binary names.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from packageurl import PackageURL

from pratique.packages.ecosystem import Ecosystem, name_key, of_release

LENGTH_LIMIT: Final = 4_096
"""Characters of a package URL."""


class InvalidPurl(ValueError):
    """A text that is no package URL."""


@dataclass(frozen=True, slots=True)
class Component:
    """A package as advisories know it: `name` is spelled as its ecosystem compares names. `version` may be ""."""

    ecosystem: Ecosystem
    name: str
    version: str

    def __hash__(self) -> int:
        # Without the ecosystem, in which hardly any differ: a report asks for thousands of hashes.
        return hash((self.name, self.version))


def mark_of(component: Component) -> str:
    """A component in one word of fixed length, by which tables know it."""
    ecosystem = component.ecosystem
    named = [ecosystem.family, ecosystem.release, ecosystem.channel, component.name, component.version]
    return hashlib.sha256(msgspec.json.encode(named)).hexdigest()


_DISTROS: Final[Mapping[str, str]] = {
    "almalinux": "AlmaLinux",
    "alpaquita": "Alpaquita",
    "alpine": "Alpine",
    "azurelinux": "Azure Linux",
    "bellsoft-hardened-containers": "BellSoft Hardened Containers",
    "chainguard": "Chainguard",
    "debian": "Debian",
    "echo": "Echo",
    "mageia": "Mageia",
    "minimos": "MinimOS",
    "openeuler": "openEuler",
    "opensuse": "openSUSE",
    "photon": "Photon OS",
    "redhat": "Red Hat",
    "rhel": "Red Hat",
    "rocky": "Rocky Linux",
    "rockylinux": "Rocky Linux",
    "sles": "SUSE",
    "suse": "SUSE",
    "ubuntu": "Ubuntu",
    "wolfi": "Wolfi",
}
"""Distributions as os-release (`ID`) and package URLs call them."""

_LANGUAGES: Final[Mapping[str, str]] = {
    "bitnami": "Bitnami",
    "cargo": "crates.io",
    "composer": "Packagist",
    "cran": "CRAN",
    "gem": "RubyGems",
    "githubactions": "GitHub Actions",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pypi": "PyPI",
    "swift": "SwiftURL",
}


def family_of_distro(identifier: str) -> str | None:
    """The family of a distribution by the ID of its os-release; None: nobody publishes advisories for it here."""
    return _DISTROS.get(identifier.lower())


def component_of(text: str) -> Component | None:
    """What a package URL is looked up by; None where it names nothing that advisories speak of. Raises InvalidPurl."""
    purl = read_purl(text)
    find = _FINDERS.get(purl.type)
    if find is not None:
        return find(purl)
    family = _LANGUAGES.get(purl.type)
    if family is None:
        return None
    joined = ":" if purl.type == "maven" else "/"
    name = joined.join(filter(None, (purl.namespace, purl.name)))
    return Component(Ecosystem(family), name_key(family, name), _version(purl))


def read_purl(text: str) -> PackageURL:
    """A package URL in its canonical spelling. Raises InvalidPurl."""
    if len(text) > LENGTH_LIMIT:
        raise InvalidPurl(f"a package URL of {len(text)} characters; {LENGTH_LIMIT} are allowed")
    try:
        return PackageURL.from_string(text)
    except ValueError as error:
        raise InvalidPurl(f"{text[:200]!r} is no package URL: {error}") from error


def _version(purl: PackageURL) -> str:
    version = purl.version or ""
    # Go's own tools write `go1.20.1` for the standard library, and `v1.2.3` for modules.
    return version.removeprefix("go") if purl.type == "golang" else version


def _by_source(purl: PackageURL) -> Component | None:
    """For deb and apk."""
    ecosystem = _distribution(purl)
    if ecosystem is None:
        return None
    name, _, version = str(purl.qualifiers.get("upstream") or "").partition("@")
    return Component(ecosystem, name or purl.name, version or purl.version or "")


def _by_binary(purl: PackageURL) -> Component | None:
    """For rpm, whose epoch is a qualifier."""
    ecosystem = _distribution(purl)
    if ecosystem is None:
        return None
    epoch, version = str(purl.qualifiers.get("epoch") or ""), purl.version or ""
    return Component(ecosystem, purl.name, f"{epoch}:{version}" if epoch and version else version)


def _distribution(purl: PackageURL) -> Ecosystem | None:
    """By `distro=debian-11`, `distro=11` beside a namespace, or the namespace alone for what has no releases.

    Releases have hyphens too: behind the namespace and a hyphen all of it is the release.
    """
    distro, namespace = str(purl.qualifiers.get("distro") or ""), purl.namespace or ""
    own = family_of_distro(namespace)
    if own is not None and distro.lower().startswith(f"{namespace.lower()}-"):
        return of_release(own, distro[len(namespace) + 1 :])
    named, _, release = distro.rpartition("-")
    family = family_of_distro(named) or family_of_distro(distro)
    if family is None:
        family, release = own, distro
    elif family_of_distro(distro):
        release = ""
    return None if family is None else of_release(family, release)


_FINDERS: Final[Mapping[str, Callable[[PackageURL], Component | None]]] = {
    "apk": _by_source,
    "deb": _by_source,
    "rpm": _by_binary,
}
