"""osv-scanner and Syft, unmodified, as scanners of a registry: on images that lie there, and on its own advisories.

What osv-scanner finds in the synthetic systems is held against what is found here; docs/accuracy.md says why that
differs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clients.conftest import Tools
from tests.clocks import ManualClock
from tests.doors import furnish_door
from tests.houses import Furnished
from tests.integration.cli.test_scan_published import PUBLISHED, SOURCES
from tests.old_systems import SYSTEMS
from tests.osv import SUMMER, import_records
from tests.roots import ALMALINUX, ALPAQUITA, DEBIAN, Built, Tree, build, digest

from pratique.admission.report import Report
from pratique.advisories import Importer, Revisions, supplies
from pratique.bootstrap.reporting import build_reporting
from pratique.bootstrap.working import build_worker
from pratique.projects import Project
from pratique.registry.store import manifests
from pratique.scanners import Disagreement, ForeignFinding, Scan, ScanState, Target
from pratique.scanners.commands.kinds import COMMANDS, Kind
from pratique.scanners.disagreements import spelled
from pratique.telemetry import open_log

REPOSITORY: Final = "shop/app"
IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
NODE: Final[Tree] = {
    "app/node_modules/left-pad/package.json": b'{"name": "left-pad", "version": "1.3.0"}',
    "usr/share/dotnet/app.deps.json": b"{}",
}
SYNTHETIC: Final = {"Debian": DEBIAN, "Alpaquita": ALPAQUITA, "AlmaLinux": ALMALINUX}


@dataclass
class Port:
    """A registry with the real programs, and one project that uses one of them."""

    rooms: Furnished
    project: Project

    def look_into(self, tree: Tree) -> str:
        """Push an image, and have it examined and scanned; its digest."""
        made: Built = build(tree)
        for content in made.blobs():
            self.rooms.blob(REPOSITORY, content)
        self.rooms.put(REPOSITORY, digest(made.manifest), made.manifest, IMAGE)
        build_worker(self.rooms.house, open_log()).run_pending()
        return digest(made.manifest)

    def scan(self, of: str) -> Scan:
        """How the scan of an image has ended."""
        with self.rooms.house.stores.database.read() as tx:
            found = self.rooms.house.scanners.scans.of(tx, Target(self.project.id, REPOSITORY, of, IMAGE, 0))
        assert found is not None
        return found

    def told(self, of: str) -> list[ForeignFinding]:
        """What the program has found, when it ended well."""
        scan = self.scan(of)
        assert (scan.state, scan.problem) == (ScanState.SUCCESS, "")
        with self.rooms.house.stores.database.read() as tx:
            return list(self.rooms.house.scanners.findings.told(tx, self.project.id, of))

    def theirs(self, of: str) -> set[tuple[str, str]]:
        """Its pairs of a record and a package."""
        return {(one.id, spelled(one.package)) for one in self.told(of)}

    def report(self, of: str) -> Report:
        """What our own examination has found."""
        with self.rooms.house.stores.database.read() as tx:
            found = self.rooms.house.court.examined.report(tx, of, self.rooms.clock.now())
        assert isinstance(found, Report)
        return found

    def ours(self, of: str) -> set[tuple[str, str]]:
        """Our pairs, of each record that tells of a vulnerability."""
        return {
            (proof.advisory, spelled(one.package))
            for one in self.report(of).findings
            for proof in (one.proof, *one.also)
        }

    def disagreements(self, of: str) -> list[Disagreement]:
        """As they are listed."""
        scans = build_reporting(self.rooms.house).scans
        with self.rooms.house.stores.database.read() as tx:
            (artifact,) = manifests.of_digests(tx, [of])
            return scans.disagreements(tx, manifests.home_of(tx, artifact), artifact)


Open = Callable[[Kind, Callable[[Path], object]], Port]


@pytest.fixture
def open_port(tools: Tools, tmp_path: Path) -> Iterator[Open]:
    """Opens a registry whose project uses a program; what it knows of is imported into its data directory."""
    with ExitStack() as opened:

        def make(kind: Kind, informed: Callable[[Path], object]) -> Port:
            program = str(tools.need(kind.value).program.path)
            settings: dict[str, Any] = {"scanners": {kind.value.replace("-", "_"): program}}
            data = tmp_path / "data"
            informed(data)
            rooms = furnish_door(f"sqlite:///{tmp_path}/p.db", data, ManualClock(SUMMER), settings)
            opened.callback(rooms.house.close)
            build_worker(rooms.house, open_log()).run_pending()
            return Port(rooms, _shop(rooms, kind))

        yield make


def nothing(data: Path) -> None:
    """What a registry knows whose administrator has imported nothing."""
    data.mkdir()


def _shop(rooms: Furnished, kind: Kind) -> Project:
    project = rooms.project("shop")
    registrations = rooms.house.scanners.registrations
    projects, chosen = rooms.house.departments.projects, COMMANDS[kind].described.registration.id

    def work(tx: Any) -> None:
        projects.update(tx, rooms.admin, projects.get(tx, project.id), {"auto_scan": "true"})
        registrations.choose(tx, project.id, project.name, chosen, by=rooms.admin)

    rooms.house.stores.database.write(work)
    return project


def test_osv_scanner_finds_what_we_find_on_the_same_advisories(open_port: Open) -> None:
    """One difference: see docs/accuracy.md."""
    port = open_port(Kind.OSV_SCANNER, import_records)
    of = port.look_into(DEBIAN)
    assert port.theirs(of) - port.ours(of) == set()
    # The binary has an epoch that its source has not.
    assert port.ours(of) - port.theirs(of) == {("DSA-9003-1", "bsdutils")}
    (django, *_) = [one for one in port.told(of) if one.id == "PYSEC-2026-1"]
    assert (django.version, django.fixed, str(django.severity)) == ("2.2.0", "2.2.28", "critical")
    assert port.scan(of).made_by is not None
    listed = {one.id: one.differs for one in port.disagreements(of)}
    assert listed["DSA-9003-1"] == ("presence",)
    assert "DSA-9001-1" not in listed
    again = port.look_into(ALPAQUITA)
    assert port.theirs(again) == port.ours(again) == {("BELL-CVE-2026-0003", "libssl3")}


def test_without_advisories_nothing_is_clean(open_port: Open) -> None:
    """Our own report says that it is not covered; osv-scanner's adds nothing to that and takes nothing away."""
    port = open_port(Kind.OSV_SCANNER, nothing)
    of = port.look_into(DEBIAN)
    assert port.told(of) == []
    assert port.report(of).errors != ()


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published advisories are not here")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name in SYSTEMS if name != "debian-12"])
def test_osv_scanner_finds_nothing_in_old_systems_that_we_do_not(open_port: Open, name: str) -> None:
    def informed(data: Path) -> None:
        importer = Importer(Revisions(data / "advisories"), ManualClock(SUMMER))
        importer.take([one for source in SOURCES[name] for one in supplies(PUBLISHED / source)])

    port = open_port(Kind.OSV_SCANNER, informed)
    of = port.look_into(SYSTEMS[name])
    ours, theirs = port.ours(of), port.theirs(of)
    assert theirs - ours == set()
    assert len(theirs) == THEIRS[name]
    if name == "debian-11":
        assert ours - theirs == {("DSA-5055-1", "bsdutils")}
    if name == "alpaquita-23":
        assert ours == theirs


