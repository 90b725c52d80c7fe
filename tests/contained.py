"""Contents for tests: what images are said to contain, without layers that would have to be read, and advisories."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from tests.advising import Desk, record
from tests.houses import Furnished

from pratique.admission.store.scans import Target, done
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.db import Tx
from pratique.inventory import Contents, Located, Package
from pratique.inventory.recording import Recording
from pratique.jobs import withdraw
from pratique.oci.digest import Digest, digest_of
from pratique.packages import Severity
from pratique.projects import Project
from pratique.scanners.store import findings
from pratique.scanners.values import Draft, ForeignFinding, Maker

LAYER: Final = f"sha256:{'1' * 64}"
EXAMINE: Final = "admission.examine"
ANY_PRIORITY: Final = 1_000


def packages(*named: str, owned: bool = False) -> Contents:
    """An image with these packages of PyPI, each as `name==version`."""
    located = []
    for each in named:
        name, _, version = each.partition("==")
        path = f"app/{name}-{version}.dist-info/METADATA"
        package = Package("pypi", name, version)
        located.append(Located(package, path, LAYER, "python", "owned" if owned else ""))
    return Contents(None, tuple(located), None)


def examined(rooms: Furnished, content: bytes, contents: Contents | str) -> Digest:
    """Record what examination found of a manifest; of a text, that it could not be examined and why. Its digest."""
    rooms.house.stores.database.write(_recorded(rooms, digest_of(content), contents))
    return digest_of(content)


def scanned(rooms: Furnished, project: Project, content: bytes, contents: Contents | str) -> None:
    """What a worker does with a scan that waits: it records what it finds, and the job is done."""
    key = f"{project.id}:{digest_of(content)}"
    record_it = _recorded(rooms, digest_of(content), contents)

    target, at = Target(project.id, digest_of(content)), rooms.clock.now()

    def work(tx: Tx) -> None:
        assert withdraw(tx, EXAMINE, [key], priority=ANY_PRIORITY) == 1, "no scan waits"
        record_it(tx)
        done(tx, target, at)

    rooms.house.stores.database.write(work)


def reported_by_another(rooms: Furnished, digests: Iterable[Digest], package: str) -> None:
    """Make another scanner everybody's, and have it report a finding of a package in manifests."""
    registrations = rooms.house.scanners.registrations
    found = [ForeignFinding("CVE-2027-1", package, "1.0", "", Severity.HIGH)]

    def work(tx: Tx) -> None:
        scanner = registrations.add(tx, Draft("another", "https://scanner.example"), by=rooms.admin)
        registrations.set_default(tx, scanner.id, by=rooms.admin)
        for digest in digests:
            findings.put(tx, digest, scanner.id, found, Maker("another", "", "1"), rooms.clock.now())

    rooms.house.stores.database.write(work)


def _recorded(rooms: Furnished, digest: Digest, contents: Contents | str) -> Callable[[Tx], object]:
    at, recording = rooms.clock.now(), Recording()
    known = Findings(revisions_of(rooms.house.settings))

    def work(tx: Tx) -> object:
        if isinstance(contents, str):
            return recording.put_problem(tx, digest, contents, at)
        recording.put(tx, digest, contents, at)
        rows = recording.components_of(tx, digest)
        return known.of(tx, {row.key for row in rows if row.key is not None})

    return work


def informed(rooms: Furnished, *records: dict[str, Any], source: str = "pypi") -> Desk:
    """Import advisories into the data directory of a house, at its time: of package_1 and package_2 of PyPI."""
    folder = Path(rooms.house.settings.storage.directory)
    assert folder.name == "data", "a desk keeps what it imports in data/advisories"
    desk = Desk(folder.parent)
    desk.clock = rooms.clock
    desk.say(source, *(records or (record(1), record(2, fixed="3.0", database_specific={"severity": "LOW"}))))
    return desk
