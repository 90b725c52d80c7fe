"""Which of two versions is newer: orders that each ecosystem's own tools made, and the laws of order."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.packages import InvalidVersion, UnknownEcosystem, compare
from pratique.packages.versions import SCHEMES
from pratique.packages.versions.scheme import LENGTH_LIMIT

VECTORS: Final = Path(__file__).resolve().parents[4] / "shared" / "testdata" / "versions"
ECOSYSTEMS: Final = {
    "alpine": "Alpine",
    "cran": "CRAN",
    "debian": "Debian",
    "hackage": "Hackage",
    "maven": "Maven",
    "nuget": "NuGet",
    "packagist": "Packagist",
    "pub": "Pub",
    "pypi": "PyPI",
    "redhat": "Red Hat",
    "rubygems": "RubyGems",
    "semver": "npm",
}
SIGNS: Final = {"<": -1, "=": 0, ">": 1}
ONE_OF_EACH: Final = sorted({scheme.name: name for name, scheme in SCHEMES.items()}.values())
VERSIONS: Final = st.from_regex(r"[0-9]{1,3}([.+~^_:-]?([0-9]{1,3}|[a-z]{1,5})){0,5}", fullmatch=True)


def lines(file: Path) -> Iterator[tuple[str, int, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"(?!//|#)(\S.*?) ([<>=]) (.+)", line.strip())
        if found:
            yield found[1], SIGNS[found[2]], found[3]


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the public vectors are not here")
@pytest.mark.parametrize("prefix", sorted(ECOSYSTEMS))
def test_no_line_of_the_public_orders_is_wrong(prefix: str) -> None:
    wrong, seen = [], 0
    for file in sorted(VECTORS.glob(f"{prefix}-versions*.txt")):
        for a, sign, b in lines(file):
            seen += 1
            found = compare(ECOSYSTEMS[prefix], a, b), compare(ECOSYSTEMS[prefix], b, a)
            if found != (sign, -sign):
                wrong.append((a, sign, b, found))
    assert seen > 10
    assert wrong == []


@pytest.mark.parametrize(
    ("ecosystem", "older", "newer"),
    [
        ("Debian:12", "1.0~rc1-1", "1.0-1"),
        ("Debian", "2.37.2", "1:2.37.2"),
        ("Ubuntu:22.04:LTS", "1.2-3ubuntu0.1", "1.2-3ubuntu0.10"),
        ("Alpine:v3.18", "1.2.3_rc1-r0", "1.2.3-r0"),
        ("Wolfi", "1.2.3-r9", "1.2.3-r10"),
        ("AlmaLinux:8", "1.14.0-5.el8", "1:0.9-1.el8"),
        ("Rocky Linux:9", "1.0~rc1-1", "1.0-1"),
        ("Maven", "1.0-SNAPSHOT", "1.0"),
        ("npm", "1.2.3-beta.2", "1.2.3-beta.11"),
        ("Go", "v0.0.0-20190101000000-abcdef123456", "0.1.0"),
        ("crates.io", "1.0.0-rc.1", "1.0.0"),
        ("PyPI", "1.0.dev1", "1.0a1"),
        ("PyPI", "some-legacy-thing", "0.0.1"),
        ("RubyGems", "1.0.0.pre1", "1.0.0"),
        ("NuGet", "1.0.0", "1.0.0.1"),
        ("Packagist", "2.0.0-beta1", "2.0.0-RC1"),
    ],
)
def test_what_people_meet(ecosystem: str, older: str, newer: str) -> None:
    assert compare(ecosystem, older, newer) == -1
    assert compare(ecosystem, newer, older) == 1


@pytest.mark.parametrize("ecosystem", [name for name in ONE_OF_EACH if name != "RubyGems"])
def test_a_text_without_anything_in_it_is_no_version(ecosystem: str) -> None:
    with pytest.raises(InvalidVersion):
        compare(ecosystem, "   \t", "1.0")


def test_rubygems_takes_nothing_for_0() -> None:
    assert compare("RubyGems", " ", "0") == 0


@pytest.mark.parametrize("ecosystem", ONE_OF_EACH)
def test_a_version_has_a_length(ecosystem: str) -> None:
    assert compare(ecosystem, "1" * LENGTH_LIMIT, "2") == 1
    with pytest.raises(InvalidVersion):
        compare(ecosystem, "1" * (LENGTH_LIMIT + 1), "1")


@pytest.mark.parametrize(
    ("ecosystem", "text"),
    [
        ("Debian", "a:1.0"),
        ("Debian", "1:"),
        ("Debian", "1.0 2"),
        ("npm", "latest"),
        ("NuGet", "1.2.3.4.5"),
        ("RubyGems", "1..2"),
        ("Hackage", "1.x"),
    ],
)
def test_what_the_native_tool_refuses(ecosystem: str, text: str) -> None:
    with pytest.raises(InvalidVersion):
        compare(ecosystem, text, "1.0")


def test_an_ecosystem_that_nobody_knows() -> None:
    with pytest.raises(UnknownEcosystem):
        compare("Alpine Linux", "1", "2")
    with pytest.raises(UnknownEcosystem):
        compare("", "1", "2")


# The laws: each example is made once and put to every scheme; those that break the law are named.


def is_antisymmetric(ecosystem: str, a: str, b: str) -> bool:
    try:
        return compare(ecosystem, a, b) == -compare(ecosystem, b, a) and compare(ecosystem, a, a) == 0
    except InvalidVersion:
        return True


@settings(max_examples=300)
@given(a=VERSIONS, b=VERSIONS)
def test_it_is_the_other_way_round_from_the_other_side(a: str, b: str) -> None:
    assert not [ecosystem for ecosystem in ONE_OF_EACH if not is_antisymmetric(ecosystem, a, b)]


KEYED: Final = sorted(set(ONE_OF_EACH) - {name for name in ONE_OF_EACH if SCHEMES[name].name == "composer"})


def is_transitive(ecosystem: str, a: str, b: str, c: str) -> bool:
    try:
        premises = compare(ecosystem, a, b) <= 0 and compare(ecosystem, b, c) <= 0
        return not premises or compare(ecosystem, a, c) <= 0
    except InvalidVersion:
        return True


@settings(max_examples=300)
@given(a=VERSIONS, b=VERSIONS, c=VERSIONS)
def test_older_than_what_is_older_is_older(a: str, b: str, c: str) -> None:
    """Not of Composer: PHP's own order goes in circles (a number is newer than `#`, which equals the end)."""
    assert not [ecosystem for ecosystem in KEYED if not is_transitive(ecosystem, a, b, c)]


@settings(max_examples=300)
@given(text=st.text(max_size=40))
def test_whatever_the_text_is_it_is_a_version_or_an_invalid_one(text: str) -> None:
    for ecosystem in ONE_OF_EACH:
        with suppress(InvalidVersion):
            assert compare(ecosystem, text, text) == 0, ecosystem
