"""PyPI's `harborapi`, unmodified: scans, their reports, scanning all, against a running server and its worker."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from harborapi.exceptions import StatusError
from harborapi.models import Artifact, Schedule, ScheduleObj
from harborapi.models.models import NativeReportSummary
from harborapi.models.models import Type as When
from harborapi.models.scanner import Severity
from tests.advising import Desk, record
from tests.clients.layout import Image, write_image, write_index
from tests.clients.server import ADMIN, Server
from tests.clients.test_harborapi import Harbor, make_project, push
from tests.waiting import eventually

SCANNED_WITHIN: Final = 60
"""Seconds for the worker to examine small images, beside whatever else this machine is doing."""
GENERIC: Final = "application/vnd.security.vulnerability.report; version=1.1"
NATIVE: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
FILES: Final = {
    "app/package_1-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: package_1\nVersion: 1.0\n",
    "app/package_2-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: package_2\nVersion: 1.0\n",
}
REAL: Final[dict[str, Any]] = {
    "summary": "Something is wrong",
    "references": [{"type": "WEB", "url": "https://example.test/1"}],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
}


@pytest.fixture(scope="module")
def harbor(server: Server) -> Iterator[Harbor]:
    """Harborapi as the administrator, of a server with advisories."""
    Desk(server.directory).say("pypi", record(1, **REAL), record(2, database_specific={"severity": "LOW"}))
    with contextlib.closing(Harbor(server, ADMIN)) as opened:
        yield opened


@pytest.fixture(scope="module")
def image(harbor: Harbor, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """An image with findings, pushed as harbor-scan/app:1.0."""
    made = write_image(tmp_path_factory.mktemp("image") / "app", FILES)
    make_project(harbor, "harbor-scan")
    push(server, "harbor-scan/app", "1.0", made)
    return made


def overview(shown: Artifact) -> NativeReportSummary | None:
    """As `Artifact.scan` would give it; that trips over its own model."""
    return (shown.scan_overview.root or {})[GENERIC] if shown.scan_overview else None


def scanned(harbor: Harbor, repository: str = "app", reference: str = "1.0") -> NativeReportSummary:
    """The overview, once the worker has done it."""

    def done() -> NativeReportSummary | None:
        shown = harbor(harbor.api.get_artifact("harbor-scan", repository, reference, with_scan_overview=True))
        found = overview(shown)
        return None if found is None or found.scan_status in {"Pending", "Running"} else found

    return eventually(done, SCANNED_WITHIN)


def test_an_artifact_is_scanned_told_and_its_log_read(harbor: Harbor, image: Image) -> None:
    api, place = harbor.api, ("harbor-scan", "app", "1.0")
    harbor(api.scan_artifact(*place))
    found = scanned(harbor)
    assert (found.scan_status, found.severity_enum) == ("Success", Severity.critical)
    assert found.summary is not None
    assert (found.summary.total, found.summary.fixable) == (2, 2)
    assert (found.summary.critical, found.summary.low) == (1, 1)
    assert found.scanner is not None
    assert found.scanner.name == "Pratique"
    assert "2 findings" in harbor(api.get_artifact_scan_report_log(*place, found.report_id or ""))
    listed = harbor(api.get_artifacts("harbor-scan", "app", with_scan_overview=True))
    assert [overview(each) for each in listed] == [found]
    assert image.digest == listed[0].digest


@pytest.mark.usefixtures("image")
def test_the_report_is_read_by_either_media_type(harbor: Harbor) -> None:
    scanned(harbor)
    place = ("harbor-scan", "app", "1.0")
    for kind in (GENERIC, NATIVE):
        report = harbor(harbor.api.get_artifact_vulnerability_reports(*place, mime_type=kind)).first()
        assert report is not None
        assert report.severity is Severity.critical
        worst = report.critical[0]
        assert (worst.package, worst.fixable, worst.description) == ("package_1", True, "Something is wrong")
        assert worst.links == ["https://example.test/1"]
        assert worst.get_cvss_score(None) == 9.8
    both = harbor(harbor.api.get_artifact_vulnerability_reports(*place, mime_type=(NATIVE, GENERIC)))
    assert list(both) == [NATIVE]


@pytest.mark.usefixtures("image")
def test_the_bill_of_materials_is_read(harbor: Harbor) -> None:
    scanned(harbor)
    shown = harbor(harbor.api.get_artifact("harbor-scan", "app", "1.0", with_sbom_overview=True))
    assert shown.sbom_overview is not None
    assert shown.sbom_overview.scan_status == "Success"
    assert shown.addition_links is not None
    path = "/projects/harbor-scan/repositories/app/artifacts/1.0/additions/sbom"
    bill = harbor(harbor.api.get(path))
    assert isinstance(bill, dict)
    assert {"package_1", "package_2"} <= {each["name"] for each in bill["packages"]}


def test_of_an_index_all_platforms_are_told(
    harbor: Harbor, server: Server, image: Image, tmp_path: Path
) -> None:
    index = write_index(tmp_path / "index", FILES)
    with server.client(ADMIN) as http:
        for child in index.children:
            push(server, "harbor-scan/multi", child, Image(index.path, child, child, image.media_type))
        content = (index.path / "blobs" / "sha256" / index.digest.partition(":")[2]).read_bytes()
        put = http.put(
            "/v2/harbor-scan/multi/manifests/1.0", content=content, headers={"content-type": index.media_type}
        )
        assert put.status_code == 201, put.text
    harbor(harbor.api.scan_artifact("harbor-scan", "multi", "1.0"))
    found = scanned(harbor, "multi")
    assert found.summary is not None
    assert (found.scan_status, found.summary.total) == ("Success", 2)
    harbor(harbor.api.stop_artifact_scan("harbor-scan", "multi", "1.0"))


@pytest.mark.usefixtures("image")
def test_all_artifacts_are_scanned_and_the_timetable_is_kept(harbor: Harbor) -> None:
    api = harbor.api
    scanned(harbor)
    harbor(api.create_scan_all_schedule(Schedule(schedule=ScheduleObj(type=When.manual))))
    eventually(lambda: not harbor(api.get_scan_all_metrics()).ongoing, SCANNED_WITHIN)
    stats = harbor(api.get_scan_all_metrics())
    assert stats.trigger is not None
    assert (stats.trigger.value, stats.total) == ("Manual", stats.completed)
    assert (stats.metrics or {})["Success"] >= 1
    with pytest.raises(StatusError):
        harbor(api.stop_scan_all_job())
    daily = Schedule(schedule=ScheduleObj(type=When.daily, cron="0 0 0 * * *"))
    harbor(api.update_scan_all_schedule(daily))
    kept = harbor(api.get_scan_all_schedule()).schedule
    assert kept is not None
    assert (kept.type, kept.cron) == (When.daily, "0 0 0 * * *")
    harbor(api.update_scan_all_schedule(Schedule(schedule=ScheduleObj(type=When.none))))


def test_what_a_vulnerability_touches(harbor: Harbor, image: Image) -> None:
    scanned(harbor)
    params: dict[str, str | int | float | bool | Sequence[str | int | float | bool | None] | None] = {
        "q": "cve_id=CVE-2026-1,repository_name=harbor-scan/app",
        "with_tag": True,
        "tune_count": True,
    }
    rows: Any = harbor(harbor.api.get("/security/vul", params=params))
    (row,) = rows
    assert (row["digest"], row["tags"], row["cve_id"]) == (image.digest, ["1.0"], "CVE-2026-1")
    assert (row["severity"], row["cvss_v3_score"]) == ("Critical", 9.8)
    # The worker makes it, a moment after what moves it; before the first there is none.
    summary = eventually(lambda: counted(harbor), SCANNED_WITHIN)
    assert row["waived"] is None
    assert summary["dangerous_cves"][0]["cvss_score_v3"] == 9.8


def counted(harbor: Harbor) -> dict[str, Any] | None:
    """The hub's summary, once something critical is in it."""
    try:
        found: Any = harbor(harbor.api.get("/security/summary", params={"with_dangerous_cve": True}))
    except StatusError as refused:
        assert refused.status_code == 503  # noqa: PT017 - another error is none that passes
        return None
    summary: dict[str, Any] = found
    return summary if summary["critical_cnt"] else None
