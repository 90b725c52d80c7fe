"""Which package a package URL means, of those that are there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.packages import names_package

LOG4J = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar#a/b"


@pytest.mark.parametrize(
    "named",
    [
        LOG4J,
        "pkg:maven/org.apache.logging.log4j/log4j-core",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
        "pkg:MAVEN/org.apache.logging.log4j/log4j-core@2.14.1?type=jar",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1#a/b",
    ],
)
def test_what_it_leaves_out_may_be_anything(named: str) -> None:
    assert names_package(named, LOG4J)


@pytest.mark.parametrize(
    "named",
    [
        "",
        "log4j-core",
        "pkg:maven/log4j-core@2.14.1",
        "pkg:maven/org.apache.logging.log4j/log4j-api@2.14.1",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?classifier=x",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1#c",
        "pkg:npm/log4j-core@2.14.1",
        "pkg:maven/" + "x" * 5_000,
    ],
)
def test_what_it_says_must_be_so(named: str) -> None:
    assert not names_package(named, LOG4J)


def test_names_are_compared_as_their_ecosystem_spells_them() -> None:
    assert names_package("pkg:pypi/Typing_Extensions", "pkg:pypi/typing-extensions@4.0")
    assert not names_package("pkg:npm/Left", "pkg:cargo/left@1")


@given(st.text(), st.text())
def test_whatever_it_is_given_it_answers(named: str, present: str) -> None:
    assert names_package(f"pkg:{named}", f"pkg:{present}") in (True, False)
