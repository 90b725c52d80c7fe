"""The doctor finds what must not be, and nothing where a crash has only left garbage; recovery clears that away."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, update
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, LEASE, Warehouse, index

from pratique.clock import DAY, MINUTE, SECOND
from pratique.db import Tx
from pratique.errors import UploadUnknown
from pratique.oci.digest import Digest, digest_of
from pratique.registry.recover import Recovered
from pratique.registry.store.tables import manifest, manifest_blob, manifest_child, tag

NOWHERE = digest_of(b"nowhere")


@pytest.fixture
def pushed(warehouse: Warehouse) -> Digest:
    child = warehouse.push_image([b"layer"])
    warehouse.push(index([(child, 1)]), "multi")
    warehouse.push_signature(child)
    return warehouse.push_image([b"layer", b"other"], "1.0")


def rules(warehouse: Warehouse) -> set[str]:
    return {finding.rule for finding in warehouse.doctor.examine()}


@pytest.mark.usefixtures("pushed")
def test_a_healthy_registry(warehouse: Warehouse) -> None:
    assert not list(warehouse.doctor.examine())


def damage_tag(tx: Tx) -> None:
    tx.execute(update(tag).where(tag.c.name == "1.0").values(candidate=NOWHERE))


def damage_body(tx: Tx) -> None:
    tx.execute(update(manifest).where(manifest.c.is_index.is_(True)).values(body=b"{}"))


def damage_blobs(tx: Tx) -> None:
    tx.execute(delete(manifest_blob).where(manifest_blob.c.digest == digest_of(b"other")))


def damage_children(tx: Tx) -> None:
    tx.execute(delete(manifest_child))


def damage_subject(tx: Tx) -> None:
    tx.execute(update(manifest).where(manifest.c.is_index.is_(True)).values(subject=NOWHERE))


DAMAGES: dict[str, tuple[Callable[[Tx], None], set[str]]] = {
    "a tag": (damage_tag, {"tag-resolves"}),
    "bytes of a manifest": (damage_body, {"manifest-bytes"}),
    "rows of its blobs": (damage_blobs, {"manifest-rows"}),
    "rows of its children": (damage_children, {"manifest-rows"}),
    "its subject": (damage_subject, {"manifest-subject"}),
}


@pytest.mark.usefixtures("pushed")
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_rows(warehouse: Warehouse, damage: str) -> None:
    work, wanted = DAMAGES[damage]
    warehouse.database.write(work)
    assert rules(warehouse) == wanted


@pytest.mark.usefixtures("pushed")
@pytest.mark.parametrize("content", [None, b"", b"cut"])
def test_damaged_files(warehouse: Warehouse, content: bytes | None) -> None:
    path = warehouse.layout.blob(digest_of(b"layer"))
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert rules(warehouse) == {"blob-file"}


def test_links_and_blobs_that_no_key_protected(
    warehouse: Warehouse, pushed: Digest, request: pytest.FixtureRequest
) -> None:
    """Foreign keys forbid this; a database repaired by hand may have it."""
    if warehouse.database.dialect != "sqlite":
        assert pushed
        return
    path: Any = warehouse.directory.parent / "pratique.db"
    connection = sqlite3.connect(path)
    request.addfinalizer(connection.close)
    layer, other = digest_of(b"layer"), digest_of(b"other")
    connection.execute("DELETE FROM blob_link WHERE digest = ?", (layer,))
    connection.execute("DELETE FROM blob WHERE digest = ?", (other,))
    connection.commit()
    assert rules(warehouse) == {"manifest-blobs", "link-blob"}


def leave_garbage(warehouse: Warehouse, clock: ManualClock) -> None:
    """What a crash may leave: files without rows, rows without files, a copy in the trash."""
    cut_before_its_file = warehouse.uploads.begin(APP, ANN)
    warehouse.spool.discard(cut_before_its_file.id)
    warehouse.spool.begin("rowless")
    published = warehouse.uploads.begin(APP, ANN)
    with warehouse.uploads.append(APP, published.id, ANN, 0) as writer:
        writer.write(b"published")
    warehouse.spool.commit(published.id, digest_of(b"published"))
    warehouse.blobs.delete(warehouse.push_blob(b"came back"))
    warehouse.push_blob(b"came back")
    warehouse.layout.trashed(digest_of(b"came back")).write_bytes(b"came back")
    clock.advance(MINUTE / SECOND + 1)


@pytest.mark.usefixtures("pushed")
def test_garbage_is_no_finding_and_recovery_clears_it(warehouse: Warehouse, clock: ManualClock) -> None:
    leave_garbage(warehouse, clock)
    open_still = warehouse.uploads.begin(APP, ANN)
    assert not list(warehouse.doctor.examine())
    assert warehouse.recovery.run() == Recovered(restored=0, leftovers=1, cut_short=2, expired=0)
    assert not list(warehouse.doctor.examine())
    assert warehouse.uploads.status(APP, open_still.id, ANN).offset == 0
    assert warehouse.recovery.run() == Recovered(0, 0, 0, 0)


def test_recovery_brings_recorded_bytes_back(warehouse: Warehouse) -> None:
    digest = warehouse.push_blob(b"content")
    warehouse.blobs.delete(digest)
    assert not list(warehouse.doctor.examine())  # start-up mends it by itself
    assert warehouse.recovery.run().restored == 1
    assert warehouse.has_file(digest)
    assert not list(warehouse.doctor.examine())


def test_leftovers_that_nobody_cleared_are_found(warehouse: Warehouse, clock: ManualClock) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    clock.advance((warehouse.limits.expiry + 2 * DAY) / SECOND)
    assert rules(warehouse) == {"upload-leftover"}
    warehouse.collect()
    assert rules(warehouse) == set()
    with pytest.raises(UploadUnknown):
        warehouse.spool.size(upload.id)


@pytest.mark.usefixtures("pushed")
def test_a_collection_beside_it_is_no_finding(
    warehouse: Warehouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.push_blob(b"to be collected")
    clock.advance(LEASE / SECOND)
    stat = warehouse.blobs.stat

    def collect_then_look(digest: Digest) -> int | None:
        monkeypatch.setattr(warehouse.blobs, "stat", stat)
        warehouse.collect()
        return stat(digest)

    monkeypatch.setattr(warehouse.blobs, "stat", collect_then_look)
    assert not list(warehouse.doctor.examine())
    assert not warehouse.has_file(digest_of(b"to be collected"))
