"""What osv-scanner and Syft say, read; and what is no report of theirs."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.scanners.spoken import DJANGO, OPENSSL, OSV, SYFT

from pratique.errors import Invalid, TooLarge
from pratique.packages import Severity
from pratique.scanners.commands import osv, syft
from pratique.scanners.commands.kinds import version_in
from pratique.scanners.commands.osv import not_loaded, read_results
from pratique.scanners.commands.syft import read_packages
from pratique.scanners.reports import DEPTH_LIMIT, SIZE_LIMIT
from pratique.scanners.values import ForeignFinding, ForeignPackage, Maker


def said(document: Any) -> bytes:
    return json.dumps(document).encode()


def of_one(package: dict[str, Any]) -> bytes:
    return said({"results": [{"packages": [package]}]})


def test_each_record_is_a_finding_of_the_package_as_the_image_calls_it() -> None:
    first, second, third = read_results(said(OSV))
    assert first == ForeignFinding(
        id="PYSEC-2026-1",
        package="django",
        version="2.2.0",
        fixed="2.2.28",
        severity=Severity.CRITICAL,
        link="https://example.org/PYSEC-2026-1",
    )
    assert second == ForeignFinding("PYSEC-2026-3", "django", "2.2.0", "", Severity.MEDIUM)
    assert third == ForeignFinding(
        "DSA-9001-1", "libssl1.1", "1.1.1n-0+deb11u3", "1.1.1n-0+deb11u4", Severity.UNKNOWN
    )


def test_the_nearest_version_mends_whatever_the_order_of_ranges() -> None:
    package = deepcopy(DJANGO)
    package["vulnerabilities"][0]["affected"][0]["ranges"].reverse()
    assert read_results(of_one(package))[0].fixed == "2.2.28"
    package["package"]["version"] = "3.1"
    assert read_results(of_one(package))[0].fixed == "3.2.13"


def test_nothing_found_is_a_report_and_nothing_said_is_none() -> None:
    assert read_results(b'{"results": []}') == []
    assert read_results(b'{"results": null}') == []
    for wrong in (b"", b"{}", b"[]", b'{"results": {}}', b"\xff", b'{"results": [{"packages": [{}'):
        with pytest.raises(Invalid):
            read_results(wrong)


def test_a_report_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        read_results(b" " * (SIZE_LIMIT + 1))
    deep = b'{"results": [], "more": ' + b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT + b"}"
    with pytest.raises(Invalid):
        read_results(deep)
    monkeypatch.setattr(osv, "FINDINGS_LIMIT", 2)
    with pytest.raises(TooLarge):
        read_results(said(OSV))
    monkeypatch.setattr(syft, "FINDINGS_LIMIT", 1)
    with pytest.raises(TooLarge):
        read_packages(said(SYFT))


def test_versions_that_nobody_can_compare_mend_nothing() -> None:
    package = deepcopy(OPENSSL)
    package["package"]["version"] = "not a version"
    package["package"]["ecosystem"] = "Made Up:1"
    package["vulnerabilities"][0]["affected"][1]["package"]["ecosystem"] = "Made Up:1"
    assert [one.fixed for one in read_results(of_one(package))] == [""]


@pytest.mark.parametrize(
    ("ecosystem", "name", "own"),
    [
        ("Maven", "com.fasterxml.jackson.core:jackson-databind", "jackson-databind"),
        ("npm", "@babel/traverse", "traverse"),
        ("Go", "github.com/gin-gonic/gin", "gin"),
        ("Go", "stdlib", "stdlib"),
        ("PyPI", "ruamel.yaml", "ruamel.yaml"),
    ],
)
def test_packages_are_called_without_their_groups(ecosystem: str, name: str, own: str) -> None:
    package = deepcopy(DJANGO)
    package["package"] |= {"ecosystem": ecosystem, "name": name}
    assert {one.package for one in read_results(of_one(package))} == {own}


def test_it_says_in_passing_that_it_had_no_advisories() -> None:
    complaint = (
        "Scanning local image tarball\ncould not load db for PyPI ecosystem: no offline version\nEnd\n"
    )
    assert not_loaded(complaint) == "could not load db for PyPI ecosystem: no offline version"
    assert not_loaded("Loaded PyPI local db from /d/osv-scalibr/PyPI/all.zip\n") is None


def test_packages_are_told_by_their_urls() -> None:
    made_by, packages = read_packages(said(SYFT))
    assert made_by == Maker("syft", "Anchore", "1.52.0")
    assert packages == [
        ForeignPackage(
            "pkg:deb/debian/bsdutils@1:2.36.1-8?arch=amd64&distro=debian-11&upstream=util-linux%402.36.1-8",
            "var/lib/dpkg/status",
        ),
        ForeignPackage(
            "pkg:pypi/django@2.2.0", "usr/local/lib/python3.9/dist-packages/Django-2.2.0.dist-info/METADATA"
        ),
    ]


@pytest.mark.parametrize("purl", ["", "pkg:", "no url", "pkg:pypi/" + "x" * 5_000])
def test_what_has_no_url_is_left_out(purl: str) -> None:
    document = deepcopy(SYFT)
    document["artifacts"][0]["purl"] = purl
    assert [one.purl for one in read_packages(said(document))[1]] == ["pkg:pypi/django@2.2.0"]


@pytest.mark.parametrize("missing", ["artifacts", "descriptor"])
def test_what_is_no_document_of_syfts_is_refused(missing: str) -> None:
    with pytest.raises(Invalid):
        read_packages(said({name: value for name, value in SYFT.items() if name != missing}))


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(),
        lambda below: (
            st.lists(below)
            | st.dictionaries(st.sampled_from(["results", "packages", "artifacts", "id"]), below)
        ),
    )
)
def test_whatever_else_is_said_is_read_or_refused(document: Any) -> None:
    for read in (read_results, read_packages):
        try:
            found = read(said(document))
        except Invalid:
            continue
        assert found is not None


def test_versions_in_what_programs_say_of_themselves() -> None:
    assert version_in("osv-scanner version: 2.5.0\nosv-scalibr version: 0.4.5\ncommit: n/a\n") == "2.5.0"
    assert version_in("Application:   syft\nVersion:       1.52.0\nBuildDate:     x\n") == "1.52.0"
    assert version_in("Version:       [not provided]\n") == "[not provided]"
    assert version_in("") == "unknown"
