"""Scans, their timetable, and the security hub."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pratique.http.api.schemas.fields import Time
from pratique.http.api.schemas.upkeep import ScheduleRule


class Scanner(msgspec.Struct, frozen=True):
    """Who has scanned."""

    name: str
    vendor: str
    version: str


class VulnerabilitySummary(msgspec.Struct, frozen=True):
    """How many findings there are, how many of them can be mended, and how many are of which severity.

    `waived`: how many of all these an allowlist or a VEX statement accepts.
    """

    total: int
    fixable: int
    summary: dict[str, int]
    waived: int


class NativeReportSummary(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A scan of vulnerabilities at a glance; `errors` say what could not be examined.

    While a scan runs the summary is that of the last one.
    """

    report_id: str
    scan_status: str
    severity: str
    duration: int
    summary: VulnerabilitySummary | None = None
    start_time: Time
    end_time: Time | None = None
    complete_percent: int
    scanner: Scanner
    errors: list[str] | None = None


class SBOMOverview(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A bill of materials at a glance. `sbom_digest`: the evidence that has it, where it was pushed as such."""

    report_id: str
    scan_status: str
    duration: int
    start_time: Time
    end_time: Time | None = None
    scanner: Scanner
    sbom_digest: str = ""
    errors: list[str] | None = None


class ScanType(msgspec.Struct, frozen=True):
    """What to scan for: `vulnerability` or `sbom`; one examination answers both."""

    scan_type: str | None = None


class ScanSchedule(msgspec.Struct, frozen=True):
    """When all images are scanned: `None` never by itself, `Manual` once and now, `Custom` by the cron in UTC."""

    id: int
    status: str
    creation_time: Time
    update_time: Time
    schedule: ScheduleRule
    parameters: dict[str, Any] | None


class ScanScheduleRequest(msgspec.Struct, frozen=True):
    """When to scan all images."""

    schedule: ScheduleRule
    parameters: dict[str, Any] | None = None


class Stats(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the scan of all images is; without `trigger` there was none.

    `problems` says why images are counted as `Error`, and how many for each reason: the 20 most frequent.
    """

    total: int
    completed: int
    metrics: dict[str, int]
    problems: Mapping[str, int]
    ongoing: bool
    trigger: str = ""


class Waived(msgspec.Struct, frozen=True):
    """Why a finding is accepted: `by` is `allowlist` or `vex`; `until` is null where that has no end."""

    by: str
    said: str
    until: Time | None


class VulnerabilityItem(msgspec.Struct, frozen=True):
    """A finding in an artifact; `cvss_v3_score` is null where the record has none. Severities are the sources' own.

    `waived` is null where neither an allowlist nor a VEX statement accepts it in this artifact.
    """

    project_id: int
    repository_name: str
    digest: str
    tags: list[str] | None
    cve_id: str
    severity: str
    status: str
    package: str
    version: str
    fixed_version: str
    aliases: list[str]
    links: list[str]
    desc: str
    cvss_v3_score: float | None
    waived: Waived | None


class DangerousCVE(msgspec.Struct, frozen=True):
    """One of the worst vulnerabilities."""

    cve_id: str
    severity: str
    package: str
    version: str
    desc: str
    cvss_score_v3: float | None


class DangerousArtifact(msgspec.Struct, frozen=True):
    """One of the artifacts with the most and the worst findings."""

    project_id: int
    repository_name: str
    digest: str
    critical_cnt: int
    high_cnt: int
    medium_cnt: int


class SecuritySummary(msgspec.Struct, frozen=True):
    """Findings by severity, each as often as it stands in an artifact, as they were at `update_time`.

    `none_cnt` counts negligible ones.
    """

    critical_cnt: int
    high_cnt: int
    medium_cnt: int
    low_cnt: int
    none_cnt: int
    unknown_cnt: int
    total_vuls: int
    scanned_cnt: int
    total_artifact: int
    fixable_cnt: int
    dangerous_cves: list[DangerousCVE] | None
    dangerous_artifacts: list[DangerousArtifact] | None
    update_time: Time | None
