"""Packages and advisories joined: one finding for each vulnerability and place, with proof, worst first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.admission.covering import Expectations
from pratique.admission.report import Finding, Report, make_report
from pratique.admission.report_groups import groups_of
from pratique.advisories import Answer, Holding, Match
from pratique.advisories.record import Kind
from pratique.clock import DAY, Moment
from pratique.inventory.contents import Contents, Located
from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.packages import Component, Severity, read_ecosystem

NOW: Final = Moment(1_790_000_000 * 1_000_000)  # 2026-09
LAYER: Final = "sha256:" + "ab" * 32
TRIXIE: Final = Distribution("debian", "13")
CURL: Final = Package("deb", "libcurl4", "8.0-1", architecture="amd64", source="curl")
SIX: Final = Package("pypi", "Six", "1.0")


def holding(ecosystem: str, age: int = 1) -> Holding:
    return Holding(ecosystem, read_ecosystem(ecosystem), Moment(NOW - age * DAY), "2026-09-01T00:00:00Z", 10)


class Known:
    """Advisories by package name."""

    def __init__(self, answers: dict[str, list[Answer]], *holdings: Holding) -> None:
        self._answers = answers
        self._holdings = holdings
        self.asked: list[Component] = []

    def about(self, component: Component) -> Sequence[Answer]:
        self.asked.append(component)
        return self._answers.get(component.name, [])

    def holdings(self) -> Sequence[Holding]:
        return self._holdings


def answer(
    name: str,
    *aliases: str,
    severity: Severity = Severity.HIGH,
    fixed: str = "9",
    state: str = "",
    kind: Kind = Kind.SECURITY,
    how: str = "alias",
    source: str = "here",
) -> Answer:
    return Answer(
        id=name,
        kind=kind,
        severity=severity,
        match=Match("introduced 0", (fixed,) if fixed else ()),
        source=source,
        state=state,
        names=tuple((how, alias) for alias in aliases),
    )


def located(package: Package, path: str = "x", state: str = "") -> Located:
    return Located(package, path, LAYER, "reader", "owned" if state == "owned" else "")


def report(
    answers: dict[str, list[Answer]],
    *packages: Located,
    distribution: Distribution | None = TRIXIE,
    holdings: Sequence[Holding] = (holding("Debian:13"), holding("PyPI")),
    expected: Expectations | None = None,
) -> Report:
    return make_report(Contents(distribution, packages), Known(answers, *holdings), NOW, expected)


def only(found: Report) -> Finding:
    (finding,) = found.findings
    return finding


def test_a_finding_carries_its_proof() -> None:
    found = report({"curl": [answer("DSA-1", "CVE-1", how="upstream")]}, located(CURL, "var/lib/dpkg/status"))
    finding = only(found)
    assert (finding.id, finding.aliases, finding.package) == ("DSA-1", ("CVE-1",), "libcurl4")
    assert finding.purl == "pkg:deb/debian/libcurl4@8.0-1?arch=amd64&distro=debian-13&upstream=curl"
    assert (finding.version, finding.fixed, finding.state) == ("8.0-1", ("9",), "fixed")
    assert (finding.path, finding.layer) == ("var/lib/dpkg/status", LAYER)
    proof = finding.proof
    assert (proof.advisory, proof.range, proof.source, proof.compared) == (
        "DSA-1",
        "introduced 0",
        "here",
        "8.0-1",
    )
    assert not found.errors


def test_a_package_is_called_as_its_own_tools_call_it() -> None:
    """`crypto` could be anybody's; scanners beside ours say it so too."""
    package = Package("golang", "crypto", "v0.1.0", namespace="golang.org/x")
    known = {"golang.org/x/crypto": [answer("GO-1")]}
    found = report(known, located(package), distribution=None, holdings=(holding("Go"),))
    assert only(found).package == "golang.org/x/crypto"


def test_the_epoch_of_an_rpm_is_part_of_its_version() -> None:
    package = Package("rpm", "dbus", "1.12-1.el8", epoch="1")
    found = report(
        {"dbus": [answer("ALSA-1")]}, located(package), distribution=Distribution("almalinux", "8")
    )
    assert (only(found).version, only(found).proof.compared) == ("1:1.12-1.el8", "1:1.12-1.el8")


def test_packages_are_asked_for_by_their_source_once() -> None:
    known = Known({})
    packages = (located(CURL), located(Package("deb", "curl", "8.0-1")), located(SIX))
    make_report(Contents(TRIXIE, packages), known, NOW)
    assert [(each.name, each.version) for each in known.asked] == [("curl", "8.0-1"), ("six", "1.0")]


def test_every_place_of_a_package_is_a_finding() -> None:
    found = report({"six": [answer("PYSEC-1")]}, located(SIX, "b"), located(SIX, "a"))
    assert [each.path for each in found.findings] == ["a", "b"]
    assert [each.path for each in found.packages] == ["b", "a"]


