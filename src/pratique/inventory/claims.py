"""Whether what an image says of its distribution can be true: by its release advisories are chosen.

Packages of a newer release pass for mended by the advisories of an older one. Somebody who writes another release into
os-release, and no more, is contradicted by what the distribution itself put beside it: the package that brings
os-release has a version that follows the release. Only what can't be otherwise in an image as its distribution made it
is a contradiction; packages of another release beside the own ones are none. Whoever forges the databases too is not
found out here: nobody could tell.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import (
    ALPINE_RELEASE,
    DEBIAN_VERSION,
    PATHS,
    Distribution,
    read_os_release,
)
from pratique.packages import family_of_distro, of_release

_NUMBERS: Final = re.compile(r"(\d+)(?:\.(\d+))?")
_DEBIANS: Final = re.compile(r"(\d+)(?:\.\d+)*(?:\+deb\d+u\d+)?")
"""Versions of Debian's own base-files: the number of the release comes first (base-files, debian/changelog)."""
_UBUNTUS: Final[Mapping[str, str]] = {
    "14.04": "7.2",
    "16.04": "9.4",
    "18.04": "10.1",
    "20.04": "11",
    "22.04": "12",
    "24.04": "13",
}
"""What Ubuntu's base-files begin with, in releases of long support."""
_RPMS: Final[Mapping[str, str]] = {
    "almalinux-release": "almalinux",
    "azurelinux-release": "azurelinux",
    "centos-release": "centos",
    "centos-linux-release": "centos",
    "centos-stream-release": "centos",
    "fedora-release-common": "fedora",
    "mariner-release": "mariner",
    "openEuler-release": "openeuler",
    "oraclelinux-release": "ol",
    "photon-release": "photon",
    "redhat-release": "rhel",
    "rocky-release": "rocky",
}
"""Packages that bring os-release, and the ID in it."""


def check_claim(said: Distribution | None, texts: Mapping[str, bytes], packages: Iterable[Package]) -> None:
    """Raises CouldNotBeExamined where what is `said` to be the distribution is contradicted.

    `texts` are files that tell the release, by their paths (`os_release.CLAIMS`); `packages` are of the databases.
    """
    if said is None or family_of_distro(said.id) is None:
        return
    for witness, told in (*_by_files(said, texts), *_by_packages(said, packages)):
        raise CouldNotBeExamined(
            f"the distribution is contradictory: os-release says {said.id} {said.release}".rstrip()
            + f", and {witness} says {told[:100]}"
        )


def _by_files(said: Distribution, texts: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for path in PATHS:
        other = read_os_release(texts[path]) if path in texts else said
        if other.id and (other.id, _cut(other)) != (said.id, _cut(said)):
            yield path, f"{other.id} {other.release}".strip()
    for path, identifier in ((DEBIAN_VERSION, "debian"), (ALPINE_RELEASE, "alpine")):
        told = texts.get(path, b"")[:100].decode("utf-8", "replace").strip()
        if said.id == identifier and said.release and _differ(identifier, said.release, told):
            yield path, told


def _by_packages(said: Distribution, packages: Iterable[Package]) -> Iterator[tuple[str, str]]:
    named = {(one.type, one.name): one.version for one in packages}
    base = named.get(("deb", "base-files"))
    if base is not None and said.release and _is_of_another(said, base.rpartition(":")[2]):
        yield "the package base-files", base
    alpine = named.get(("apk", "alpine-release"))
    if alpine is not None and said.id == "alpine" and _differ("alpine", said.release, alpine):
        yield "the package alpine-release", alpine
    brought = {name: named["rpm", name] for name in _RPMS if ("rpm", name) in named}
    own = [name for name in brought if _RPMS[name] == said.id]
    if brought and not own and said.id in _RPMS.values():
        yield "the package that brings os-release", " ".join(sorted(brought))
    for name in own:
        if _differ(said.id, said.release, brought[name]):
            yield f"the package {name}", brought[name]


def _is_of_another(said: Distribution, base: str) -> bool:
    """Whether base-files are those of another release, or of the other of the two distributions."""
    debians = _DEBIANS.fullmatch(base)
    if said.id == "debian":
        return "ubuntu" in base or (debians is not None and _differ("debian", said.release, base))
    if said.id == "ubuntu":
        begins = _UBUNTUS.get(said.release)
        return debians is not None or (
            begins is not None and "ubuntu" in base and base.partition("ubuntu")[0] != begins
        )
    return False


def _differ(identifier: str, release: str, told: str) -> bool:
    """Whether two releases differ in what counts: Alpine's by two numbers, others by one. Without numbers: no."""
    here, there = _NUMBERS.match(release), _NUMBERS.match(told)
    if here is None or there is None:
        return False
    return here[1] != there[1] or (identifier == "alpine" and here[2] != there[2])


def _cut(distribution: Distribution) -> str:
    family = family_of_distro(distribution.id)
    return distribution.release if family is None else of_release(family, distribution.release).release
