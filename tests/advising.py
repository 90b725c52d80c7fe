"""Advisories for tests: records that are made up, sources of them as zips, and an importer beside them."""

import json
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tests.clocks import ManualClock

from pratique.advisories import (
    Answer,
    Answers,
    Clearance,
    Holding,
    Importer,
    Outcome,
    Releases,
    Revisions,
    Taken,
    supplies,
)
from pratique.packages import component_of

PUBLISHED: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "advisories"
"""Real records, which are not part of this repository."""


def record(number: int, *, fixed: str = "2.0", **fields: Any) -> dict[str, Any]:
    """PYSEC-2026-<number> about `package_<number>` of PyPI."""
    return {
        "id": f"PYSEC-2026-{number}",
        "modified": f"2026-01-{1 + number % 28:02}T00:00:00Z",
        "aliases": [f"CVE-2026-{number}"],
        "affected": [affected("PyPI", f"package_{number}", {"introduced": "0"}, {"fixed": fixed})],
        **fields,
    }


def affected(ecosystem: str, name: str, *events: dict[str, str], **fields: Any) -> dict[str, Any]:
    """One package of a record, by events of one range."""
    return {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}] if events else [],
        **fields,
    }


def catalogue(*cves: str) -> dict[str, Any]:
    """KEV."""
    entries = [{"cveID": cve, "dateAdded": "2026-01-10"} for cve in cves]
    return {"catalogVersion": "2026.01.11", "vulnerabilities": entries}


class Desk:
    """An importer beside a folder of sources."""

    def __init__(self, folder: Path, releases: Releases | None = None) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.revisions = Revisions(folder / "data" / "advisories")
        self._releases = releases

    @property
    def importer(self) -> Importer:
        """Imports what it is given."""
        return Importer(self.revisions, self.clock, releases=self._releases)

    def zip(self, source: str, *records: dict[str, Any]) -> Path:
        """A source's whole state."""
        path = self.folder / source / "all.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in records:
                archive.writestr(f"{one['id']}.json", json.dumps(one))
        return path

    def file(self, name: str, document: Any) -> Path:
        """A JSON file."""
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def take(self, path: Path, source: str | None = None, *, allow_shrink: bool = False) -> Outcome:
        """Import one path."""
        (outcome,) = self.importer.take(supplies(path, source), allow_shrink=allow_shrink).outcomes
        return outcome

    def take_all(self, *sources: str) -> Taken:
        """Import the whole states of several sources in one call."""
        return self.importer.take([one for source in sources for one in supplies(self.folder / source)])

    def say(self, source: str, *records: dict[str, Any]) -> Outcome:
        """Import a source's whole state."""
        return self.take(self.zip(source, *records))

    def holdings(self) -> Sequence[Holding]:
        """What the sources say of each ecosystem."""
        with closing(Answers(self.revisions)) as answers:
            return answers.holdings()

    def about(self, purl: str) -> Sequence[Answer]:
        """What is known of a package."""
        component = component_of(purl)
        assert component is not None
        with closing(Answers(self.revisions)) as answers:
            return answers.about(component)

    def cleared(self, purl: str) -> Sequence[Clearance]:
        """What a package is free of, as sources say."""
        component = component_of(purl)
        assert component is not None
        with closing(Answers(self.revisions)) as answers:
            return answers.cleared(component)

    def ids(self, purl: str) -> list[str]:
        """By which advisories it is affected."""
        return [answer.id for answer in self.about(purl)]

    def severities(self, purl: str) -> list[str]:
        """How bad each of them is."""
        return [str(answer.severity) for answer in self.about(purl)]
