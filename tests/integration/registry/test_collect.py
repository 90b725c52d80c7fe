"""Garbage collection: what it keeps, what it takes, and that a rehearsal says exactly that."""

import json
from typing import Any

import pytest
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, IMAGE, LEASE, Warehouse, image, index

from pratique.clock import DAY, HOUR, SECOND
from pratique.events import GarbageCollected
from pratique.jobs import Feed, OutboxRow
from pratique.oci.digest import Digest, digest_of
from pratique.registry.collect import CollectJob, Outcome
from pratique.registry.store import manifests as manifest_rows
from pratique.registry.store import repositories, runs
from pratique.registry.store.runs import Status
from pratique.registry.sweep import Gone, Terms, What

LEASE_SECONDS = LEASE / SECOND


def names(gone: list[Gone], what: What) -> set[str]:
    return {each.name for each in gone if each.what is what}


def rehearsed(warehouse: Warehouse, **terms: Any) -> tuple[Outcome, list[Gone]]:
    """Rehearse, collect, and see that both say the same."""
    would, foreseen = warehouse.collect(is_dry_run=True, **terms)
    did, gone = warehouse.collect(**terms)
    assert set(foreseen) == {each for each in gone if each.what is not What.TRASH}
    did_counts, would_counts = did.counts, would.counts
    would_counts.emptied_bytes = did_counts.emptied_bytes
    assert would_counts == did_counts
    return did, gone


def test_a_lease_keeps_what_nothing_names(warehouse: Warehouse, clock: ManualClock) -> None:
    digest = warehouse.push_blob(b"not named yet")
    clock.advance(LEASE_SECONDS - 1)
    outcome, gone = rehearsed(warehouse, grace=0)
    assert (outcome.counts.links, outcome.counts.blobs) == (0, 0)
    assert warehouse.has_file(digest)
    clock.advance(1)
    outcome, gone = rehearsed(warehouse, grace=0)
    assert names(gone, What.LINK) == {f"{APP}@{digest}"}
    assert names(gone, What.BLOB) == {digest}
    assert outcome.counts.freed_bytes == len(b"not named yet")
    assert not warehouse.has_file(digest)


def test_a_blob_is_condemned_for_the_grace_and_then_lies_in_the_trash(
    warehouse: Warehouse, clock: ManualClock
) -> None:
    digest = warehouse.push_blob(b"content")
    clock.advance(LEASE_SECONDS)
    assert rehearsed(warehouse, grace=3_600, undo=DAY)[0].counts.blobs == 0
    clock.advance(3_599)
    assert rehearsed(warehouse, grace=3_600, undo=DAY)[0].counts.blobs == 0
    clock.advance(1)
    assert rehearsed(warehouse, grace=3_600, undo=DAY)[0].counts.blobs == 1
    assert warehouse.blobs.stat(digest) is None
    assert warehouse.layout.trashed(digest).read_bytes() == b"content"
    clock.advance(DAY / SECOND)
    assert warehouse.collect(3_600, undo=DAY)[0].counts.emptied_bytes == 7
    assert not warehouse.layout.trashed(digest).exists()


def test_a_condemned_blob_that_is_pushed_again_is_kept(warehouse: Warehouse, clock: ManualClock) -> None:
    digest = warehouse.push_blob(b"content")
    clock.advance(LEASE_SECONDS)
    warehouse.collect(3_600)
    warehouse.push_blob(b"content", "library/other")
    clock.advance(7_200)
    warehouse.collect(3_600)
    assert warehouse.has_file(digest)


def test_manifests_keep_their_blobs(warehouse: Warehouse, clock: ManualClock) -> None:
    warehouse.push_image([b"tagged"], "1.0")
    warehouse.push_image([b"untagged"])
    clock.advance(10 * LEASE_SECONDS)
    outcome, _ = rehearsed(warehouse, grace=0)
    assert (outcome.counts.manifests, outcome.counts.blobs, outcome.counts.links) == (0, 0, 0)
    assert warehouse.has_file(digest_of(b"untagged"))


