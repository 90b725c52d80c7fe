"""What scanners say, read from untrusted bytes."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters import DESCRIBED, vulnerability

from pratique.errors import Invalid, PratiqueError, TooLarge
from pratique.packages import Severity
from pratique.scanners import reports
from pratique.scanners.adapter_client import form_of
from pratique.scanners.metadata import read_metadata
from pratique.scanners.protocol import DOCKER_MANIFEST, GENERIC_REPORT, NATIVE_REPORT, SBOM_REPORT, is_media
from pratique.scanners.reports import read_findings, read_sbom
from pratique.scanners.values import Capability, Maker

DIGEST = f"sha256:{'a' * 64}"


def report(*found: object, **more: object) -> bytes:
    return json.dumps({"vulnerabilities": found, **more}).encode()


def test_findings_are_read_with_who_says_them() -> None:
    scanner = {"name": "Fake", "vendor": "Test", "version": "1"}
    maker, (one, two) = read_findings(
        report(
            vulnerability(
                "CVE-1", severity="critical", fix_version="2", links=["javascript:x"], status="fixed"
            ),
            vulnerability("CVE-2", severity="Grave", links=["https://a.example/CVE-2", "https://b.example"]),
            scanner=scanner,
            artifact={"digest": DIGEST},
        ),
        DIGEST,
    )
    assert maker == Maker("Fake", "Test", "1")
    assert (one.severity, one.fixed, one.link, one.status) == (Severity.CRITICAL, "2", "", "fixed")
    assert (two.severity, two.link) == (Severity.UNKNOWN, "https://a.example/CVE-2")


def test_what_can_not_be_kept_or_shown_is_taken_out_and_twins_are_one() -> None:
    _, found = read_findings(report(*[vulnerability("CVE-\u202e1\x00", package="p\x1b[31m")] * 2), DIGEST)
    assert [(one.id, one.package) for one in found] == [("CVE-1", "p[31m")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"vulnerabilities": 3}',
        b'{"vulnerabilities": [{}]}',
        report({"id": "x" * 256}),
        report({"id": "\x01"}),
        report(artifact={"digest": "sha256:other"}),
        b'{"vulnerabilities": ' + b"[" * 33 + b"]" * 33 + b"}",
        b'{"vulnerabilities": [' + b'{"a":' * 10_000,
    ],
)
def test_what_is_no_report_is_refused_and_never_clean(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_findings(content, DIGEST)


def test_null_is_no_findings_as_scanners_in_go_write_it() -> None:
    assert read_findings(b'{"vulnerabilities": null}', DIGEST) == (None, [])


def test_more_than_is_wanted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "FINDINGS_LIMIT", 2)
    with pytest.raises(TooLarge, match="3 findings"):
        read_findings(report(*[vulnerability(f"CVE-{number}") for number in range(3)]), DIGEST)
    monkeypatch.setattr(reports, "SIZE_LIMIT", 10)
    with pytest.raises(TooLarge, match="10 bytes"):
        read_findings(report(vulnerability("CVE-1")), DIGEST)


def test_a_list_of_contents_is_kept_unread() -> None:
    content = b'{"media_type": "application/spdx+json", "sbom": {"a": [1, 2]}, "artifact": {"digest": ""}}'
    assert read_sbom(content, DIGEST).document == b'{"a": [1, 2]}'
    for wrong in (b'{"media_type": "x", "sbom": "text"}', b'{"media_type": "x"}', b"null"):
        with pytest.raises(Invalid):
            read_sbom(wrong, DIGEST)


ANYTHING = st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(
    lambda v: json.dumps(v).encode()
)


@given(ANYTHING)
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    assert _tried(lambda: read_metadata(content)) in {"read", "refused"}
    assert _tried(lambda: read_findings(content, DIGEST)) in {"read", "refused"}
    assert _tried(lambda: read_sbom(content, DIGEST)) in {"read", "refused"}


def _tried(read: Callable[[], object]) -> str:
    try:
        read()
    except PratiqueError:
        return "refused"
    return "read"


def test_metadata_says_what_is_asked_for_and_how() -> None:
    found = read_metadata(json.dumps(DESCRIBED).encode())
    assert form_of(Capability.VULNERABILITY, found, DOCKER_MANIFEST) == GENERIC_REPORT
    assert form_of(Capability.SBOM, found, DOCKER_MANIFEST) == SBOM_REPORT
    with pytest.raises(Invalid, match="does not look into"):
        form_of(Capability.SBOM, found, "application/vnd.wasm")
    old = {
        "scanner": DESCRIBED["scanner"],
        "capabilities": [
            {
                "consumes_mime_types": [DOCKER_MANIFEST],
                "produces_mime_types": [NATIVE_REPORT.upper().replace(" ", "")],
            }
        ],
    }
    assert (
        form_of(Capability.VULNERABILITY, read_metadata(json.dumps(old).encode()), DOCKER_MANIFEST)
        == NATIVE_REPORT
    )
    with pytest.raises(Invalid, match="has no sbom"):
        form_of(Capability.SBOM, read_metadata(json.dumps(old).encode()), DOCKER_MANIFEST)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"scanner": {"name": "x", "vendor": "", "version": "1"}},
        {"scanner": DESCRIBED["scanner"], "capabilities": []},
        {"scanner": {**DESCRIBED["scanner"], "name": "x" * 256}, "capabilities": DESCRIBED["capabilities"]},
        {"scanner": DESCRIBED["scanner"], "capabilities": DESCRIBED["capabilities"] * 51},
        {"scanner": DESCRIBED["scanner"], "capabilities": [{"produces_mime_types": ["text/html"]}]},
        {"scanner": DESCRIBED["scanner"], "capabilities": [{"consumes_mime_types": ["x"] * 1_001}]},
    ],
)
def test_metadata_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        read_metadata(json.dumps(wrong).encode())


def test_media_types_are_compared_by_what_they_mean() -> None:
    assert is_media("Application/vnd.security.vulnerability.report;version=1.1", GENERIC_REPORT)
    assert is_media("application/vnd.security.vulnerability.report; charset=utf-8", GENERIC_REPORT)
    assert not is_media("application/vnd.security.vulnerability.report; version=1.0", GENERIC_REPORT)
    assert not is_media("text/html", GENERIC_REPORT)
