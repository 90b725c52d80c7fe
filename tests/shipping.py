"""Images with packages in a furnished house, and advisories that speak of them: what it takes to be examined."""

import itertools
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.houses import OCI_CONFIG, OCI_IMAGE
from tests.images import Image, Member, file, image
from tests.scenes import Scene
from tests.signing import descriptor_of

from pratique.advisories import Importer, supplies
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.examining import build_examine_feed
from pratique.db import Tx
from pratique.jobs import last_published, published_after
from pratique.oci.digest import digest_of

TAR: Final = "application/vnd.oci.image.layer.v1.tar"
PACKAGES: Final = itertools.count(1_000)
"""Numbers of packages; `contained.informed` tells of the first two in the same house."""
SOURCES: Final = itertools.count(1)
RECENT: Final = 1_000
"""Facts among which those of one test are."""


def wheel(name: str, version: str = "1.0") -> Member:
    """An installed Python package."""
    path = f"usr/lib/python3/dist-packages/{name}-{version}.dist-info/METADATA"
    return file(path, f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def advisory(name: str, identifier: str, fixed: str = "2.0", severity: str = "HIGH") -> dict[str, Any]:
    """A record on a Python package: everything before `fixed` is affected."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    return {
        "id": f"PYSEC-{identifier}",
        "modified": "2026-12-01T00:00:00Z",
        "aliases": [f"CVE-{identifier}"],
        "database_specific": {"severity": severity},
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": ranges}],
    }


@dataclass(frozen=True)
class Port:
    """A scene whose project prevents vulnerabilities, and advisories of a source of its own."""

    scene: Scene
    folder: Path

    def prevent(self, severity: str = "high", **more: str) -> None:
        """Turn prevention on."""
        self.set({"prevent_vul": "true", "severity": severity, **more})

    def set(self, metadata: Mapping[str, str]) -> None:
        home, number = self.scene.home, self.scene.project.id
        projects = home.house.departments.projects
        self.scene.change(lambda tx: projects.update(tx, home.admin, projects.get(tx, number), metadata))

    def advise(self, *records: dict[str, Any], source: str = "") -> str:
        """Import the whole state of a source of this test, a new one or the same again; its name."""
        home, source = self.scene.home, source or f"source-{next(SOURCES)}"
        importer = Importer(revisions_of(home.house.settings), home.clock)
        importer.take(supplies(self.archive(source, *records), source), allow_shrink=True)
        return source

    def archive(self, source: str, *records: dict[str, Any]) -> Path:
        """The whole state of a source."""
        path = self.folder / source / "all.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for one in records:
                archive.writestr(f"{one['id']}.json", json.dumps(one))
        return path

    def examine_all(self) -> None:
        """Let the worker examine what was pushed, whether or not anybody asks for it."""

        def pushed(tx: Tx) -> None:
            """Of this scene alone: the house may hold thousands of others."""
            rows = published_after(tx, max(last_published(tx) - RECENT, 0), RECENT)
            build_examine_feed(self.scene.home.house).consume(
                tx, [row for row in rows if self.scene.repository in row.payload]
            )

        self.scene.change(pushed)
        self.scene.home.work()

    def push(self, made: Image | Sequence[Member], tag: str | None = "1.0", **manifest: Any) -> bytes:
        """Push an image with these layers; its manifest."""
        built = made if isinstance(made, Image) else image(made)
        repository = self.scene.repository
        for blob in (*built.layers, built.configuration):
            self.scene.home.blob(repository, blob)
        content = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_IMAGE,
                "config": descriptor_of(built.configuration, OCI_CONFIG),
                "layers": [descriptor_of(layer, TAR) for layer in built.layers],
                **manifest,
            }
        ).encode()
        self.scene.put(tag or digest_of(content), content)
        return content
