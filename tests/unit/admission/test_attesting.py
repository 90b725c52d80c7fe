"""The predicates that the registry signs: what they say, in which names, and that the same gives the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.admission.attesting.forms import BILLS, PREDICATES, REPORTS, Form, asked_by
from pratique.admission.attesting.predicates import Scanner, not_affected, openvex, vulnerabilities
from pratique.admission.known import Proof
from pratique.admission.report import Finding, Listed, Report
from pratique.advisories import Clearance
from pratique.clock import SECOND, Moment, rfc3339
from pratique.oci.digest import digest_of
from pratique.packages import Severity
from pratique.projects import Admission, Project
from pratique.trust.predicates import facts_of
from pratique.trust.signing import Named

IMAGE = Named("registry.example.test", "team/app", digest_of(b"image"), "application/json", 5)
AT = Moment(1_800_000_000 * SECOND)
SSL, ZLIB = "pkg:deb/ubuntu/openssl@3.0.2", "pkg:deb/ubuntu/zlib1g@1.2.11"
URL = "https://registry.example.test"


def project(**metadata: str) -> Project:
    return Project(1, "team", False, Admission.OPEN, "admin", 1, AT, AT, metadata)


@pytest.mark.parametrize(
    ("metadata", "forms"),
    [
        ({}, ()),
        ({"auto_sbom_generation": "true"}, BILLS),
        ({"auto_scan": "true"}, REPORTS),
        ({"prevent_vul": "true", "auto_scan": "false"}, REPORTS),
        ({"auto_sbom_generation": "true", "prevent_vul": "true"}, tuple(Form)),
        ({"auto_sbom_generation": "false", "severity": "high"}, ()),
    ],
)
def test_what_a_project_has_on(metadata: dict[str, str], forms: tuple[Form, ...]) -> None:
    assert asked_by(project(**metadata)) == set(forms)


def report() -> Report:
    found = Finding(
        id="UBUNTU-CVE-2026-1",
        aliases=("CVE-2026-1",),
        package="openssl",
        purl=SSL,
        version="3.0.2",
        fixed=("3.0.3",),
        severity=Severity.HIGH,
        state="fixed",
        path="var/lib/dpkg/status",
        layer="sha256:00",
        proof=Proof("UBUNTU-CVE-2026-1", "introduced 0, fixed 3.0.3", "Ubuntu", "3.0.2"),
    )
    return Report((Listed(SSL, "var/lib/dpkg/status", "sha256:00"),), (found,))


def test_a_scan_is_what_cosign_reads() -> None:
    predicate = vulnerabilities(report(), Scanner(URL, 7), AT)
    facts = facts_of(PREDICATES[Form.VULNERABILITIES], predicate)
    assert facts["kind"] == "vulnerabilities"
    assert "problem" not in facts
    assert facts["finished_on"] == facts["started_on"] == rfc3339(AT)
    assert predicate["scanner"]["db"] == {"uri": URL, "version": "7"}
    result = predicate["scanner"]["result"]
    assert set(result) == {"findings", "coverage", "errors"}
    assert result["findings"][0]["fixed"] == ["3.0.3"]


def test_packages_that_are_free_of_the_same_are_one_statement() -> None:
    one = Clearance("UBUNTU-CVE-2026-2", "Ubuntu", ("CVE-2026-2",))
    (statement,) = not_affected([(ZLIB, one), (SSL, one), (SSL, one)], IMAGE)
    assert statement["vulnerability"] == {"name": "CVE-2026-2", "aliases": ["UBUNTU-CVE-2026-2"]}
    (product,) = statement["products"]
    assert product["subcomponents"] == [{"@id": SSL}, {"@id": ZLIB}]
    assert product["@id"].endswith("?repository_url=registry.example.test/team/app")
    assert "Ubuntu" in statement["impact_statement"]


@pytest.mark.parametrize(
    ("clearance", "name"),
    [
        (Clearance("CVE-2026-2", "Debian"), "CVE-2026-2"),
        (Clearance("DSA-1", "Debian"), "DSA-1"),
        (Clearance("USN-1", "Ubuntu", ("CVE-2026-2", "CVE-2026-3")), "USN-1"),
    ],
)
def test_it_is_named_by_its_cve_where_it_has_one(clearance: Clearance, name: str) -> None:
    (statement,) = not_affected([(SSL, clearance)], IMAGE)
    assert statement["vulnerability"]["name"] == name


def document(*cleared: tuple[str, Clearance]) -> dict[str, Any]:
    return openvex(not_affected(cleared, IMAGE), IMAGE.digest, URL, AT)


def test_openvex_is_what_others_read() -> None:
    facts = facts_of(PREDICATES[Form.OPENVEX], document((SSL, Clearance("CVE-2026-2", "Debian"))))
    assert facts["statuses"] == {"not_affected": 1}
    assert facts["author"] == URL


@given(st.permutations([(purl, Clearance(f"CVE-{n}", "Debian")) for n in range(3) for purl in (SSL, ZLIB)]))
def test_the_same_words_are_the_same_document_in_whichever_order(
    cleared: list[tuple[str, Clearance]],
) -> None:
    assert json.dumps(document(*cleared)) == json.dumps(document(*sorted(cleared, key=str)))


def test_another_word_is_another_document() -> None:
    one, other = Clearance("CVE-2026-2", "Debian"), Clearance("CVE-2026-3", "Debian")
    assert document((SSL, one))["@id"] != document((SSL, other))["@id"]
