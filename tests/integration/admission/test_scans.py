"""A scan by the job itself: asked for, done by a worker, told; again where nothing has to be read again."""

import json

from tests.contained import informed
from tests.houses import OCI_CONFIG, OCI_IMAGE, OCI_LAYER, Furnished
from tests.images import file, image
from tests.signing import descriptor_of

from pratique.admission.reports.scans import Scan, Status
from pratique.bootstrap.reporting import build_examination, build_reporting
from pratique.jobs import Worker
from pratique.oci.digest import digest_of
from pratique.registry.store import manifests, repositories

METADATA = "Metadata-Version: 2.1\nName: package_1\nVersion: 1.0\n"
MADE = image([file("app/package_1-1.0.dist-info/METADATA", METADATA)])


def push(home: Furnished, repository: str) -> str:
    home.blob(repository, MADE.configuration)
    home.blob(repository, MADE.layers[0])
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": descriptor_of(MADE.configuration, OCI_CONFIG),
        "layers": [descriptor_of(MADE.layers[0], OCI_LAYER)],
    }
    written = json.dumps(content).encode()
    home.put(repository, "1.0", written)
    return digest_of(written)


def worker(home: Furnished) -> Worker:
    return Worker(home.house.stores.database, build_examination(home.house), home.clock)


def scan(home: Furnished, repository: str, digest: str, *, start: bool = False) -> Scan | None:
    database, scans = home.house.stores.database, build_reporting(home.house).scans
    with database.read() as tx:
        place = repositories.by_name(tx, repository)
        assert place is not None
        artifact = manifests.by_digest(tx, place.id, digest)
        assert artifact is not None
    if start:
        database.write(lambda tx: scans.start(tx, home.admin, place, artifact))
    with database.read() as tx:
        return scans.of(tx, place, artifact)


def test_a_worker_does_it(home: Furnished) -> None:
    informed(home)
    home.project("scanned")
    digest = push(home, "scanned/app")
    waits = scan(home, "scanned/app", digest, start=True)
    assert waits is not None
    assert waits.status is Status.PENDING
    home.clock.advance(2)
    worker(home).run_pending()
    done = scan(home, "scanned/app", digest)
    assert done is not None
    assert done.report is not None
    assert (done.status, done.report.errors) == (Status.SUCCESS, ())
    assert [finding.id for finding in done.report.findings] == ["PYSEC-2026-1"]


def test_what_is_known_is_not_read_again_and_the_scan_is_over_all_the_same(home: Furnished) -> None:
    informed(home)
    home.project("rescanned")
    digest = push(home, "rescanned/app")
    scan(home, "rescanned/app", digest, start=True)
    worker(home).run_pending()
    home.clock.advance(60)
    again = scan(home, "rescanned/app", digest, start=True)
    assert again is not None
    assert (again.status, again.report is not None) == (Status.PENDING, True)
    worker(home).run_pending()
    done = scan(home, "rescanned/app", digest)
    assert done is not None
    assert done.status is Status.SUCCESS
    assert done.started_at == done.ended_at == home.clock.now()


def test_a_round_ends_when_a_worker_has_looked_at_all_images(home: Furnished) -> None:
    informed(home)
    home.project("round")
    push(home, "round/app")
    database, rounds = home.house.stores.database, build_reporting(home.house).rounds
    database.write(lambda tx: rounds.begin(tx, home.admin))
    for _ in range(3):
        worker(home).run_pending()
        home.clock.advance(61)
    with database.read() as tx:
        over = rounds.progress(tx)
    assert over is not None
    assert not over.is_going_on
    assert over.counts["Success"] >= 1
    assert over.completed == over.total
