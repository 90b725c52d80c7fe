"""Where sources differ on one image: who misses what, and who thinks it how bad (pure)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pratique.packages import Severity

_PUNCTUATION: Final = re.compile(r"[-_.]+")
ABSENT: Final = None
"""What a source says of a vulnerability that it does not tell of."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says: a vulnerability by all its names, the package with its version, how bad, what mends it."""

    id: str
    aliases: tuple[str, ...]
    package: str
    version: str
    severity: Severity
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A vulnerability of a package on which sources differ: what each says, None where it says nothing.

    `differs` names what: `presence`, `severity`, `fixed`; or `package`, where one of them does not know of the package
    at all, and there is no `id`.
    """

    id: str
    package: str
    version: str
    sources: Mapping[str, Said | None]
    differs: tuple[str, ...]


def disagreements(sources: Mapping[str, Iterable[Said]]) -> tuple[Disagreement, ...]:
    """All of them, by package and name.

    Names meet through aliases, whichever source knows those; a package is called as the first source calls it.

    A severity that is unknown contradicts none, and no more does a fixed version that is not told.
    """
    everything = [(source, said) for source, its in sources.items() for said in its]
    groups: dict[tuple[str, str, str], dict[str, Said]] = {}
    called: dict[str, str] = {}
    names = _Names(said for _, said in everything)
    for source, said in everything:
        key = (spelled(said.package), said.version, names.one_of(said))
        called.setdefault(key[0], said.package)
        here = groups.setdefault(key, {})
        if source not in here or said.severity > here[source].severity:
            here[source] = said
    found = []
    for (package, version, name), told in sorted(groups.items()):
        differs = tuple(_differences(told, len(sources)))
        if differs:
            by_source = {source: told.get(source, ABSENT) for source in sources}
            found.append(Disagreement(name, called[package], version, by_source, differs))
    return tuple(found)


def spelled(package: str) -> str:
    """A package's name, with its version or without, as no two sources spell it differently.

    `Foo_Bar.baz` is `foo-bar-baz`, and neither Maven's groups count nor the namespaces of npm and Go, which some leave
    out: what is compared has the same vulnerability.
    """
    name, space, version = package.partition(" ")
    short = name.rpartition(":")[2].rpartition("/")[2]
    return _PUNCTUATION.sub("-", f"{short}{space}{version}").casefold()


def _differences(told: Mapping[str, Said], sources: int) -> Iterable[str]:
    if len(told) < sources:
        yield "presence"
    if len({said.severity for said in told.values() if said.severity is not Severity.UNKNOWN}) > 1:
        yield "severity"
    if len({frozenset(said.fixed) for said in told.values() if said.fixed}) > 1:
        yield "fixed"


class _Names:
    """Joins the names of one vulnerability, and shows it by a CVE where it has any."""

    def __init__(self, every: Iterable[Said]) -> None:
        self._above: dict[str, str] = {}
        for said in every:
            first, *others = (name.upper() for name in (said.id, *said.aliases))
            for other in others:
                self._join(first, other)

    def one_of(self, said: Said) -> str:
        """The name under which all that call it otherwise meet."""
        return self._top(said.id.upper())

    def _join(self, one: str, other: str) -> None:
        best, rest = sorted((self._top(one), self._top(other)), key=_rank)
        if best != rest:
            self._above[rest] = best

    def _top(self, name: str) -> str:
        while name in self._above:
            name = self._above[name]
        return name


def _rank(name: str) -> tuple[bool, str]:
    return not name.startswith("CVE-"), name
