"""Scans at a glance, in Harbor's shapes: `scan_overview` and `sbom_overview` of artifacts."""

from pratique.admission.reports.harbor import FORMS, NATIVE, counted, harmful, severity_of, word
from pratique.admission.reports.scans import Scan, Status
from pratique.clock import SECOND
from pratique.http.api.call import Call
from pratique.http.api.parameters import Parameter
from pratique.http.api.schemas import scanning as schemas
from pratique.http.api.schemas.fields import shown

ACCEPTS = Parameter(
    "X-Accept-Vulnerabilities",
    "text",
    "Media types of reports, separated by commas; the first that is known counts.",
    ", ".join(FORMS),
    "header",
)


def form_of(call: Call) -> str:
    """The media type that the caller wants a report to be called by; where none of his is known, Harbor's older one."""
    known = {_spelled(form): form for form in FORMS}
    asked = map(_spelled, (call.option(ACCEPTS.name) or "").split(","))
    return next((known[each] for each in asked if each in known), NATIVE)


def scan_overview(scan: Scan) -> schemas.NativeReportSummary:
    """What was found, in numbers."""
    report = scan.report
    findings = harmful(report.findings) if report else []
    errors = list(report.errors) if report else []
    return schemas.NativeReportSummary(
        report_id=scan.id,
        scan_status=scan.status.value,
        severity=word(severity_of(findings, errors)) if report else "",
        duration=_duration(scan),
        summary=None
        if report is None
        else schemas.VulnerabilitySummary(
            total=len(findings),
            fixable=sum(bool(finding.fixed) for finding in findings),
            summary=counted(findings),
            waived=sum(finding.waived is not None for finding in findings),
        ),
        start_time=shown(scan.started_at),
        end_time=None if scan.ended_at is None else shown(scan.ended_at),
        complete_percent=0 if scan.ended_at is None else 100,
        scanner=_scanner(scan),
        errors=errors or None,
    )


def sbom_overview(scan: Scan, digest: str = "") -> schemas.SBOMOverview:
    """Whether there is a bill of materials, and where it lies as evidence.

    It lists what is inside, whether or not anybody publishes advisories on that.
    """
    is_listed = scan.status is Status.ERROR and scan.report is not None and bool(scan.report.packages)
    errors = [] if is_listed or scan.report is None else list(scan.report.errors)
    return schemas.SBOMOverview(
        report_id=scan.id,
        scan_status=(Status.SUCCESS if is_listed else scan.status).value,
        duration=_duration(scan),
        start_time=shown(scan.started_at),
        end_time=None if scan.ended_at is None else shown(scan.ended_at),
        scanner=_scanner(scan),
        sbom_digest=digest,
        errors=errors or None,
    )


def _duration(scan: Scan) -> int:
    return 0 if scan.ended_at is None else max(scan.ended_at - scan.started_at, 0) // SECOND


def _scanner(scan: Scan) -> schemas.Scanner:
    return schemas.Scanner(scan.scanner.name, scan.scanner.vendor, scan.scanner.version)


def _spelled(media_type: str) -> str:
    return "".join(media_type.split()).lower()