def test_what_the_distribution_owns_is_told_as_owned() -> None:
    found = report({"six": [answer("PYSEC-1")]}, located(SIX, state="owned"), holdings=[holding("Debian:13")])
    assert only(found).state == "owned"
    assert only(found).is_harmless
    assert not found.errors, "nobody needs to know of PyPI what the distribution answers for"


def test_notices_tell_of_no_vulnerability() -> None:
    finding = only(report({"six": [answer("RUSTSEC-1", kind=Kind.INFORMATIONAL)]}, located(SIX)))
    assert (finding.severity, finding.is_informational, finding.is_harmless) == (Severity.NONE, True, True)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("", "affected"),
        ("needed", "affected"),
        ("pending", "affected"),
        ("released", "affected"),
        ("needs-triage", "under_investigation"),
        ("deferred", "deferred"),
        ("ignored", "wont_fix"),
        ("end-of-life", "end_of_life"),
        ("something new", "affected"),
    ],
)
def test_states_of_what_has_no_fix(word: str, state: str) -> None:
    assert only(report({"six": [answer("X-1", fixed="", state=word)]}, located(SIX))).state == state


def test_worst_first_and_what_is_unknown_where_it_counts() -> None:
    answers = [
        answer("A", severity=Severity.LOW),
        answer("B", severity=Severity.UNKNOWN),
        answer("C", severity=Severity.HIGH),
        answer("D", severity=Severity.CRITICAL),
        answer("E", severity=Severity.HIGH, fixed=""),
        answer("F", kind=Kind.INFORMATIONAL),
        answer("G", severity=Severity.MEDIUM),
    ]
    told = report({"six": answers}, located(SIX))
    assert "".join(each.id for each in told.findings) == "DCEBGAF"
    low = report({"six": answers}, located(SIX), expected=Expectations(unknown_as=Severity.LOW))
    assert "".join(each.id for each in low.findings) == "DCEGABF"


def test_sources_of_one_vulnerability_are_one_finding() -> None:
    answers = [
        answer("PYSEC-1", "CVE-1", severity=Severity.UNKNOWN, source="pypa"),
        answer("GHSA-1", "CVE-1", severity=Severity.CRITICAL, source="github"),
        answer("GLAM-1", "GHSA-1", severity=Severity.LOW, source="gitlab"),
    ]
    finding = only(report({"six": answers}, located(SIX)))
    assert (finding.id, finding.aliases) == ("GHSA-1", ("CVE-1", "GLAM-1", "PYSEC-1"))
    assert finding.severity == Severity.CRITICAL
    assert [each.source for each in finding.also] == ["gitlab", "pypa"]


def test_the_record_of_the_distribution_wins() -> None:
    answers = [
        answer("CVE-1", severity=Severity.CRITICAL, source="somebody"),
        answer("DEBIAN-CVE-1", "CVE-1", severity=Severity.LOW, source="Debian", how="upstream"),
    ]
    finding = only(report({"curl": answers}, located(CURL)))
    assert (finding.id, finding.severity, finding.proof.source) == ("DEBIAN-CVE-1", Severity.LOW, "Debian")
    unknown = [answer("CVE-1", severity=Severity.MEDIUM), answer("DSA-1", "CVE-1", severity=Severity.UNKNOWN)]
    assert only(report({"curl": unknown}, located(CURL))).severity == Severity.MEDIUM


def test_what_is_only_related_joins_nothing_and_is_a_name() -> None:
    answers = [answer("ALSA-1", "CVE-1", "CVE-2", how="related"), answer("ALSA-2", "CVE-1", how="related")]
    found = report({"curl": answers}, located(CURL))
    assert [(each.id, each.aliases) for each in found.findings] == [
        ("ALSA-1", ("CVE-1", "CVE-2")),
        ("ALSA-2", ("CVE-1",)),
    ]


def test_what_is_related_is_another_vulnerability_but_where_distributions_say_so() -> None:
    """Who accepts CVE-1 has not accepted what has no number of its own yet."""
    found = report({"six": [answer("GHSA-1", "CVE-1", how="related")]}, located(SIX))
    assert [(each.id, each.aliases) for each in found.findings] == [("GHSA-1", ())]


def test_bundles_stand_alone_unless_each_vulnerability_has_a_record() -> None:
    bundle = answer("USN-1", "CVE-1", "CVE-2", how="upstream")
    one, other = answer("U-CVE-1", "CVE-1", how="upstream"), answer("U-CVE-2", "CVE-2", how="upstream")
    assert [[each.id for each in group.answers] for group in groups_of([bundle, one])] == [
        ["U-CVE-1"],
        ["USN-1"],
    ]
    assert [[each.id for each in group.answers] for group in groups_of([bundle, one, other])] == [
        ["U-CVE-1", "USN-1"],
        ["U-CVE-2", "USN-1"],
    ]
    overlapping = answer("USN-2", "CVE-2", "CVE-3", how="upstream")
    assert len(groups_of([bundle, overlapping])) == 2


