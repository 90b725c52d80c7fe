"""Advisories that tests make up, in OSV's format, and a data directory that has them."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tests.clocks import ManualClock

from pratique.advisories import Importer, Revisions, supplies
from pratique.clock import SECOND

SUMMER: Final = 1_785_542_400 * SECOND
"""2026-08-01: every distribution that tests make is alive then."""


def record(
    name: str,
    ecosystem: str,
    package: str,
    *events: tuple[str, str],
    **fields: Any,
) -> dict[str, Any]:
    """A record with one range; without events everything is affected."""
    said = events or (("introduced", "0"),)
    return {
        "id": name,
        "modified": "2026-07-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{kind: of} for kind, of in said]}],
            }
        ],
        **fields,
    }


RECORDS: Final = {
    "Debian": [
        record(
            "DSA-9001-1",
            "Debian:11",
            "openssl",
            ("introduced", "0"),
            ("fixed", "1.1.1n-0+deb11u4"),
            upstream=["CVE-2026-0001", "CVE-2026-0002"],
        ),
        # Fixed in what is there: libcurl4's source is at u7.
        record("DSA-9002-1", "Debian:11", "curl", ("introduced", "0"), ("fixed", "7.74.0-1.3+deb11u7")),
        # By the version of the binary, 1:2.36.1-8, it would not be affected.
        record("DSA-9003-1", "Debian:11", "util-linux", ("introduced", "0"), ("fixed", "2.36.1-8+deb11u1")),
        # Another release.
        record("DSA-9004-1", "Debian:10", "openssl", ("introduced", "0"), ("fixed", "9")),
    ],
    "PyPI": [
        record(
            "PYSEC-2026-1",
            "PyPI",
            "django",
            ("introduced", "2.2"),
            ("fixed", "2.2.28"),
            aliases=["CVE-2026-1000", "GHSA-aaaa-bbbb-cccc"],
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        ),
        record(
            "GHSA-aaaa-bbbb-cccc",
            "PyPI",
            "django",
            ("introduced", "2.2"),
            ("fixed", "2.2.28"),
            aliases=["CVE-2026-1000"],
            database_specific={"severity": "HIGH"},
        ),
        record("PYSEC-2026-2", "PyPI", "six", database_specific={"severity": "LOW"}),
        record("PYSEC-2026-3", "PyPI", "django", database_specific={"severity": "MODERATE"}),
    ],
    "Alpaquita": [
        record(
            "BELL-CVE-2026-0003",
            "Alpaquita:23",
            "openssl",
            ("introduced", "3.0.7-r0"),
            ("fixed", "3.0.8-r3"),
            upstream=["CVE-2026-0003"],
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}],
        ),
        record("BELL-CVE-2026-0004", "Alpaquita:23", "openssl", ("introduced", "3.0.9-r0")),
    ],
    "AlmaLinux": [
        record(
            "ALSA-2026:0001",
            "AlmaLinux:8",
            "openssl-libs",
            ("introduced", "0"),
            ("fixed", "1:1.1.1k-7.el8_6"),
            summary="Important: openssl security update",
            related=["CVE-2026-0001", "CVE-2026-0005"],
        ),
        record("ALBA-2026:0002", "AlmaLinux:8", "bash", ("introduced", "0"), ("fixed", "4.4.20-4.el8")),
    ],
}


def import_records(
    data: Path,
    at: int = SUMMER,
    records: dict[str, list[dict[str, Any]]] | None = None,
    given: Path | None = None,
    *,
    shrinks: bool = False,
) -> Path:
    """Import the records into a data directory, at a moment; `given` is where the archives are made.

    `shrinks`: they may be less than before.
    """
    importer = Importer(Revisions(data / "advisories"), ManualClock(at))
    for source, said in (RECORDS if records is None else records).items():
        importer.take(supplies(_archive(given or data / "given", source, said), source), allow_shrink=shrinks)
    return data


def _archive(given: Path, source: str, records: Iterable[dict[str, Any]]) -> Path:
    path = given / source / "all.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for one in records:
            archive.writestr(f"{one['id']}.json", json.dumps(one))
    return path
