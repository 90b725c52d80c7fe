"""Harbor's report: which findings stand in it, how bad it is, and what its log says."""

from dataclasses import replace

from pratique.admission.known import Proof
from pratique.admission.report import Finding, Listed, Report
from pratique.admission.reports.harbor import (
    Reported,
    Scanner,
    counted,
    details_of,
    harbor_report,
    severity_of,
)
from pratique.admission.reports.logs import log_of
from pratique.admission.reports.scans import ScannedImage, Status
from pratique.admission.store.scans import Asked
from pratique.advisories.details import Details, Score
from pratique.clock import Moment
from pratique.inventory.recording import Examination, Problem
from pratique.jobs import JobStanding
from pratique.oci.digest import digest_of
from pratique.packages import Severity

OF = Reported("shop/app", "sha256:1", "application/vnd.oci.image.manifest.v1+json")
AT = Moment(1_800_000_000_000_000)
HIGH = Finding(
    id="GHSA-1",
    aliases=("CVE-1",),
    package="app",
    purl="pkg:pypi/app@1.0",
    version="1.0",
    fixed=("2.0", "3.0"),
    severity=Severity.HIGH,
    state="fixed",
    path="app/METADATA",
    layer="sha256:2",
    proof=Proof("GHSA-1", "<2.0", "github", "1.0"),
    also=(Proof("PYSEC-1", "<2.0", "pypa", "1.0"),),
)
UNKNOWN = replace(HIGH, id="X", severity=Severity.UNKNOWN, fixed=(), state="affected", also=())
OWNED = replace(HIGH, id="O", severity=Severity.CRITICAL, state="owned")
NOTICE = replace(HIGH, id="N", severity=Severity.NONE, is_informational=True)


def test_what_refuses_nothing_is_left_out() -> None:
    report = harbor_report(Report(findings=(HIGH, UNKNOWN, OWNED, NOTICE)), OF, AT)
    assert [each["id"] for each in report["vulnerabilities"]] == ["GHSA-1", "X"]
    assert report["severity"] == "High"
    assert report["vulnerabilities"][0]["fix_version"] == "2.0, 3.0"
    assert report["artifact"]["repository"] == "shop/app"
    assert "errors" not in report


def test_nothing_found_is_clean_only_if_all_could_be_examined() -> None:
    assert harbor_report(Report(), OF, AT)["severity"] == "None"
    partly = harbor_report(Report(errors=("could not be examined: why",)), OF, AT)
    assert (partly["severity"], partly["errors"]) == ("Unknown", ["could not be examined: why"])
    assert severity_of([HIGH], ["why"]) is Severity.HIGH


def test_another_scanner_is_named() -> None:
    report = harbor_report(Report(), OF, AT, scanner=Scanner("Trivy", "Aqua Security", "0.70.0"))
    assert report["scanner"] == {"name": "Trivy", "vendor": "Aqua Security", "version": "0.70.0"}


def test_records_say_more_and_one_stands_in_for_another() -> None:
    score = Score(9.8, "CVSS:3.1/AV:N")
    details = {
        ("GHSA-1", "github"): Details(links=("https://a.test",), weaknesses=("CWE-79",)),
        ("PYSEC-1", "pypa"): Details("text", ("https://b.test",), score),
    }
    assert details_of(HIGH, details) == Details("text", ("https://a.test",), score, None, ("CWE-79",))
    (told,) = harbor_report(Report(findings=(HIGH,)), OF, AT, details=details)["vulnerabilities"]
    assert told["description"] == "text"
    assert told["preferred_cvss"]["score_v3"] == 9.8
    assert told["preferred_cvss"]["score_v2"] is None
    assert told["cwe_ids"] == ["CWE-79"]


def test_severities_are_counted_the_worst_first() -> None:
    assert list(counted([UNKNOWN, HIGH, HIGH]).items()) == [("High", 2), ("Unknown", 1)]


IMAGE = ScannedImage(digest_of(b"image"), None, None, None, None)


def test_how_a_scan_stands() -> None:
    asked, done = Asked(Moment(10)), Examination(Moment(20), has_failed=False)
    assert IMAGE.status is None
    assert replace(IMAGE, job=JobStanding("ready", "")).status is Status.PENDING
    assert replace(IMAGE, job=JobStanding("claimed", "")).status is Status.RUNNING
    assert replace(IMAGE, job=JobStanding("dead", "no disk")).status is Status.ERROR
    assert replace(IMAGE, job=JobStanding("dead", "no disk")).errors == ("could not be examined: no disk",)
    stopped = replace(IMAGE, asked=asked._replace(stopped_at=Moment(15)))
    assert stopped.status is Status.STOPPED
    assert replace(stopped, examination=done, found=Report()).status is Status.SUCCESS
    late = replace(stopped, asked=asked._replace(stopped_at=Moment(25)), examination=done, found=Report())
    assert late.status is Status.STOPPED
    assert (
        replace(late, asked=late.asked and late.asked._replace(done_at=Moment(30))).status is Status.SUCCESS
    )
    failed = replace(IMAGE, examination=done, found=Problem("too big", "1", Moment(20)))
    assert (failed.status, failed.errors) == (Status.ERROR, ("could not be examined: too big",))


def test_when_a_scan_began_and_ended() -> None:
    done = Examination(Moment(20), has_failed=False)
    assert (replace(IMAGE, examination=done).started_at, replace(IMAGE, examination=done).ended_at) == (
        20,
        20,
    )
    asked = replace(IMAGE, examination=done, asked=Asked(Moment(10)))
    assert (asked.started_at, asked.ended_at) == (10, 20)
    waits = replace(asked, asked=Asked(Moment(30)), job=JobStanding("ready", ""))
    assert (waits.started_at, waits.ended_at) == (30, None)
    again = replace(asked, asked=Asked(Moment(30), done_at=Moment(40)))
    assert (again.started_at, again.ended_at) == (30, 40)


def test_the_log_steers_no_terminal() -> None:
    report = Report(
        packages=(Listed("pkg:pypi/app@1.0", "app", "sha256:2"),),
        findings=(HIGH, OWNED),
        errors=("\x1b[2Jwhy",),
    )
    image = replace(
        IMAGE,
        asked=Asked(Moment(0), Moment(1)),
        job=JobStanding("ready", "no\ndisk"),
        examination=Examination(Moment(2), has_failed=False),
        found=report,
    )
    lines = log_of([image]).splitlines()
    assert "\x1b" not in "".join(lines)
    assert f"{IMAGE.digest} waits for a worker; the last try ended with: no disk" in lines
    assert "layer sha256:2: 1 packages" in lines
    assert "1 findings: 1 High; 1 more that refuse nothing" in lines
    assert any(line.startswith("error: ") for line in lines)
