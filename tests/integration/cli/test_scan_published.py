"""`pratique scan` against advisories as they were published, of synthetic roots with versions that were really out.

Each line of a golden file was looked up in the records by an evaluation that shares no code with the scanner (versions
compared by apt's library, rpmvercmp, `packaging` and univers), and eight of each by eye; docs/accuracy.md tells how.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from tests.clocks import ManualClock
from tests.old_systems import SYSTEMS
from tests.osv import SUMMER
from tests.roots import write_root

from pratique.advisories import Importer, Revisions, supplies
from pratique.cli.scanning import command, scan_command

PUBLISHED: Final = Path(__file__).resolve().parents[4] / "shared" / "data" / "advisories"
GOLDEN: Final = Path(__file__).parent / "golden" / "published"
SOURCES: Final = {
    "debian-11": ("Debian",),
    "debian-12": ("Debian",),
    "ubuntu-22.04": ("Ubuntu",),
    "almalinux-8": ("AlmaLinux",),
    "alpaquita-23": ("Alpaquita",),
    "application": ("PyPI", "npm", "Maven", "Go"),
}
pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published advisories are not here")

Scan = Callable[[str], tuple[int, Any]]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.setattr(command, "SystemClock", lambda: ManualClock(SUMMER))

    def run(name: str) -> tuple[int, Any]:
        data = tmp_path / "data"
        importer = Importer(Revisions(data / "advisories"), ManualClock(SUMMER))
        importer.take([one for source in SOURCES[name] for one in supplies(PUBLISHED / source)])
        said = [str(write_root(tmp_path / "root", SYSTEMS[name])), "--data", str(data), "--format", "json"]
        result = CliRunner().invoke(scan_command, said, catch_exceptions=False)
        return result.exit_code, json.loads(result.stdout)

    return run


def lines(document: Any) -> list[str]:
    """Each advisory of each package, also those that another one of the same vulnerability stands for."""
    return sorted(
        f"{proof['advisory']}  {_package(one['purl'])}  {proof['range']}"
        + (f"  {one['severity']}" if proof is one["proof"] else "")
        for one in document["findings"]
        for proof in (one["proof"], *one["proof"]["also"])
    )


def _package(purl: str) -> str:
    return purl.removeprefix("pkg:").partition("?")[0]


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "debian-12"])
def test_what_is_found_is_what_the_records_say(scan: Scan, name: str) -> None:
    code, document = scan(name)
    assert (code, document["errors"]) == (1, [])
    assert lines(document) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def test_of_debian_12_nobody_here_says_anything(scan: Scan) -> None:
    code, document = scan("debian-12")
    assert (code, document["findings"]) == (2, [])
    assert document["errors"] == ["could not be examined: no current advisories for debian:12"]
