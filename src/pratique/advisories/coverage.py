"""Whether what is inside an image is covered by current advisories; where it is not, no findings say nothing.

Pure: of what the sources hold (`Answers.holdings`), an image's distribution and ecosystems, and the time.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from pratique.advisories.end_of_life import end_of_life
from pratique.clock import DAY, Moment, rfc3339
from pratique.packages import Ecosystem, family_of_distro, of_release, read_ecosystem

UNEXAMINED: Final = "could not be examined: no current advisories for"
"""What every problem begins with."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one source says of one ecosystem.

    `imported_at`: when its whole state last came; 0: never, only single records. `newest` is the date of its newest
    record on that ecosystem, as published; "" where none says one. `records` counts what is not withdrawn.
    """

    source: str
    ecosystem: Ecosystem
    imported_at: Moment
    newest: str
    records: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """By which sources an ecosystem is covered, the last imported first, and why that is not enough ("": it is).

    `ecosystem` as messages call it: `debian:12`, `PyPI`. `until`: the first moment at which it is not covered any more
    if nothing is imported until then; None: it is not covered now.
    """

    ecosystem: str
    holdings: tuple[Holding, ...]
    problem: str = ""
    until: Moment | None = None


def coverage(
    holdings: Sequence[Holding],
    distribution: tuple[str, str] | None,
    ecosystems: Collection[str],
    *,
    at: Moment,
    max_age: int,
    supported: Collection[str] = (),
) -> tuple[Coverage, ...]:
    """One entry for the distribution, if any, and one for each ecosystem of language packages, by name.

    `distribution` is ID and VERSION_ID of os-release; ("", ""): there are packages of a distribution, and nothing says
    of which; None: there are none. `ecosystems` are named as OSV names them, or by the type of their package URLs where
    OSV has no name. `max_age` in microseconds. `supported` names distributions (`Debian:11`) whose end of life does not
    count, because somebody still publishes advisories for them that are imported.
    """
    told = [] if distribution is None else [_distribution(holdings, distribution, at, max_age, supported)]
    for name in sorted(set(ecosystems)):
        ecosystem = read_ecosystem(name)
        found = tuple(_of(holdings, ecosystem))
        why = _why(found, at, max_age)
        told.append(
            Coverage(name, found, _problem(name, why), _until(found, max_age) if why is None else None)
        )
    return tuple(told)


def _distribution(
    holdings: Sequence[Holding],
    distribution: tuple[str, str],
    at: Moment,
    max_age: int,
    supported: Collection[str],
) -> Coverage:
    identifier, version = distribution
    family = family_of_distro(identifier)
    if family is None:
        name = ":".join(filter(None, distribution)) or "an unknown distribution"
        return Coverage(name, (), _problem(name, "nobody publishes them here"))
    ecosystem = of_release(family, version)
    name = ":".join(filter(None, (identifier, ecosystem.release.removeprefix("v"))))
    if ecosystem.is_vague:
        return Coverage(name, (), _problem(name, "of which release it is, is not said"))
    found = tuple(_of(holdings, ecosystem))
    end = None if ecosystem in map(read_ecosystem, supported) else end_of_life(ecosystem)
    why = _why(found, at, max_age)
    if why is None:
        why = _ended(end, at)
    ends = () if end is None else (_after(end),)
    return Coverage(name, found, _problem(name, why), _until(found, max_age, *ends) if why is None else None)


def _of(holdings: Sequence[Holding], ecosystem: Ecosystem) -> Iterator[Holding]:
    """Whole states only: a single record more says nothing of what else is wrong."""
    found = [
        one for one in holdings if one.ecosystem == ecosystem and one.imported_at > 0 and one.records > 0
    ]
    yield from sorted(found, key=lambda one: (-one.imported_at, one.source))


def _why(found: Sequence[Holding], at: Moment, max_age: int) -> str | None:
    """Why it is not covered; "" for no reason but that there is nothing; None: it is."""
    if not found:
        return ""
    last = found[0]
    if at - last.imported_at <= max_age:
        return None
    days = (at - last.imported_at) // DAY
    return f"{last.source} was last imported {days} days ago, on {rfc3339(last.imported_at)[:10]}"


def _until(found: Sequence[Holding], max_age: int, *ends: Moment) -> Moment:
    """The last moment of `_why`, and one more."""
    return min((Moment(found[0].imported_at + max_age + 1), *ends))


def _ended(end: date | None, at: Moment) -> str | None:
    if end is None or at < _after(end):
        return None
    return f"its end of life was on {end.isoformat()}"


def _after(end: date) -> Moment:
    """When that day is over."""
    midnight = datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=1)
    return Moment(int(midnight.timestamp()) * 1_000_000)


def _problem(name: str, why: str | None) -> str:
    if why is None:
        return ""
    return f"{UNEXAMINED} {name}" + (f" ({why})" if why else "")