NAMES: Final = ["CVE-1", "CVE-2", "GHSA-1", "GHSA-2", "PYSEC-1"]
ANSWERS: Final = st.lists(
    st.builds(
        lambda name, aliases: answer(name, *sorted(aliases)),
        st.sampled_from([*NAMES, "DSA-1", "GO-1"]),
        st.sets(st.sampled_from(NAMES), max_size=4),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@given(ANSWERS, st.randoms())
def test_no_answer_is_lost_and_no_order_matters(answers: list[Answer], random: object) -> None:
    shuffled = list(answers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a random.Random
    groups = [[each.id for each in group.answers] for group in groups_of(answers)]
    assert {name for group in groups for name in group} == {each.id for each in answers}
    assert groups == [[each.id for each in group.answers] for group in groups_of(shuffled)]


def test_what_no_source_covers_could_not_be_examined() -> None:
    found = report({}, located(CURL), located(SIX), holdings=[holding("PyPI")])
    assert found.errors == ("could not be examined: no current advisories for debian:13",)
    assert [(each.ecosystem, bool(each.problem)) for each in found.coverage] == [
        ("debian:13", True),
        ("PyPI", False),
    ]


@pytest.mark.parametrize("distribution", [None, Distribution("", ""), Distribution("hannah-montana", "1")])
def test_an_unknown_distribution_could_not_be_examined(distribution: Distribution | None) -> None:
    found = report({}, located(CURL), distribution=distribution)
    assert len(found.errors) == 1
    assert found.errors[0].startswith("could not be examined")


def test_packages_of_another_distributions_kind_are_not_covered_by_its_advisories() -> None:
    """An image hides nothing by the name of another distribution."""
    wolfi = Distribution("wolfi", "20230201")
    held = (holding("Wolfi"), holding("Debian:13"))
    curl, musl = Located(CURL, "x", LAYER, "dpkg"), Located(Package("apk", "musl", "1"), "x", LAYER, "apk")
    forged = report({}, curl, musl, distribution=wolfi, holdings=held)
    assert forged.errors == ("could not be examined: no current advisories for deb",)
    assert report({}, curl, musl, holdings=held).errors == (
        "could not be examined: no current advisories for apk",
    )
    assert (
        report({}, curl, holdings=held).errors
        == report({}, musl, distribution=wolfi, holdings=held).errors
        == ()
    )
    # A bill of materials may speak of anything.
    assert report({}, Located(CURL, "x", LAYER, "sbom"), distribution=wolfi, holdings=held).errors == ()


def below(package: Package, identifier: str, release: str = "") -> Located:
    """A package of a system below another root."""
    distro = "-".join(filter(None, (identifier, release)))
    return located(replace(package, namespace=identifier, distro=distro), "jail/var/lib/dpkg/status")


def test_systems_below_other_roots_are_matched_and_covered_by_their_own_distribution() -> None:
    inner = below(CURL, "ubuntu", "22.04")
    held = (holding("Debian:13"), holding("Ubuntu:22.04:LTS"))
    found = report({"curl": [answer("CVE-1")]}, located(CURL), inner, holdings=held)
    assert [one.purl.partition("?")[0] for one in found.findings] == [
        "pkg:deb/debian/libcurl4@8.0-1",
        "pkg:deb/ubuntu/libcurl4@8.0-1",
    ]
    assert [one.ecosystem for one in found.coverage] == ["debian:13", "ubuntu:22.04"]
    assert found.errors == ()


@pytest.mark.parametrize(("identifier", "release"), [("ubuntu", "20.04"), ("unknown", ""), ("alpine", "")])
def test_a_system_below_another_root_that_no_source_covers_is_told(identifier: str, release: str) -> None:
    found = report({"curl": [answer("CVE-1")]}, located(CURL), below(CURL, identifier, release))
    assert {one.id for one in found.findings} == {"CVE-1"}
    (error,) = found.errors
    assert identifier in error


def test_one_system_in_another_of_the_same_release_is_covered_once() -> None:
    found = report({}, located(CURL), below(CURL, "debian", "13"), below(SIX, "debian", "13.1"))
    assert [one.ecosystem for one in found.coverage] == ["debian:13"]
    alone = report({}, below(CURL, "debian", "13"), distribution=None)
    assert [one.ecosystem for one in alone.coverage] == ["debian:13"]


def test_nothing_inside_is_nothing_to_cover() -> None:
    assert report({}, distribution=None) == Report()


def test_old_advisories_cover_nothing() -> None:
    old = report({}, located(SIX), distribution=None, holdings=[holding("PyPI", age=31)])
    assert "31 days ago" in old.errors[0]
    patient = Expectations(max_age=40 * DAY)
    assert not report(
        {}, located(SIX), distribution=None, holdings=[holding("PyPI", age=31)], expected=patient
    ).errors


def test_types_that_nobody_publishes_for_are_told() -> None:
    found = report({}, located(Package("conda", "x", "1")), distribution=None)
    assert found.errors == ("could not be examined: no current advisories for conda",)
