"""By whom an image is covered: whole states of sources, recent enough, of releases that are still looked after."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.advisories import Holding, coverage, end_of_life
from pratique.advisories.end_of_life import ENDS
from pratique.clock import DAY, Moment
from pratique.packages import read_ecosystem

NOW: Final = Moment(int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 1_000_000)
MONTH: Final = 30 * DAY


def holding(ecosystem: str, *, days: int = 1, source: str = "", records: int = 9) -> Holding:
    """Of a source that was imported some days ago."""
    of = read_ecosystem(ecosystem)
    return Holding(source or of.family, of, Moment(NOW - days * DAY), "2026-11-01T00:00:00Z", records)


def problems(
    holdings: list[Holding],
    distribution: tuple[str, str] | None,
    *ecosystems: str,
    supported: tuple[str, ...] = (),
) -> dict[str, str]:
    """By ecosystem, without what all of them begin with."""
    found = coverage(holdings, distribution, ecosystems, at=NOW, max_age=MONTH, supported=supported)
    return {
        one.ecosystem: one.problem.removeprefix("could not be examined: no current advisories for ")
        for one in found
    }


def test_what_is_covered_says_by_whom_and_of_which_date() -> None:
    debian = holding("Debian:12")
    (found,) = coverage([debian, holding("Debian:11")], ("debian", "12"), (), at=NOW, max_age=MONTH)
    assert (found.ecosystem, found.holdings, found.problem) == ("debian:12", (debian,), "")


def test_a_release_that_nobody_speaks_of() -> None:
    (found,) = coverage([holding("Debian:11")], ("debian", "12"), (), at=NOW, max_age=MONTH)
    assert found.problem == "could not be examined: no current advisories for debian:12"


@pytest.mark.parametrize(
    ("distribution", "name"),
    [
        (("debian", "12"), "debian:12"),
        (("ubuntu", "22.04"), "ubuntu:22.04"),
        (("alpine", "3.22.1"), "alpine:3.22"),
        (("almalinux", "9.4"), "almalinux:9"),
        (("alpaquita", "23"), "alpaquita:23"),
        (("wolfi", "20230201"), "wolfi"),
    ],
)
def test_releases_are_what_advisories_go_by(distribution: tuple[str, str], name: str) -> None:
    sources = ["Debian:12", "Ubuntu:22.04:LTS", "Alpine:v3.22", "AlmaLinux:9", "Alpaquita:23", "Wolfi"]
    assert problems(list(map(holding, sources)), distribution) == {name: ""}


@pytest.mark.parametrize(
    ("distribution", "problem"),
    [
        (("", ""), {"an unknown distribution": "an unknown distribution (nobody publishes them here)"}),
        (("plan9", "4"), {"plan9:4": "plan9:4 (nobody publishes them here)"}),
        (("debian", ""), {"debian": "debian (of which release it is, is not said)"}),
    ],
)
def test_a_distribution_that_is_not_known(distribution: tuple[str, str], problem: dict[str, str]) -> None:
    assert problems([holding("Debian:12")], distribution) == problem


def test_an_image_without_a_distribution_has_none_to_cover() -> None:
    assert problems([holding("Go")], None, "Go") == {"Go": ""}


def test_each_ecosystem_is_covered_or_not() -> None:
    assert problems([holding("PyPI")], None, "PyPI", "npm", "conan") == {
        "PyPI": "",
        "conan": "conan",
        "npm": "npm",
    }


def test_a_source_that_was_imported_too_long_ago_covers_nothing() -> None:
    assert problems([holding("npm", days=30)], None, "npm") == {"npm": ""}
    assert problems([holding("npm", days=31)], None, "npm") == {
        "npm": "npm (npm was last imported 31 days ago, on 2026-10-21)"
    }


def test_the_source_that_was_imported_last_counts() -> None:
    old, new = holding("npm", days=90, source="a"), holding("npm", days=2, source="b")
    (found,) = coverage([old, new], None, ["npm"], at=NOW, max_age=MONTH)
    assert (found.holdings, found.problem) == ((new, old), "")


def test_single_records_are_no_state_of_a_source() -> None:
    single = Holding("ours", read_ecosystem("npm"), Moment(0), "2026-11-20", 3)
    assert problems([single], None, "npm") == {"npm": "npm"}


def test_a_source_that_has_withdrawn_everything_covers_nothing() -> None:
    assert problems([holding("npm", records=0)], None, "npm") == {"npm": "npm"}


def test_fixes_of_ubuntu_pro_alone_do_not_cover_ubuntu() -> None:
    assert problems([holding("Ubuntu:Pro:22.04:LTS")], ("ubuntu", "22.04")) == {
        "ubuntu:22.04": "ubuntu:22.04"
    }


def test_past_its_end_of_life() -> None:
    eleven, name = holding("Debian:11"), "debian:11"
    assert problems([eleven], ("debian", "11")) == {name: f"{name} (its end of life was on 2026-08-31)"}
    assert problems([eleven], ("debian", "11"), supported=("Debian:11",)) == {name: ""}
    assert problems([eleven], ("debian", "11"), supported=("Debian:10",))[name] != ""


def test_the_last_day_still_counts() -> None:
    end = end_of_life(read_ecosystem("Debian:11"))
    assert end == date(2026, 8, 31)
    evening = Moment(int(datetime(2026, 8, 31, 23, 59, tzinfo=UTC).timestamp()) * 1_000_000)
    held = Holding("Debian", read_ecosystem("Debian:11"), evening, "", 1)
    for later, is_covered in ((0, True), (DAY, False)):
        (found,) = coverage([held], ("debian", "11"), (), at=Moment(evening + later), max_age=MONTH)
        assert (found.problem == "") is is_covered


def test_what_has_no_release_has_no_end() -> None:
    assert end_of_life(read_ecosystem("Wolfi")) is None
    assert end_of_life(read_ecosystem("Debian:14")) is None


@pytest.mark.parametrize("family", sorted(ENDS))
def test_newer_releases_do_not_end_before_older_ones_by_years(family: str) -> None:
    """What a slip of a digit would do. Releases with and without long support alternate, so years may cross."""
    ends = [
        end
        for _release, end in sorted(ENDS[family].items(), key=lambda one: list(map(int, one[0].split("."))))
    ]
    assert all((later - earlier).days > -5 * 366 for earlier, later in pairwise(ends))
    assert all(2012 <= end.year <= 2036 for end in ends)


NAMES: Final = st.sampled_from(["npm", "PyPI", "Debian:12", "Debian:11", "Ubuntu:22.04", "Wolfi", "conan"])


@given(
    held=st.lists(st.builds(holding, NAMES, days=st.integers(-2, 60), records=st.integers(0, 2)), max_size=6),
    distribution=st.none() | st.tuples(st.sampled_from(["debian", "wolfi", "", "x"]), st.text(max_size=4)),
    ecosystems=st.sets(NAMES, max_size=4),
)
def test_nothing_is_covered_without_a_holding_that_is_recent(
    held: list[Holding], distribution: tuple[str, str] | None, ecosystems: set[str]
) -> None:
    found = coverage(held, distribution, ecosystems, at=NOW, max_age=MONTH)
    assert len(found) == len(ecosystems) + (distribution is not None)
    for one in found:
        recent = [of for of in one.holdings if NOW - of.imported_at <= MONTH and of.records]
        assert one.problem or recent


def test_until_when_it_is_covered() -> None:
    fresh, old = holding("Debian:12", days=1), holding("PyPI", days=20)
    found = coverage([fresh, old], ("debian", "12"), ("PyPI", "npm"), at=NOW, max_age=MONTH)
    untils = {one.ecosystem: one.until for one in found}
    assert untils == {
        "debian:12": NOW + 29 * DAY + 1,
        "PyPI": NOW + 10 * DAY + 1,
        "npm": None,
    }


@pytest.mark.parametrize("ecosystem", ["Debian:12", "PyPI"])
def test_until_is_the_first_moment_that_is_not_covered(ecosystem: str) -> None:
    held = [holding(ecosystem)]
    asked = (("debian", "12"), ()) if ecosystem == "Debian:12" else (None, ("PyPI",))
    (now,) = coverage(held, *asked, at=NOW, max_age=MONTH)
    assert now.until is not None
    (before,) = coverage(held, *asked, at=Moment(now.until - 1), max_age=MONTH)
    (then,) = coverage(held, *asked, at=now.until, max_age=MONTH)
    assert not before.problem
    assert then.problem
    assert then.until is None


def test_the_end_of_a_release_comes_before_its_advisories_are_too_old() -> None:
    end = ENDS["Debian"]["12"]
    last = Moment(int(datetime(end.year, end.month, end.day, 12, tzinfo=UTC).timestamp()) * 1_000_000)
    held = [Holding("Debian", read_ecosystem("Debian:12"), last, "2028-06-01T00:00:00Z", 9)]
    (found,) = coverage(held, ("debian", "12"), (), at=last, max_age=MONTH)
    (extended,) = coverage(held, ("debian", "12"), (), at=last, max_age=MONTH, supported=("Debian:12",))
    assert found.until == last + DAY // 2
    assert extended.until == last + MONTH + 1
