"""What was examined goes with the last who has it, and what older readers examined is examined anew."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.counting import counted_statements
from tests.houses import Furnished
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel

from pratique.admission.keeping import FORGET_ALL, SOON, ForgetFeed
from pratique.bootstrap.following import keeping_of
from pratique.bootstrap.upkeep import build_upkeep
from pratique.clock import SECOND
from pratique.db import Tx
from pratique.inventory.catalogued import layers
from pratique.inventory.recording import Image
from pratique.jobs import Feed, Worker
from pratique.oci.digest import digest_of
from pratique.packages import Severity
from pratique.registry.sweep import Terms
from pratique.scanners.store import findings
from pratique.scanners.values import ForeignFinding, Maker


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    found.prevent()
    return found


def tidy(home: Furnished) -> None:
    """Let the worker forget."""
    database = home.house.stores.database
    feeds = (Feed(database, "forget", ForgetFeed().consume),)
    Worker(database, keeping_of(home.house).handlers(), home.clock, feeds=feeds).run_pending()


def is_known(home: Furnished, content: bytes) -> bool:
    with home.house.stores.database.read() as tx:
        return isinstance(home.house.court.recording.image_of(tx, digest_of(content)), Image)


def test_an_image_is_forgotten_with_its_last_manifest_and_examined_again(port: Port, home: Furnished) -> None:
    other = Port(new_scene(home, "open"), port.folder)
    layers = [wheel(f"package-{next(PACKAGES)}")]
    content = port.push(layers)
    assert other.push(layers) == content
    home.work()
    assert is_known(home, content)
    deleter, digest = home.house.warehouse.deleter, digest_of(content)
    deleter.manifest(port.scene.repository, digest, home.admin)
    tidy(home)
    assert is_known(home, content)
    deleter.manifest(other.scene.repository, digest, home.admin)
    tidy(home)
    assert not is_known(home, content)
    port.push(layers)
    assert port.scene.state(content) == "PENDING"
    home.work()
    assert port.scene.state(content) == "ADMITTED"


def test_what_other_scanners_found_goes_with_it(port: Port, home: Furnished) -> None:
    content = port.push([wheel(f"package-{next(PACKAGES)}")])
    home.work()
    digest, database = digest_of(content), home.house.stores.database
    found = [ForeignFinding("CVE-1", "zlib", "1.2", "", Severity.HIGH)]
    maker, now = Maker("somebody", "", ""), home.clock.now()
    database.write(lambda tx: findings.put(tx, digest, "7", found, maker, now))
    home.house.warehouse.deleter.manifest(port.scene.repository, digest, home.admin)
    tidy(home)
    with database.read() as tx:
        assert findings.of(tx, digest, "7") == []


def test_a_layer_is_forgotten_with_its_bytes(port: Port, home: Furnished) -> None:
    content = port.push([wheel(f"package-{next(PACKAGES)}")])
    home.work()
    layer = json.loads(content)["layers"][0]["digest"]

    def is_catalogued() -> bool:
        with home.house.stores.database.read() as tx:
            return layer in layers(tx, "", 10_000)

    assert is_catalogued()
    home.house.warehouse.deleter.manifest(port.scene.repository, digest_of(content), home.admin)
    tidy(home)
    assert is_catalogued(), "its bytes are there until they are collected"
    for days in (2, 2):
        home.clock.advance(days * 24 * 3600)
        build_upkeep(home.house).collector.run(Terms(grace=0, undo=0))
    tidy(home)
    home.clock.advance(SOON / SECOND)
    tidy(home)
    assert not is_catalogued()


def test_a_deletion_costs_what_was_deleted(port: Port, home: Furnished) -> None:
    tidy(home)

    def price() -> int:
        content = port.push([wheel(f"package-{next(PACKAGES)}")])
        home.work()
        home.house.warehouse.deleter.manifest(port.scene.repository, digest_of(content), home.admin)
        with counted_statements() as statements:
            tidy(home)
        assert not is_known(home, content)
        return statements.count

    alone = price()
    for _ in range(5):
        port.push([wheel(f"package-{next(PACKAGES)}")])
    home.work()
    tidy(home)
    assert price() == alone


def test_many_repositories_that_go_are_one_look(home: Furnished, tmp_path: Path) -> None:
    going = []
    for _ in range(3):
        port = Port(new_scene(home, "open"), tmp_path)
        going.append((port, port.push([wheel(f"package-{next(PACKAGES)}")])))
        port.examine_all()
    assert all(is_known(home, content) for _, content in going)
    for port, _ in going:
        home.house.warehouse.deleter.repository(port.scene.repository, home.admin)
    tidy(home)
    assert waiting(home, FORGET_ALL) == 1
    assert all(is_known(home, content) for _, content in going)
    home.clock.advance(SOON / SECOND)
    with counted_statements() as statements:
        tidy(home)
    assert waiting(home, FORGET_ALL) == 0
    assert not any(is_known(home, content) for _, content in going)
    assert statements.count < 200, "whatever else is there"


def waiting(home: Furnished, kind: str) -> int:
    """How many jobs of a kind there are."""

    def count(tx: Tx) -> int:
        return int(
            tx.execute(text("SELECT count(*) FROM job WHERE kind = :kind"), {"kind": kind}).scalar_one()
        )

    with home.house.stores.database.read() as tx:
        return count(tx)


def test_what_other_readers_examined_is_examined_anew_and_stands_until_then(
    port: Port, home: Furnished
) -> None:
    content = port.push([wheel(f"package-{next(PACKAGES)}")])
    home.work()
    recording, digest = home.house.court.recording, digest_of(content)
    database = home.house.stores.database
    with database.read() as tx:
        found = recording.contents_of(tx, digest)
    assert found is not None
    database.write(lambda tx: recording.put(tx, digest, found, home.clock.now(), "old"))  # type: ignore[arg-type]  # it is no problem
    keeping_of(home.house).examine_anew({})
    assert port.scene.is_let_out(content)
    home.work()
    with database.read() as tx:
        assert digest not in recording.of_other_readers(tx)
    assert port.scene.is_let_out(content)
