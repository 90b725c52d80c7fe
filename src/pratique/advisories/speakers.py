"""Which source may speak for what: ids that it gives out, and ecosystems that it knows.

A source that says something of a neighbour's packages is refused that record (CleanStart publishes for `Alpine` without
a release, which would stick to every Alpine image). A source with another name may speak for any ecosystem, but for no
distribution without naming the release.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pratique.advisories.record import Record
from pratique.packages import UnknownEcosystem, scheme_of


@dataclass(frozen=True, slots=True)
class Speaker:
    """What the ids of a source begin with, and the families that it speaks for."""

    prefixes: tuple[str, ...]
    families: frozenset[str]


def _speaker(prefixes: str, *families: str) -> Speaker:
    return Speaker(tuple(prefixes.split()), frozenset(families))


SPEAKERS: Final[Mapping[str, Speaker]] = {
    "almalinux": _speaker("ALBA- ALEA- ALSA-", "AlmaLinux"),
    "alpaquita": _speaker("BELL-", "Alpaquita", "BellSoft Hardened Containers"),
    "alpine": _speaker("ALPINE- CVE-", "Alpine"),
    "bitnami": _speaker("BIT-", "Bitnami"),
    "chainguard": _speaker("CGA-", "Chainguard", "Wolfi"),
    "crates.io": _speaker("RUSTSEC- GHSA- MAL-", "crates.io"),
    "debian": _speaker("DSA- DLA- DTSA- DEBIAN-", "Debian"),
    "go": _speaker("GO- GHSA- MAL-", "Go"),
    "hackage": _speaker("HSEC-", "Hackage"),
    "maven": _speaker("GHSA- GLAM- MAL-", "Maven"),
    "npm": _speaker("GHSA- GLAM- MAL-", "npm"),
    "nuget": _speaker("GHSA- MAL-", "NuGet"),
    "packagist": _speaker("GHSA- DRUPAL- MAL-", "Packagist"),
    "pypi": _speaker("PYSEC- GHSA- MAL-", "PyPI"),
    "rocky linux": _speaker("RLSA- RXSA-", "Rocky Linux"),
    "rubygems": _speaker("GHSA- MAL-", "RubyGems"),
    "ubuntu": _speaker("UBUNTU- USN- LSN-", "Ubuntu"),
    "wolfi": _speaker("CGA-", "Chainguard", "Wolfi"),
}
"""By the source's name in lower case: the folders of OSV's export."""


def objection(source: str, record: Record) -> str | None:
    """Why a source may not say this; None: it may."""
    speaker = SPEAKERS.get(source.lower())
    if speaker is not None and not record.id.startswith(speaker.prefixes):
        return "id of another source"
    for affected in record.affected:
        family = affected.ecosystem.family
        if speaker is not None and family not in speaker.families:
            return f"ecosystem {family[:40]!r} of another source"
        try:
            scheme_of(family)
        except UnknownEcosystem:
            return f"unknown ecosystem {family[:40]!r}"
        if affected.ecosystem.is_vague:
            return f"{family} without release"
    return None