THEIRS: Final = {
    "debian-11": 20,
    "ubuntu-22.04": 0,
    "almalinux-8": 0,
    "alpaquita-23": 163,
    "application": 112,
}
"""How many pairs osv-scanner finds in each; docs/accuracy.md says why."""


@pytest.mark.parametrize("name", SYNTHETIC)
def test_syft_names_what_we_name(open_port: Open, name: str) -> None:
    port = open_port(Kind.SYFT, import_records)
    of = port.look_into(SYNTHETIC[name])
    assert port.told(of) == []
    packages = {
        (one.package, one.sources["Pratique"] is None) for one in port.disagreements(of) if not one.id
    }
    assert packages == set()


def test_what_syft_names_beside_ours_is_looked_up_as_ours_is(open_port: Open) -> None:
    port = open_port(Kind.SYFT, import_records)
    of = port.look_into({**DEBIAN, **NODE})
    with port.rooms.house.stores.database.read() as tx:
        word = port.rooms.house.scanners.findings.word(tx, port.project.id, of)
    assert word.scanner == "Syft"
    assert "pkg:npm/left-pad@1.3.0" in {one.purl for one in word.packages}
    assert port.ours(of) >= {("DSA-9001-1", "libssl1-1"), ("PYSEC-2026-1", "django")}
