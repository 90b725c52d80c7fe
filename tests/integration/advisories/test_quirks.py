"""What real sources do that a reader of the schema alone would get wrong: a test for each, from record to answer.

1 AlmaLinux, 2 Go, 3 PyPA, 4 Bell, 5 Bitnami, 6 RustSec, 7 Ubuntu, 8 CleanStart, 9 ranges of any shape, 10 releases.
Severity is in tests/unit/advisories/test_severity.py, whole imports in test_importing.py.
"""

from pathlib import Path
from typing import Any

import pytest
from tests.advising import Desk, affected, catalogue, record

from pratique.advisories.record import Kind

START = {"introduced": "0"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def alma(identifier: str, *packages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """As AlmaLinux publishes: no schema_version, no severity, its CVEs `related`."""
    return {
        "id": identifier,
        "modified": "2026-01-01T00:00:00Z",
        "related": ["CVE-2026-1"],
        "summary": "Moderate: curl security update",
        "affected": list(packages),
        **fields,
    }


def rpm(name: str, version: str, epoch: str = "") -> str:
    more = f"&epoch={epoch}" if epoch else ""
    return f"pkg:rpm/almalinux/{name}@{version}?distro=almalinux-8.9{more}"


def test_1_almalinux_says_how_bad_before_its_summary(desk: Desk) -> None:
    desk.say(
        "AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "curl", START, {"fixed": "7.61-4.el8"}))
    )
    assert desk.severities(rpm("curl", "7.61-3.el8")) == ["medium"]


EXPLOITED = catalogue("CVE-2026-1")


def test_1_what_almalinux_relates_is_no_alias(desk: Desk) -> None:
    """Else the severity of one CVE would count for each advisory that mends it among others."""
    desk.say("AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "curl", START), summary="curl update"))
    desk.say("PyPI", record(1, database_specific={"severity": "CRITICAL"}))
    (answer,) = desk.about(rpm("curl", "7.61-3.el8"))
    assert (str(answer.severity), answer.is_exploited) == ("unknown", False)
    assert answer.names == (("mended", "CVE-2026-1"),)


def test_1_what_almalinux_mends_may_be_known_to_be_exploited(desk: Desk) -> None:
    """133 of its advisories are on such a vulnerability, and name it nowhere else."""
    desk.say("AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "curl", START)))
    desk.take(desk.file("kev.json", EXPLOITED))
    (answer,) = desk.about(rpm("curl", "7.61-3.el8"))
    assert (str(answer.severity), answer.is_exploited) == ("critical", True)


def test_1_what_others_relate_is_not_theirs(desk: Desk) -> None:
    related = {**record(2), "aliases": [], "related": ["CVE-2026-1"]}
    desk.say("PyPI", related)
    desk.take(desk.file("kev.json", EXPLOITED))
    assert [
        one.is_exploited for one in desk.about(f"pkg:pypi/{related['affected'][0]['package']['name']}@1.0")
    ] == [False]


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("ALSA-2026:1", Kind.SECURITY),
        ("ALBA-2026:1", Kind.INFORMATIONAL),
        ("ALEA-2026:1", Kind.INFORMATIONAL),
    ],
)
def test_1_bug_fixes_and_enhancements_of_almalinux_are_listed_and_no_security(
    desk: Desk, identifier: str, kind: Kind
) -> None:
    desk.say("AlmaLinux", alma(identifier, affected("AlmaLinux:8", "curl", START, {"fixed": "7.61-4.el8"})))
    (answer,) = desk.about(rpm("curl", "7.61-3.el8"))
    assert (answer.id, answer.kind) == (identifier, kind)


def test_1_builds_of_modules_and_others_are_not_held_against_each_other(desk: Desk) -> None:
    fix = {"fixed": "1:12.0-2.module_el8.5.0+2"}
    desk.say("AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "nodejs", START, fix)))
    assert desk.ids(rpm("nodejs", "10.1-1.module_el8.3.0+1", "1")) == ["ALSA-2026:1"]
    assert desk.ids(rpm("nodejs", "10.1-1.el8", "1")) == []


def test_1_a_build_that_mends_a_module_is_mended_though_a_rebuild_is_newer(desk: Desk) -> None:
    """One advisory lists them all under one name (ALSA-2019:3708, Judy)."""
    builds = ("1.0.5-18.module_el8.6.0+2867", "1.0.5-18.module_el8.3.0+2028")
    packages = [affected("AlmaLinux:8", "Judy", START, {"fixed": build}) for build in builds]
    desk.say("AlmaLinux", alma("ALSA-2019:3708", *packages))
    assert [desk.ids(rpm("Judy", build.replace("+", "%2B"))) for build in builds] == [[], []]
    assert desk.ids(rpm("Judy", "1.0.5-17.module_el8.3.0%2B1")) == ["ALSA-2019:3708"]


def test_1_epochs_of_rpm_come_first(desk: Desk) -> None:
    desk.say(
        "AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "bind", START, {"fixed": "32:9.11-1.el8"}))
    )
    assert desk.ids(rpm("bind", "9.20-1.el8")) == ["ALSA-2026:1"]
    assert desk.ids(rpm("bind", "9.20-1.el8", "32")) == []


def test_1_advisories_on_rpms_go_by_binary_names(desk: Desk) -> None:
    desk.say("AlmaLinux", alma("ALSA-2026:1", affected("AlmaLinux:8", "libcurl", START)))
    assert desk.ids(rpm("libcurl", "7.61-3.el8") + "&upstream=curl-7.61-3.el8.src.rpm") == ["ALSA-2026:1"]
    assert desk.ids(rpm("curl", "7.61-3.el8")) == []


def go(number: int, name: str, *events: dict[str, str], **fields: Any) -> dict[str, Any]:
    """As Go's database is in git: every date is the year 1."""
    first = "0001-01-01T00:00:00Z"
    packages = [affected("Go", name, *events, ecosystem_specific={"imports": [{"path": name}], **fields})]
    return {
        "id": f"GO-2026-{number}",
        "modified": first,
        "published": first,
        "affected": packages,
    }


def test_2_a_record_of_go_is_known_by_its_bytes_and_not_by_its_date(desk: Desk) -> None:
    desk.say("Go", go(1, "stdlib", START, {"fixed": "1.20.1"}))
    assert desk.say("Go", go(1, "stdlib", START, {"fixed": "1.20.2"})).changed == 1
    assert desk.ids("pkg:golang/stdlib@go1.20.1") == ["GO-2026-1"]


def test_2_the_year_1_is_no_date(desk: Desk) -> None:
    desk.say("Go", go(1, "stdlib", START))
    (holding,) = desk.holdings()
    assert (holding.source, holding.newest) == ("Go", "")


@pytest.mark.parametrize(
    ("purl", "is_affected"),
    [
        ("pkg:golang/stdlib@go1.20.1", True),
        ("pkg:golang/stdlib@1.20.1", True),
        ("pkg:golang/stdlib@v1.20.3", False),
        ("pkg:golang/stdlib@go1.20.2", False),
        ("pkg:golang/stdlib@go1.20rc1", True),
    ],
)
def test_2_versions_of_go_with_v_and_go_and_without(desk: Desk, purl: str, is_affected: bool) -> None:
    desk.say("Go", go(1, "stdlib", START, {"fixed": "1.20.2"}))
    assert bool(desk.ids(purl)) is is_affected


def test_2_the_toolchain_is_a_package_of_its_own(desk: Desk) -> None:
    desk.say("Go", go(1, "toolchain", START, {"fixed": "1.20.2"}))
    assert desk.ids("pkg:golang/toolchain@go1.20.1") == ["GO-2026-1"]
    assert desk.ids("pkg:golang/stdlib@go1.20.1") == []


def test_2_custom_ranges_of_go_mend_nothing(desk: Desk) -> None:
    """Their versions are of tags that Go's module system does not see: binaries carry others."""
    custom = [{"type": "ECOSYSTEM", "events": [START, {"fixed": "1.9.0"}]}]
    desk.say("Go", go(1, "k8s.io/ingress-nginx", START, custom_ranges=custom))
    assert desk.ids("pkg:golang/k8s.io/ingress-nginx@v1.9.1") == ["GO-2026-1"]


def test_3_versions_that_are_only_listed(desk: Desk) -> None:
    desk.say("PyPI", record(1, affected=[affected("PyPI", "x", versions=["1.0b3", "1.0"])]))
    assert desk.ids("pkg:pypi/x@1.0b3") == ["PYSEC-2026-1"]
    assert desk.ids("pkg:pypi/x@1.1") == []


def test_3_versions_listed_beside_ranges_and_commits(desk: Desk) -> None:
    mixed = affected("PyPI", "x", {"introduced": "2.0"}, {"fixed": "2.1"}, versions=["1.0"])
    mixed["ranges"].append({"type": "GIT", "repo": "https://example.org/x", "events": [START]})
    desk.say("PyPI", record(1, affected=[mixed]))
    assert [desk.ids(f"pkg:pypi/x@{version}") != [] for version in ("1.0", "1.5", "2.0.1", "2.1")] == [
        True,
        False,
        True,
        False,
    ]


def test_3_a_date_to_come_is_nobodys_newest(desk: Desk) -> None:
    """PyPA said 2027; when that is put right, the source has not become older."""
    desk.say("PyPI", record(1), record(2, modified="2027-07-09T15:54:00Z"))
    assert [one.newest for one in desk.holdings()] == [record(1)["modified"]]
    assert desk.say("PyPI", record(1), record(2)).changed == 1


def test_3_names_of_python_are_compared_as_pep_503_says(desk: Desk) -> None:
    desk.say("PyPI", record(1, affected=[affected("PyPI", "Zope.Interface", START)]))
    assert desk.ids("pkg:pypi/zope-interface@1") == desk.ids("pkg:pypi/zope_interface@1") == ["PYSEC-2026-1"]


def bell(number: int, *packages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": f"BELL-CVE-2026-{number}",
        "modified": "2026-01-01T00:00:00Z",
        "affected": list(packages),
        **fields,
    }


def test_4_what_was_introduced_later_than_in_the_beginning(desk: Desk) -> None:
    package = affected("Alpaquita:23", "curl", {"introduced": "8.0-r0"}, {"fixed": "8.1-r2"})
    desk.say("Alpaquita", bell(1, package))
    found = [desk.ids(f"pkg:apk/alpaquita/curl@{v}?distro=23") for v in ("7.9-r9", "8.1-r1", "8.1-r2")]
    assert found == [[], ["BELL-CVE-2026-1"], []]


def test_4_a_withdrawn_record_without_packages(desk: Desk) -> None:
    withdrawn = bell(2, withdrawn="2026-02-01T00:00:00Z")
    del withdrawn["affected"]
    outcome = desk.say("Alpaquita", bell(1, affected("Alpaquita:23", "curl", START)), withdrawn)
    assert outcome.added == 2
    assert [one.records for one in desk.holdings()] == [1]


def test_4_ecosystems_that_older_lists_do_not_have(desk: Desk) -> None:
    hardened = affected("BellSoft Hardened Containers:23", "curl", START)
    assert not desk.say("Alpaquita", bell(1, hardened)).refused
    purl = "pkg:apk/bellsoft-hardened-containers/curl@8-r0?distro=23"
    assert desk.ids(purl) == ["BELL-CVE-2026-1"]


def test_5_several_pairs_in_one_range_and_the_last_affected(desk: Desk) -> None:
    events = [START, {"fixed": "1.1.0"}, {"introduced": "2.0.0"}, {"last_affected": "2.3.0"}]
    desk.say("Bitnami", {"id": "BIT-x-1", "modified": "", "affected": [affected("Bitnami", "x", *events)]})
    versions = {"1.0.9": True, "1.1.0": False, "2.3.0": True, "2.3.1": False}
    assert {v: bool(desk.ids(f"pkg:bitnami/x@{v}")) for v in versions} == versions


@pytest.mark.parametrize("word", ["unmaintained", "unsound", "notice"])
def test_6_what_rustsec_tells_for_information(desk: Desk, word: str) -> None:
    package = affected("crates.io", "time", START, database_specific={"informational": word})
    desk.say("crates.io", {"id": "RUSTSEC-2026-0001", "modified": "", "affected": [package]})
    assert [answer.kind for answer in desk.about("pkg:cargo/time@0.1")] == [Kind.INFORMATIONAL]


def ubuntu(ecosystem: str, status: str, *events: dict[str, str]) -> dict[str, Any]:
    package = affected(ecosystem, "curl", *events, ecosystem_specific={"status": status})
    return {"id": "UBUNTU-CVE-2026-1", "modified": "2026-01-01T00:00:00Z", "affected": [package]}


JAMMY = "pkg:deb/ubuntu/curl@{}?distro=ubuntu-22.04"


@pytest.mark.parametrize("ecosystem", ["Ubuntu:22.04:LTS", "Ubuntu:22.04"])
def test_7_lts_says_nothing(desk: Desk, ecosystem: str) -> None:
    desk.say("Ubuntu", ubuntu(ecosystem, "needed", START))
    assert desk.ids(JAMMY.format("7.81-1")) == ["UBUNTU-CVE-2026-1"]


def test_7_fixes_of_ubuntu_pro_are_held_against_its_builds_only(desk: Desk) -> None:
    desk.say("Ubuntu", ubuntu("Ubuntu:Pro:22.04:LTS", "released", START, {"fixed": "7.81-1ubuntu2+esm2"}))
    assert desk.ids(JAMMY.format("7.81-1ubuntu2+esm1")) == ["UBUNTU-CVE-2026-1"]
    assert desk.ids(JAMMY.format("7.81-1ubuntu1")) == []


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("released (7.81-1ubuntu1.2)", "released"),
        ("needed", "needed"),
        ("needs-triage", "needs-triage"),
        ("deferred (2023-01-01)", "deferred"),
        ("pending (7.81-2)", "pending"),
        ("ignored (too intrusive)", "ignored"),
        ("ignored (end of life, was needed)", "end-of-life"),
        ("ignored (end of standard support)", "end-of-life"),
    ],
)
def test_7_the_sources_word_is_kept(desk: Desk, status: str, state: str) -> None:
    desk.say("Ubuntu", ubuntu("Ubuntu:22.04:LTS", status, START))
    assert [answer.state for answer in desk.about(JAMMY.format("7.81-1"))] == [state]


@pytest.mark.parametrize("status", ["not-affected (code not present)", "DNE"])
def test_7_what_the_source_found_free_is_free(desk: Desk, status: str) -> None:
    desk.say("Ubuntu", ubuntu("Ubuntu:22.04:LTS", status, START))
    assert desk.ids(JAMMY.format("7.81-1")) == []


@pytest.mark.parametrize(
    ("status", "version", "names"),
    [
        ("not-affected (code not present)", "7.81-1", ["UBUNTU-CVE-2026-1"]),
        ("DNE", "7.81-1", []),
        ("needed", "7.81-1", []),
        ("released (7.81-1)", "7.81-2", []),
    ],
)
def test_7_what_the_source_found_free_is_told_where_it_says_so(
    desk: Desk, status: str, version: str, names: list[str]
) -> None:
    """That it does not exist in a release, or is mended in a version, is no word on what is installed."""
    desk.say("Ubuntu", {**ubuntu("Ubuntu:22.04:LTS", status, START), "upstream": ["CVE-2026-1"]})
    found = desk.cleared(JAMMY.format(version))
    assert [one.id for one in found] == names
    assert {one.names for one in found} <= {("CVE-2026-1",)}
    assert desk.cleared("pkg:deb/ubuntu/curl@7.81-1?distro=ubuntu-24.04") == []


def test_7_one_word_that_it_is_affected_is_enough(desk: Desk) -> None:
    both = ubuntu("Ubuntu:22.04:LTS", "not-affected", START)
    both["affected"] += ubuntu("Ubuntu:22.04:LTS", "needed", START)["affected"]
    desk.say("Ubuntu", both)
    assert desk.cleared(JAMMY.format("7.81-1")) == []
    assert desk.ids(JAMMY.format("7.81-1")) == ["UBUNTU-CVE-2026-1"]


def test_7_debian_says_end_of_life_by_urgency(desk: Desk) -> None:
    package = affected("Debian:11", "curl", START, ecosystem_specific={"urgency": "end-of-life"})
    desk.say("Debian", {"id": "DEBIAN-CVE-2026-1", "modified": "", "affected": [package]})
    (answer,) = desk.about("pkg:deb/debian/curl@7?distro=debian-11")
    assert (answer.state, answer.match.fixed) == ("end-of-life", ())


def test_8_nobody_speaks_for_all_releases_of_a_distribution(desk: Desk) -> None:
    package = affected("Alpine", "curl", START)
    outcome = desk.say("CleanStart", {"id": "CLEANSTART-1", "modified": "", "affected": [package]})
    assert dict(outcome.refused) == {"Alpine without release": 1}
    assert desk.ids("pkg:apk/alpine/curl@8-r0?distro=alpine-3.20.1") == []


@pytest.mark.parametrize("ecosystem", ["GHC", "", "Docker Hardened Images:alpine"])
def test_8_ecosystems_whose_versions_nobody_can_compare(desk: Desk, ecosystem: str) -> None:
    outcome = desk.say("ours", {"id": "X-1", "modified": "", "affected": [affected(ecosystem, "x", START)]})
    assert sum(outcome.refused.values()) == 1


def test_9_unfixed_unsorted_and_of_several_types(desk: Desk) -> None:
    package = affected("PyPI", "x", {"fixed": "2.0"}, {"introduced": "1.0"})
    package["ranges"].append({"type": "SEMVER", "events": [{"introduced": "3.0"}]})
    desk.say("PyPI", record(1, affected=[package]))
    versions = {"0.9": False, "1.5": True, "2.5": False, "99": True}
    assert {v: bool(desk.ids(f"pkg:pypi/x@{v}")) for v in versions} == versions
    (answer,) = desk.about("pkg:pypi/x@99")
    assert answer.match.fixed == ()


def test_10_what_is_known_of_one_release_says_nothing_of_another(desk: Desk) -> None:
    package = affected("Debian:11", "curl", START)
    desk.say("Debian", {"id": "DSA-1-1", "modified": "", "affected": [package]})
    purl = "pkg:deb/debian/curl@7"
    assert desk.ids(f"{purl}?distro=debian-11") == ["DSA-1-1"]
    assert desk.ids(f"{purl}?distro=debian-12") == desk.ids(purl) == []
