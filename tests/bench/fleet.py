"""A fleet of images made up: distributions and their rebuilds below, runtimes between, applications with many tags.

What is shared is what counts: tags of one application mostly differ in a layer that has no packages, a release of the
application changes some of its dependencies, and a rebuild of a base some of its packages. The same seed makes the
same fleet.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pratique.inventory import Contents, Distribution, ImageFacts, Located, Package

DISTRIBUTIONS: Final = (
    (Distribution("debian", "11", "Debian GNU/Linux 11 (bullseye)"), "deb", "var/lib/dpkg/status", 110),
    (Distribution("ubuntu", "22.04", "Ubuntu 22.04"), "deb", "var/lib/dpkg/status", 140),
    (Distribution("alpine", "3.18.4", "Alpine Linux v3.18"), "apk", "lib/apk/db/installed", 20),
    (Distribution("almalinux", "8.9", "AlmaLinux 8.9"), "rpm", "var/lib/rpm/rpmdb.sqlite", 180),
)
"""A distribution, its packages' type, their database, and how many a small image has."""

LANGUAGES: Final = {
    "npm": ("srv/app/node_modules/{name}/package.json", 220),
    "pypi": ("usr/lib/python3/dist-packages/{name}-{version}.dist-info/METADATA", 60),
    "maven": ("srv/app/lib/{name}-{version}.jar", 90),
    "golang": ("srv/app/server", 70),
}
"""Where packages of a type lie, and how many an application has."""

REBUILDS: Final = 40
TAGS: Final = 50
RELEASED_EVERY: Final = 5
"""Tags after which dependencies change."""
NAMES: Final = 12_000
"""Names of packages of each language; some are in every second application, most in hardly any."""


@dataclass(frozen=True)
class Member:
    """An image of the fleet, by the digest of its manifest."""

    digest: str
    contents: Contents


def digest_of(*said: object) -> str:
    return f"sha256:{hashlib.sha256(repr(said).encode()).hexdigest()}"


class Fleet:
    """Makes images one after the other: all tags of an application, then the next application's."""

    def __init__(self, seed: int = 5) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same fleet each time
        self._bases = [
            (of, base)
            for of, kind, database, size in DISTRIBUTIONS
            for base in self._rebuilds(of, kind, database, size)
        ]

    def images(self, count: int) -> Iterator[Member]:
        """This many images."""
        for number in range(count // TAGS + 1):
            for tag, contents in enumerate(self._tags(number)):
                if number * TAGS + tag >= count:
                    return
                yield Member(digest_of("manifest", number, tag), contents)

    def _rebuilds(self, of: Distribution, kind: str, database: str, size: int) -> Iterator[list[Located]]:
        packages = [self._system(kind, of, name, 0) for name in range(size)]
        for build in range(REBUILDS):
            for name in self._chance.sample(range(size), size // 20 + 1):
                packages[name] = self._system(kind, of, name, build)
            layer = digest_of("base", of, build)
            yield [Located(package, database, layer, kind) for package in packages]

    def _system(self, kind: str, of: Distribution, name: int, build: int) -> Package:
        # Three binary packages come of one source, as they do on the average.
        source = f"{of.id}-source-{name // 3}"
        version = f"1.{name % 7}.{build}-{build + 1}"
        return Package(kind, f"{of.id}-{name}", version, "", "amd64", source, version, licenses=("GPL-2+",))

    def _tags(self, number: int) -> Iterator[Contents]:
        chance = self._chance
        kind = chance.choice(list(LANGUAGES))
        names = self._dependencies(LANGUAGES[kind][1])
        build = chance.randrange(len(self._bases))
        for tag in range(TAGS):
            if tag % RELEASED_EVERY == 0:
                for _ in range(3):
                    names[chance.randrange(len(names))] = (self._name(), chance.randrange(20))
            of, base = self._bases[(build + tag // 20) % len(self._bases)]
            found = [
                *base,
                *self._runtime(kind, base),
                *_application(kind, names, (number, tag // RELEASED_EVERY)),
            ]
            facts = ImageFacts("app", ("8080/tcp",), {"tag": str(tag)}, "", 0, ("PATH",), "amd64", "linux")
            yield Contents(of, tuple(sorted(found, key=lambda one: one.place)), facts)

    def _dependencies(self, usual: int) -> list[tuple[int, int]]:
        size = max(5, int(self._chance.gauss(usual, usual / 3)))
        return [(self._name(), self._chance.randrange(20)) for _ in range(size)]

    def _name(self) -> int:
        """Few names are everywhere, most hardly anywhere."""
        return int(NAMES * self._chance.random() ** 3)

    def _runtime(self, kind: str, base: Sequence[Located]) -> list[Located]:
        layer = digest_of("runtime", kind, base[0].layer)
        size = len(base) // 3
        return [
            replace(one, package=replace(one.package, name=f"{one.package.name}-{kind}"), layer=layer)
            for one in base[:size]
        ]


def _application(kind: str, names: Sequence[tuple[int, int]], release: object) -> set[Located]:
    layer, path = digest_of("application", release), LANGUAGES[kind][0]
    return {_located(kind, name, version, path, layer) for name, version in names}


def _located(kind: str, name: int, version: int, path: str, layer: str) -> Located:
    package = Package(
        kind,
        f"{kind}-package-{name}",
        f"{name % 5}.{version}.{name % 3}",
        "org.example" if kind == "maven" else "",
        licenses=("MIT",),
    )
    return Located(package, path.format(name=package.name, version=package.version), layer, kind)
