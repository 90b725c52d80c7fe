"""Advisories made up about the packages of a fleet, as many for each as there are for real ones."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.bench.fleet import NAMES
from tests.clocks import ManualClock
from tests.osv import SUMMER, record

from pratique.advisories import Importer, Revisions, supplies

ECOSYSTEMS: Final = {
    "Debian:11": [f"debian-source-{name}" for name in range(40)],
    "Ubuntu:22.04:LTS": [f"ubuntu-source-{name}" for name in range(50)],
    "Alpine:v3.18": [f"alpine-source-{name}" for name in range(8)],
    "AlmaLinux:8": [f"almalinux-{name}" for name in range(0, 180, 3)],
    "npm": [f"npm-package-{name}" for name in range(0, NAMES, 12)],
    "PyPI": [f"pypi-package-{name}" for name in range(0, NAMES, 12)],
    "Maven": [f"org.example:maven-package-{name}" for name in range(0, NAMES, 12)],
    "Go": [f"golang-package-{name}" for name in range(0, NAMES, 12)],
}
"""Every twelfth package of a language has ever had an advisory, and nearly every source of a distribution."""
PREFIXES: Final = {
    "Debian:11": "DSA",
    "Ubuntu:22.04:LTS": "USN",
    "Alpine:v3.18": "ALPINE",
    "AlmaLinux:8": "ALSA",
}
FIXES: Final = 12


def import_advisories(directory: Path) -> Revisions:
    """A directory of revisions with all of them."""
    revisions = Revisions(directory / "advisories")
    importer = Importer(revisions, ManualClock(SUMMER))
    for number, (ecosystem, names) in enumerate(ECOSYSTEMS.items()):
        path = directory / ecosystem.partition(":")[0] / "all.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as archive:
            for one in _records(number, ecosystem, names):
                archive.writestr(f"{one['id']}.json", json.dumps(one))
        importer.take(supplies(path, None))
    return revisions


def import_one(
    revisions: Revisions, directory: Path, ecosystem: str, name: str, number: int
) -> frozenset[tuple[str, str]] | None:
    """One advisory more, about every version of a package: a revision of its own; the packages that it touches."""
    path = directory / f"one-{number}.json"
    path.write_text(json.dumps(record(f"{_prefix(ecosystem)}-2026-9{number:05}", ecosystem, name)))
    source = ecosystem.partition(":")[0]
    return Importer(revisions, ManualClock(SUMMER)).take(supplies(path, source)).touched


def _records(number: int, ecosystem: str, names: list[str]) -> Iterator[dict[str, Any]]:
    for place, name in enumerate(names):
        for fix in range(FIXES if ecosystem in PREFIXES else FIXES // 3):
            fixed = (
                "fixed",
                f"1.{place % 7}.{fix * 4}-1" if ecosystem in PREFIXES else f"{place % 5}.{fix * 6}.0",
            )
            cve = f"CVE-2026-{number:02}{place:04}{fix:02}"
            called = f"{_prefix(ecosystem)}-2026-{number:02}{place:04}{fix:02}"
            severity = {"severity": ("LOW", "MODERATE", "HIGH", "CRITICAL")[fix % 4]}
            yield record(
                called,
                ecosystem,
                name,
                ("introduced", "0"),
                fixed,
                upstream=[cve],
                database_specific=severity,
            )


def _prefix(ecosystem: str) -> str:
    return PREFIXES.get(ecosystem, "GHSA")
