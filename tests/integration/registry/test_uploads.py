"""Uploads: whose they are, how they grow, and what closing one promises (distribution-spec, "Pushing blobs")."""

import contextlib
import threading
from dataclasses import replace

import pytest
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, BOB, LEASE, LIMITS, Warehouse

from pratique.access.principal import Tier
from pratique.clock import HOUR, SECOND
from pratique.db import Tx
from pratique.errors import (
    Conflict,
    DigestInvalid,
    QuotaExceeded,
    RangeInvalid,
    RepositoryUnknown,
    TooLarge,
    TooManyAttempts,
    Unavailable,
    UploadUnknown,
)
from pratique.oci.digest import digest_of
from pratique.registry.uploads import Uploads
from pratique.registry.values import Reader


def append(warehouse: Warehouse, upload: str, content: bytes, start: int | None = None) -> None:
    with warehouse.uploads.append(APP, upload, ANN, start) as writer:
        writer.write(content)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_blob_in_chunks_is_there_when_commit_returns(warehouse: Warehouse, algorithm: str) -> None:
    upload = warehouse.uploads.begin(APP, ANN, algorithm=algorithm)
    append(warehouse, upload.id, b"first ", 0)
    append(warehouse, upload.id, b"second")
    assert warehouse.uploads.status(APP, upload.id, ANN).offset == 12
    digest = digest_of(b"first second", algorithm)
    assert warehouse.uploads.commit(APP, upload.id, ANN, digest) == 12
    pulled = warehouse.puller.blob(APP, digest, Reader(ANN, Tier.READ))
    with warehouse.puller.open_blob(pulled) as source:
        assert source.read() == b"first second"
    with pytest.raises(UploadUnknown):
        warehouse.uploads.status(APP, upload.id, ANN)


def test_the_empty_blob(warehouse: Warehouse) -> None:
    assert warehouse.has_file(warehouse.push_blob(b""))


def test_an_upload_survives_a_restart(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"before ")
    again = Warehouse(warehouse.database, warehouse.directory, warehouse.clock)
    with again.uploads.append(APP, upload.id, ANN, 7) as writer:
        writer.write(b"after")
    assert again.uploads.commit(APP, upload.id, ANN, digest_of(b"before after")) == 12


def test_a_wrong_digest_leaves_the_upload_as_it_was(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"content")
    with pytest.raises(DigestInvalid):
        warehouse.uploads.commit(APP, upload.id, ANN, digest_of(b"something else"))
    assert warehouse.uploads.status(APP, upload.id, ANN).offset == 7
    assert warehouse.uploads.commit(APP, upload.id, ANN, digest_of(b"content")) == 7


def test_a_chunk_out_of_order_says_where_to_go_on(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"12345")
    with pytest.raises(RangeInvalid) as refusal:
        append(warehouse, upload.id, b"x", 9)
    assert refusal.value.offset == 5


def test_an_upload_is_nobody_elses(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    for repository, by in ((APP, BOB), ("library/elsewhere", ANN)):
        with pytest.raises(UploadUnknown):
            warehouse.uploads.status(repository, upload.id, by)
        with pytest.raises(UploadUnknown):
            warehouse.uploads.commit(repository, upload.id, by, digest_of(b""))
        with pytest.raises(UploadUnknown):
            warehouse.uploads.cancel(repository, upload.id, by)
    with pytest.raises(UploadUnknown):
        warehouse.uploads.status(APP, "../../etc/passwd", ANN)


def test_one_writer_at_a_time(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    with warehouse.uploads.append(APP, upload.id, ANN, 0) as writer:
        writer.write(b"mine")
        with pytest.raises(Conflict), warehouse.uploads.append(APP, upload.id, ANN, 0):
            pass
        with pytest.raises(Conflict):
            warehouse.uploads.commit(APP, upload.id, ANN, digest_of(b""))
    assert warehouse.uploads.status(APP, upload.id, ANN).offset == 4


def test_a_broken_chunk_adds_nothing(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"kept")
    with contextlib.suppress(ConnectionError), warehouse.uploads.append(APP, upload.id, ANN, None) as writer:
        writer.write(b"lost with the connection")
        raise ConnectionError
    assert warehouse.uploads.status(APP, upload.id, ANN).offset == 4


def test_a_cancelled_upload_leaves_nothing(warehouse: Warehouse) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"content")
    warehouse.uploads.cancel(APP, upload.id, ANN)
    with pytest.raises(UploadUnknown):
        append(warehouse, upload.id, b"more")
    assert not list(warehouse.spool.walk())


def test_an_upload_expires_by_its_last_byte(warehouse: Warehouse, clock: ManualClock) -> None:
    upload = warehouse.uploads.begin(APP, ANN)
    clock.advance(6 * 86_400)
    append(warehouse, upload.id, b"still at it")
    clock.advance(2 * 86_400)
    assert warehouse.uploads.status(APP, upload.id, ANN).offset == 11
    assert warehouse.uploads.expire() == []
    clock.advance(5 * 86_400)
    with pytest.raises(UploadUnknown):
        warehouse.uploads.status(APP, upload.id, ANN)
    assert warehouse.uploads.expired() == [upload.id]
    assert warehouse.uploads.expire() == [upload.id]
    assert not list(warehouse.spool.walk())


def with_limits(warehouse: Warehouse, **limits: int) -> Uploads:
    return Uploads(
        warehouse.database,
        warehouse.spool,
        warehouse.blobs,
        warehouse.projects,
        warehouse.clock,
        replace(LIMITS, **limits),
    )


def test_a_blob_has_a_limit(warehouse: Warehouse) -> None:
    uploads = with_limits(warehouse, blob_size=10)
    upload = uploads.begin(APP, ANN)
    with uploads.append(APP, upload.id, ANN, 0) as writer:
        writer.write(b"1234567890")
    with pytest.raises(TooLarge), uploads.append(APP, upload.id, ANN, 10) as writer:
        writer.write(b"1")
    assert uploads.status(APP, upload.id, ANN).offset == 10


def test_open_uploads_have_a_limit_for_each_principal(warehouse: Warehouse) -> None:
    uploads = with_limits(warehouse, open_uploads=2)
    first = uploads.begin(APP, ANN)
    uploads.begin(APP, ANN)
    with pytest.raises(TooManyAttempts):
        uploads.begin(APP, ANN)
    uploads.begin(APP, BOB)
    uploads.cancel(APP, first.id, ANN)
    uploads.begin(APP, ANN)


def test_no_project_no_upload(warehouse: Warehouse) -> None:
    with pytest.raises(RepositoryUnknown):
        warehouse.uploads.begin("nowhere/app", ANN)
    with pytest.raises(DigestInvalid):
        warehouse.uploads.begin(APP, ANN, algorithm="md5")


def test_a_quota_counts_a_blob_once_a_project(warehouse: Warehouse) -> None:
    warehouse.projects.limits[1] = 150
    warehouse.push_blob(b"a" * 100)
    warehouse.push_blob(b"a" * 100, "library/second")
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"b" * 51)
    with pytest.raises(QuotaExceeded) as refusal:
        warehouse.uploads.commit(APP, upload.id, ANN, digest_of(b"b" * 51))
    assert refusal.value.message == (
        "adding 51.0 B of storage resource, which when updated to current usage of 100.0 B will exceed the "
        "configured upper limit of 150.0 B."
    )
    warehouse.push_blob(b"c" * 50)
    with pytest.raises(QuotaExceeded):
        warehouse.uploads.begin(APP, ANN)
    warehouse.push_blob(b"b" * 51, "other/app")