def test_untagged_manifests_go_when_asked(warehouse: Warehouse, clock: ManualClock) -> None:
    kept = warehouse.push_image([b"common", b"tagged"], "1.0")
    lost = warehouse.push_image([b"common", b"untagged"])
    clock.advance(LEASE_SECONDS)
    young = warehouse.push_image([b"common", b"young"])
    _, gone = rehearsed(warehouse, grace=3_600, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{lost}"}
    clock.advance(3_600)
    rehearsed(warehouse, grace=3_600)
    assert warehouse.has_file(digest_of(b"common"))
    assert not warehouse.has_file(digest_of(b"untagged"))
    assert manifests(warehouse) == {kept, young}


def test_an_index_keeps_its_children_and_what_is_nested(warehouse: Warehouse, clock: ManualClock) -> None:
    child = warehouse.push_image([b"child"])
    inner = warehouse.push(index([(child, 1)]))
    outer = warehouse.push(index([(inner, 1)]), "multi")
    alone = warehouse.push(index([(child, 1)], annotations={"other": "one"}))
    clock.advance(LEASE_SECONDS)
    _, gone = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{alone}"}
    warehouse.deleter.tag(APP, "multi", ANN)
    _, gone = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{digest}" for digest in (outer, inner, child)}
    assert not warehouse.has_file(digest_of(b"child"))


def test_evidence_lives_as_long_as_its_subject(warehouse: Warehouse, clock: ManualClock) -> None:
    subject = warehouse.push_image([b"signed"], "1.0")
    unknown = digest_of(b"never pushed")
    untagged = warehouse.push_signature(subject)
    tagged = warehouse.push_signature(unknown, unknown.replace(":", "-") + ".sig")
    clock.advance(LEASE_SECONDS)
    _, gone = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{tagged}"}
    assert untagged in manifests(warehouse)
    warehouse.deleter.tag(APP, "1.0", ANN)
    _, gone = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{subject}", f"{APP}@{untagged}"}


def test_an_artifact_that_refers_to_a_living_subject_is_kept(
    warehouse: Warehouse, clock: ManualClock
) -> None:
    subject = warehouse.push_image([b"base"], "1.0")
    reference = {"mediaType": IMAGE, "digest": subject, "size": 1}
    referrer = warehouse.push_image([b"docs"], subject=reference)
    orphan = warehouse.push_image([b"x"], subject={**reference, "digest": digest_of(b"unknown")})
    tagged = warehouse.push_image([b"y"], "kept", subject={**reference, "digest": digest_of(b"unknown")})
    clock.advance(LEASE_SECONDS)
    _, gone = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert names(gone, What.MANIFEST) == {f"{APP}@{orphan}"}
    assert manifests(warehouse) == {subject, referrer, tagged}


def test_both_sides_of_a_tag_and_what_lies_between_are_kept(warehouse: Warehouse, clock: ManualClock) -> None:
    pushed = [warehouse.push_image([b"first"], "1.0")]
    for content in (b"second", b"third"):
        config = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
        warehouse.gate.refused.add(manifest_digest(config, content))
        pushed.append(warehouse.push_image([content], "1.0"))
    clock.advance(LEASE_SECONDS)
    outcome, _ = rehearsed(warehouse, grace=0, delete_untagged=True)
    assert outcome.counts.manifests == 0
    assert manifests(warehouse) == set(pushed)


def manifest_digest(config: bytes, layer: bytes) -> Digest:
    return digest_of(json.dumps(image(config, [layer])).encode())


def test_deleted_repositories_leave_garbage_for_the_next_run(
    warehouse: Warehouse, clock: ManualClock
) -> None:
    warehouse.push_image([b"gone"], "1.0", "library/gone")
    warehouse.push_image([b"gone", b"kept"], "1.0")
    warehouse.deleter.repository("library/gone", ANN)
    clock.advance(LEASE_SECONDS)
    assert rehearsed(warehouse, grace=0)[0].counts.blobs == 0
    warehouse.deleter.repository(APP, ANN)
    assert rehearsed(warehouse, grace=0)[0].counts.blobs == 3


def test_files_without_a_row_go_when_they_are_old(warehouse: Warehouse, clock: ManualClock) -> None:
    digest = digest_of(b"orphan")
    warehouse.spool.begin("0" * 8)
    with warehouse.spool.append("0" * 8, 0) as writer:
        writer.write(b"orphan")
    warehouse.spool.commit("0" * 8, digest)
    clock.advance(3_599)
    assert rehearsed(warehouse, grace=3_600, undo=DAY)[0].counts.files == 0
    clock.advance(1)
    _, gone = rehearsed(warehouse, grace=3_600, undo=DAY)
    assert names(gone, What.FILE) == {digest}
    assert warehouse.layout.trashed(digest).exists()
    assert warehouse.has_file(warehouse.push_blob(b"orphan"))


def test_uploads_that_expired_and_files_of_none_go(warehouse: Warehouse, clock: ManualClock) -> None:
    old = warehouse.uploads.begin(APP, ANN)
    clock.advance(warehouse.limits.expiry / SECOND)
    young = warehouse.uploads.begin(APP, ANN)
    warehouse.spool.begin("leftover")
    _, gone = rehearsed(warehouse, grace=0)
    assert names(gone, What.UPLOAD) == {old.id, "leftover"}
    assert list(warehouse.spool.walk()) == [young.id]


def test_a_run_leaves_a_record_and_an_event(warehouse: Warehouse, clock: ManualClock) -> None:
    digest = warehouse.push_blob(b"content")
    clock.advance(LEASE_SECONDS)
    told: list[GarbageCollected] = []

    def consume(_tx: object, rows: Any) -> None:
        events = [OutboxRow(*row).event() for row in rows]
        told.extend(event for event in events if isinstance(event, GarbageCollected))

    CollectJob(warehouse.collector, grace=HOUR, inspection=DAY)({"grace": 0, "delete_untagged": True})
    while Feed(warehouse.database, "test", consume).advance():
        pass
    (run,) = warehouse.collector.history()
    assert run.status is Status.SUCCESS
    assert run.parameters == {"delete_untagged": True, "dry_run": False, "grace": 0, "undo": 3_600}
    assert run.counts["blobs"] == 1
    assert run.ended_at == clock.now()
    assert f"blob {digest} 7 bytes" in (warehouse.collector.log(run.id) or "")
    assert warehouse.collector.get(run.id) == run
    assert warehouse.collector.log(run.id + 1) is None
    assert [(event.blobs, event.freed_bytes, event.is_dry_run) for event in told] == [(1, 7, False)]


def test_a_run_stops_when_it_is_asked(warehouse: Warehouse, clock: ManualClock) -> None:
    for number in range(100):
        warehouse.push_blob(b"%d" % number)
    clock.advance(LEASE_SECONDS)

    def stop(_gone: Gone) -> None:
        warehouse.collector.stop(warehouse.collector.history()[0].id)

    outcome = warehouse.collector.run(Terms(grace=0, undo=0), stop)
    assert outcome.status is Status.STOPPED
    assert outcome.counts.links < 100
    assert not warehouse.collector.stop(outcome.run_id)
    assert warehouse.collect()[0].counts.blobs == 100


def test_a_run_that_was_killed_is_known_as_such(warehouse: Warehouse, clock: ManualClock) -> None:
    killed = warehouse.database.write(lambda tx: runs.start(tx, {}, clock.now()))
    clock.advance(3_601)
    warehouse.collect()
    run = warehouse.collector.get(killed)
    assert run is not None
    assert run.status is Status.ERROR


def test_a_failure_is_recorded(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(warehouse.blobs, "walk", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        warehouse.collect()
    (run,) = warehouse.collector.history()
    assert run.status is Status.ERROR
    assert "the disk is gone" in (warehouse.collector.log(run.id) or "")


def manifests(warehouse: Warehouse) -> set[Digest]:
    with warehouse.database.read() as tx:
        repository = repositories.by_name(tx, APP)
        assert repository is not None
        return {artifact.digest for artifact in manifest_rows.all_of(tx, repository.id)}
