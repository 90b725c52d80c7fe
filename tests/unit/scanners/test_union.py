"""What several sources say of one image: all of it counts, and where they differ is told."""

import pytest

from pratique.packages import Severity
from pratique.policy import Finding
from pratique.scanners import ForeignFinding, Said, beside, disagreements
from pratique.scanners.disagreements import spelled
from pratique.scanners.foreign import finding_of

HIGH, LOW = Severity.HIGH, Severity.LOW


def ours(**more: object) -> Finding:
    told = {
        "id": "PYSEC-1",
        "aliases": ("CVE-1",),
        "package": "a 1",
        "severity": HIGH,
        "state": "fixed",
        **more,
    }
    return Finding(**told)  # type: ignore[arg-type]  # what differs is each test's


def theirs(severity: Severity = HIGH, package: str = "a", status: str = "", fixed: str = "") -> Finding:
    return finding_of(ForeignFinding("cve-1", package, "1", fixed, severity, status))


def test_what_is_said_already_by_any_name_is_not_said_twice() -> None:
    assert beside([ours()], [theirs()]) == ()
    assert beside([ours()], [theirs(LOW)]) == ()


def test_what_is_worse_or_elsewhere_or_was_cleared_counts_as_well() -> None:
    assert len(beside([ours(severity=LOW)], [theirs()])) == 1
    assert len(beside([ours()], [theirs(package="b")])) == 1
    assert len(beside([ours(state="owned")], [theirs()])) == 1
    assert len(beside([ours(is_informational=True)], [theirs()])) == 1
    assert beside([], [theirs()]) == (theirs(),)


def test_a_scanner_can_clear_nothing() -> None:
    assert theirs(status="not_affected").state == "affected"
    assert theirs(status="will_not_fix").state == "wont_fix"
    assert (theirs(fixed="2, 3").state, theirs(fixed="2, 3").fixed) == ("fixed", ("2", "3"))


def said(name: str, severity: Severity = HIGH, *aliases: str, fixed: tuple[str, ...] = ()) -> Said:
    return Said(name, aliases, "a", "1", severity, fixed)


def test_sources_that_agree_are_not_listed() -> None:
    assert disagreements({"x": [said("PYSEC-1", HIGH, "CVE-1")], "y": [said("cve-1")]}) == ()
    assert disagreements({"x": [said("CVE-1", Severity.UNKNOWN)], "y": [said("CVE-1", fixed=("2",))]}) == ()


def test_what_one_misses_or_weighs_or_mends_otherwise_is_listed() -> None:
    (one,) = disagreements({"x": [said("PYSEC-1", HIGH, "CVE-1")], "y": []})
    assert (one.id, one.differs, one.sources["y"]) == ("CVE-1", ("presence",), None)
    (two,) = disagreements(
        {"x": [said("CVE-2", LOW, fixed=("2",))], "y": [said("CVE-2", HIGH, fixed=("3",))]}
    )
    assert two.differs == ("severity", "fixed")


def test_names_meet_through_what_any_source_knows() -> None:
    chain = {"x": [said("A", HIGH, "CVE-9")], "y": [said("B", HIGH, "CVE-9")], "z": [said("B", HIGH, "A")]}
    assert disagreements(chain) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Foo_Bar.baz", "foo-bar-baz"),
        ("org.apache:log4j-core 2.14.1", "log4j-core 2.14.1"),
        ("golang.org/x/net", "net"),
        ("@babel/core 7.0", "core 7.0"),
    ],
)
def test_a_package_meets_itself_in_another_spelling(one: str, other: str) -> None:
    assert spelled(one) == spelled(other)


def test_the_epoch_of_a_version_is_no_group() -> None:
    assert spelled("bsdutils 1:2.36") != spelled("bsdutils 2.36")
    assert spelled("bsdutils 1:2.36") != spelled("mount 1:2.36")