def test_two_pushes_do_not_share_what_is_left_of_a_quota(warehouse: Warehouse) -> None:
    warehouse.projects.limits[1] = 100
    refused: list[QuotaExceeded] = []

    def push(content: bytes) -> None:
        try:
            warehouse.push_blob(content)
        except QuotaExceeded as refusal:
            refused.append(refusal)

    threads = [threading.Thread(target=push, args=(bytes([letter]) * 60,)) for letter in b"abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3


def test_a_lease_is_renewed_only_when_half_of_it_is_over(warehouse: Warehouse, clock: ManualClock) -> None:
    digest = warehouse.push_blob(b"content")
    before = warehouse.database.changed()
    assert warehouse.uploads.renew(APP, digest)
    clock.advance(LEASE / SECOND / 2 + 1)
    assert warehouse.uploads.renew(APP, digest)
    clock.advance(LEASE / SECOND - HOUR / SECOND)
    warehouse.collect()
    assert warehouse.has_file(digest)
    assert warehouse.database.changed() >= before
    clock.advance(2 * HOUR / SECOND)
    warehouse.collect()
    assert not warehouse.has_file(digest)
    assert not warehouse.uploads.renew(APP, digest)


def test_bytes_that_were_cleared_away_before_their_row_come_back(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Close 1, collect 2, close 2 (registry/disposal)."""
    publish = warehouse.spool.commit

    def publish_then_collect(upload: str, expected: object) -> int:
        size = publish(upload, digest_of(b"content"))
        assert expected == digest_of(b"content")
        warehouse.collect(undo=HOUR)
        assert warehouse.blobs.stat(digest_of(b"content")) is None
        return size

    monkeypatch.setattr(warehouse.spool, "commit", publish_then_collect)
    assert warehouse.has_file(warehouse.push_blob(b"content"))


def test_bytes_that_are_gone_for_good_are_no_promise(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Close 1, collect 2, collect 3, close 2 (registry/disposal)."""
    publish = warehouse.spool.commit

    def publish_then_lose(upload: str, expected: object) -> int:
        size = publish(upload, digest_of(b"content"))
        assert expected == digest_of(b"content")
        warehouse.layout.blob(digest_of(b"content")).unlink()
        return size

    monkeypatch.setattr(warehouse.spool, "commit", publish_then_lose)
    with pytest.raises(Unavailable):
        warehouse.push_blob(b"content")
    monkeypatch.undo()
    assert warehouse.has_file(warehouse.push_blob(b"content"))


def test_a_repository_that_is_deleted_while_a_blob_comes_in(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL in the midst of the closing transaction; SQLite's writers take turns."""
    upload = warehouse.uploads.begin(APP, ANN)
    append(warehouse, upload.id, b"content")
    project_of = warehouse.projects.project_of

    def delete_then_look(tx: Tx, repository: str) -> int:
        monkeypatch.setattr(warehouse.projects, "project_of", project_of)
        warehouse.deleter.repository(APP, ANN)
        return project_of(tx, repository)

    if warehouse.database.dialect == "postgresql":
        monkeypatch.setattr(warehouse.projects, "project_of", delete_then_look)
    else:
        warehouse.deleter.repository(APP, ANN)
    with pytest.raises(UploadUnknown):
        warehouse.uploads.commit(APP, upload.id, ANN, digest_of(b"content"))
    assert not list(warehouse.doctor.examine())
