"""What of a scan is told, and what of that fails it: severities, fixes, files of ids."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.clocks import ManualClock
from tests.osv import SUMMER, import_records
from tests.roots import ALMALINUX, DEBIAN, write_root

from pratique.cli.scanning import command, scan_command
from pratique.clock import DAY

Scan = Callable[..., Result]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    clock = ManualClock(SUMMER)
    monkeypatch.setattr(command, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def scan(clock: ManualClock, tmp_path: Path) -> Scan:
    data = import_records(tmp_path / "data", clock.now())
    write_root(tmp_path / "debian", DEBIAN)
    write_root(tmp_path / "almalinux", ALMALINUX)

    def run(*more: str, root: str = "debian", style: str = "json") -> Result:
        said = [str(tmp_path / root), "--data", str(data), "--format", style, *more]
        return CliRunner().invoke(scan_command, said, catch_exceptions=False)

    return run


def ids(result: Result) -> list[str]:
    return [finding["id"] for finding in json.loads(result.stdout)["findings"]]


ALL = ["GHSA-aaaa-bbbb-cccc", "DSA-9001-1", "DSA-9003-1", "PYSEC-2026-3", "PYSEC-2026-2"]


@pytest.mark.parametrize(
    ("severity", "told"),
    [("none", 5), ("low", 5), ("medium", 4), ("HIGH", 3), ("critical", 1)],
)
def test_by_severity(scan: Scan, severity: str, told: int) -> None:
    """What is unknown counts as high."""
    found = scan("--severity", severity)
    assert ids(found) == ALL[:told]
    assert found.exit_code == 1


def test_what_is_unknown_counts_as_settings_say(scan: Scan, tmp_path: Path) -> None:
    config = tmp_path / "pratique.toml"
    config.write_text('[advisories]\nseverity_unknown_as = "low"\n')
    found = scan("--severity", "medium", "--config", str(config))
    assert ids(found) == ["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-3"]


def test_only_what_can_be_mended(scan: Scan) -> None:
    assert ids(scan("--ignore-unfixed")) == ALL[:3]


@pytest.mark.parametrize(("severity", "code"), [("critical", 1), ("high", 1)])
def test_failing_on_the_worst_only(scan: Scan, severity: str, code: int) -> None:
    found = scan("--fail-on", severity)
    assert (found.exit_code, ids(found)) == (code, ALL)
    mild = scan("--fail-on", severity, root="almalinux")
    assert (mild.exit_code, ids(mild)) == (
        0 if severity == "critical" else 1,
        ["ALSA-2026:0001", "ALBA-2026:0002"],
    )


def test_notices_and_what_the_distribution_owns_fail_nothing(scan: Scan, tmp_path: Path) -> None:
    ignored = tmp_path / "ignored"
    ignored.write_text("ALSA-2026:0001")
    notice = scan("--ignore-file", str(ignored), root="almalinux")
    assert (notice.exit_code, ids(notice)) == (0, ["ALBA-2026:0002"])
    ignored.write_text("\n".join(ALL[:4]))
    owned = scan("--ignore-file", str(ignored))
    assert (owned.exit_code, ids(owned)) == (0, ["PYSEC-2026-2"])


def test_an_ignore_file(scan: Scan, tmp_path: Path) -> None:
    """Aliases count; a bundle is ignored when all of its vulnerabilities are."""
    ignored = tmp_path / "ignored"
    ignored.write_text("# why\ncve-2026-1000  # known\n\nCVE-2026-0001\nPYSEC-2026-2 exp:2026-08-01\n")
    assert ids(scan("--ignore-file", str(ignored))) == ["DSA-9001-1", "DSA-9003-1", "PYSEC-2026-3"]
    ignored.write_text("CVE-2026-0001\nCVE-2026-0002\n")
    assert "DSA-9001-1" not in ids(scan("--ignore-file", str(ignored)))


def test_entries_end_with_their_day(scan: Scan, clock: ManualClock, tmp_path: Path) -> None:
    ignored = tmp_path / "ignored"
    ignored.write_text("PYSEC-2026-3 exp:2026-08-01")
    assert "PYSEC-2026-3" not in ids(scan("--ignore-file", str(ignored)))
    clock.advance(DAY / 1_000_000)
    found = scan("--ignore-file", str(ignored))
    assert "PYSEC-2026-3" in ids(found)
    assert "told of again: it was ignored until 2026-08-01" in found.stderr


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("CVE-1 until tomorrow", "exp:YYYY-MM-DD"),
        ("CVE-1 exp:2026-13-01", "is no date"),
        ("<script>", "is no id"),
    ],
)
def test_a_line_that_makes_no_sense_ends_the_call(scan: Scan, tmp_path: Path, line: str, what: str) -> None:
    ignored = tmp_path / "ignored"
    ignored.write_text(f"CVE-2026-1\n{line}\n")
    found = scan("--ignore-file", str(ignored))
    assert found.exit_code == 2
    assert "ignored, line 2" in found.stderr
    assert what in found.stderr


def test_every_format_says_the_same(scan: Scan) -> None:
    table = scan(style="table").stdout
    assert all(name in table for name in ALL)
    assert "5 findings (1 critical, 1 medium, 1 low, 2 unknown)" in table
    sarif: Any = json.loads(scan(style="sarif").stdout)["runs"][0]
    assert [result["ruleId"] for result in sarif["results"]] == ALL
    assert [sarif["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] for each in sarif["results"]] == ALL
    assert [result["level"] for result in sarif["results"]] == [
        "error",
        "warning",
        "warning",
        "warning",
        "note",
    ]
    harbor: Any = json.loads(scan(style="harbor").stdout)
    assert [each["id"] for each in harbor["vulnerabilities"]] == ALL[:4], "what is owned is nobody's finding"
    assert (harbor["severity"], harbor["vulnerabilities"][0]["fix_version"]) == ("Critical", "2.2.28")
    bill: Any = json.loads(scan(style="cyclonedx").stdout)
    assert len(bill["components"]) == 7


def test_one_rule_for_a_vulnerability_at_two_places(scan: Scan, tmp_path: Path) -> None:
    metadata = b"Name: Django\nVersion: 2.2.0\n"
    write_root(tmp_path / "debian", {"srv/Django-2.2.0.dist-info/METADATA": metadata})
    run: Any = json.loads(scan(style="sarif").stdout)["runs"][0]
    assert len(run["results"]) == len(ALL) + 2
    assert len(run["tool"]["driver"]["rules"]) == len(ALL)
    assert len({json.dumps(each["partialFingerprints"]) for each in run["results"]}) == len(run["results"])


def test_names_of_strangers_move_no_cursor(scan: Scan, tmp_path: Path) -> None:
    evil = {"srv/a\x1b[2Jb.dist-info/METADATA": b"Name: Django\nVersion: 2.2.0\n"}
    write_root(tmp_path / "debian", evil)
    table = scan(style="table").stdout
    assert "\x1b" not in table
    assert "a\N{REPLACEMENT CHARACTER}[2Jb" in table
