"""What kinds of packages are inside, and whether current advisories speak of all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pratique.advisories import Coverage, Holding, coverage
from pratique.clock import DAY, Moment
from pratique.inventory.ownership import KINDS, answers_for
from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.store.values import ComponentRow
from pratique.packages import Severity, family_of_distro

OWNED: Final = "owned"
SYSTEM_TYPES: Final = frozenset({"apk", "deb", "rpm"})
"""Packages of a distribution."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is asked of advisories: `max_age` in microseconds since their import; `supported` releases have no end.

    A finding of unknown severity counts as `unknown_as`.
    """

    max_age: int = 30 * DAY
    supported: tuple[str, ...] = ()
    unknown_as: Severity = Severity.HIGH


@dataclass(frozen=True, slots=True)
class Kinds:
    """What kinds of packages there are.

    `languages` are the ecosystems of languages that nothing else answers for, or the type of package where there is no
    name for it. `databases` are the databases of distributions with the type of their packages. `others` are the
    distributions of systems below other roots, by ID and VERSION_ID.
    """

    has_system: bool
    languages: frozenset[str]
    databases: frozenset[tuple[str, str]]
    others: frozenset[tuple[str, str]] = frozenset()


def kinds_of(rows: Iterable[ComponentRow]) -> Kinds:
    """The kinds of packages."""
    languages: set[str] = set()
    databases: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    has_system = False
    for row in rows:
        type_ = row.located.package.type
        if row.located.package.distro:
            others.add(_of_another(row.located.package))
            continue
        kind = row.located.reader.partition("-")[0]
        if kind in KINDS:
            databases.add((kind, type_))
        if type_ in SYSTEM_TYPES:
            has_system = True
        elif row.state != OWNED:
            languages.add(type_ if row.key is None else row.key.ecosystem.family)
    return Kinds(has_system, frozenset(languages), frozenset(databases), frozenset(others))


def together(some: Sequence[Kinds]) -> Kinds:
    """The kinds of all of them."""
    return Kinds(
        any(one.has_system for one in some),
        frozenset().union(*(one.languages for one in some)),
        frozenset().union(*(one.databases for one in some)),
        frozenset().union(*(one.others for one in some)),
    )


def covered(
    kinds: Kinds,
    distribution: Distribution | None,
    holdings: Sequence[Holding],
    at: Moment,
    expected: Expectations,
) -> tuple[Coverage, ...]:
    """Whether the sources cover these kinds in an image of this distribution at a moment."""
    own = _distribution(distribution, kinds)
    found = list(
        coverage(
            holdings,
            own,
            kinds.languages | _strangers(distribution, kinds),
            at=at,
            max_age=expected.max_age,
            supported=expected.supported,
        )
    )
    for other in sorted(kinds.others - {own}):
        found += coverage(holdings, other, (), at=at, max_age=expected.max_age, supported=expected.supported)
    return tuple({one.ecosystem: one for one in found}.values())


def _of_another(package: Package) -> tuple[str, str]:
    """The distribution of a package of another system than the image's."""
    return package.namespace, package.distro.removeprefix(package.namespace).removeprefix("-")


def _distribution(said: Distribution | None, kinds: Kinds) -> tuple[str, str] | None:
    """Of what is said; ("", "") where there are packages of a distribution that does not say its name."""
    if said is not None and said.id:
        return said.id, said.release
    return ("", "") if said is not None or kinds.has_system else None


def _strangers(distribution: Distribution | None, kinds: Kinds) -> set[str]:
    """Types of packages in databases that are not this distribution's: its advisories say nothing of them.

    Otherwise an image would hide what is wrong with it by the name of another distribution.
    """
    if distribution is None or family_of_distro(distribution.id) is None:
        return set()
    return {type_ for kind, type_ in kinds.databases if not answers_for(distribution, kind)}
