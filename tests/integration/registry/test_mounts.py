"""Mounts: a way out, asked about as a pull from the source would be (gate.md 6)."""

import pytest
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, LEASE, Warehouse

from pratique.access.principal import Tier
from pratique.errors import QuotaExceeded, RepositoryUnknown
from pratique.oci.digest import digest_of
from pratique.registry.mounts import HOLDERS_TRIED
from pratique.registry.values import Reader

TARGET = "library/target"
PUSHER = Reader(ANN, Tier.INSPECT, may_push=True)


@pytest.fixture
def content(warehouse: Warehouse) -> bytes:
    warehouse.push_blob(b"layer")
    return b"layer"


def is_linked(warehouse: Warehouse, content: bytes, repository: str = TARGET) -> bool:
    return warehouse.uploads.renew(repository, digest_of(content))


@pytest.mark.parametrize("source", [APP, None])
def test_who_may_pull_there_may_mount(warehouse: Warehouse, content: bytes, source: str | None) -> None:
    warehouse.rights.tiers[ANN.key, APP] = Tier.READ
    assert warehouse.mounts.mount(TARGET, digest_of(content), source, PUSHER)
    assert is_linked(warehouse, content)


@pytest.mark.parametrize("source", [APP, None])
def test_no_right_on_the_source_looks_like_nothing(
    warehouse: Warehouse, content: bytes, source: str | None
) -> None:
    assert not warehouse.mounts.mount(TARGET, digest_of(content), source, PUSHER)
    warehouse.rights.tiers[ANN.key, APP] = Tier.NONE
    assert not warehouse.mounts.mount(TARGET, digest_of(content), source, PUSHER)
    assert not is_linked(warehouse, content)


@pytest.mark.parametrize("source", [APP, None])
def test_what_the_gate_holds_back_is_not_mounted(
    warehouse: Warehouse, content: bytes, source: str | None
) -> None:
    warehouse.rights.tiers[ANN.key, APP] = Tier.INSPECT
    warehouse.gate.refused.add(digest_of(content))
    assert not warehouse.mounts.mount(TARGET, digest_of(content), source, PUSHER)
    warehouse.rights.tiers[ANN.key, APP] = Tier.EXAMINE
    assert warehouse.mounts.mount(TARGET, digest_of(content), source, PUSHER)


def test_a_source_without_the_blob(warehouse: Warehouse, content: bytes) -> None:
    warehouse.rights.tiers[ANN.key, "library/empty"] = Tier.READ
    warehouse.uploads.begin("library/empty", ANN)
    assert not warehouse.mounts.mount(TARGET, digest_of(content), "library/empty", PUSHER)
    assert not warehouse.mounts.mount(TARGET, digest_of(content), "library/nowhere", PUSHER)
    assert not warehouse.mounts.mount(TARGET, digest_of(b"unknown"), None, PUSHER)


def test_an_anonymous_mount_finds_the_holder_that_lets_it_out(warehouse: Warehouse, content: bytes) -> None:
    for number in range(3):
        warehouse.push_blob(content, f"library/holder{number}")
    warehouse.rights.tiers[ANN.key, "library/holder2"] = Tier.READ
    assert warehouse.mounts.mount(TARGET, digest_of(content), None, PUSHER)


def test_an_anonymous_mount_looks_at_a_bounded_number_of_holders(warehouse: Warehouse) -> None:
    for number in range(HOLDERS_TRIED + 1):
        warehouse.push_blob(b"common", f"library/holder{number}")
    warehouse.rights.tiers[ANN.key, f"library/holder{HOLDERS_TRIED}"] = Tier.READ
    assert not warehouse.mounts.mount(TARGET, digest_of(b"common"), None, PUSHER)


def test_corrupt_bytes_are_not_mounted(warehouse: Warehouse, content: bytes) -> None:
    warehouse.rights.tiers[ANN.key, APP] = Tier.EXAMINE
    warehouse.layout.blob(digest_of(content)).write_bytes(b"LAYER")
    warehouse.scrubber.run()
    assert not warehouse.mounts.mount(TARGET, digest_of(content), APP, PUSHER)


def test_a_mount_counts_against_the_quota_of_its_project(warehouse: Warehouse, content: bytes) -> None:
    warehouse.rights.tiers[ANN.key, APP] = Tier.READ
    warehouse.projects.limits[2] = 4
    with pytest.raises(QuotaExceeded):
        warehouse.mounts.mount("other/app", digest_of(content), APP, PUSHER)
    with pytest.raises(RepositoryUnknown):
        warehouse.mounts.mount("nowhere/app", digest_of(content), APP, PUSHER)
    warehouse.projects.limits[1] = len(content)
    assert warehouse.mounts.mount(TARGET, digest_of(content), APP, PUSHER)


def test_a_mounted_blob_has_a_lease_of_its_own(
    warehouse: Warehouse, content: bytes, clock: ManualClock
) -> None:
    warehouse.rights.tiers[ANN.key, APP] = Tier.READ
    clock.advance(LEASE / 1_000_000 - 60)
    assert warehouse.mounts.mount(TARGET, digest_of(content), APP, PUSHER)
    clock.advance(120)
    outcome, _ = warehouse.collect()
    assert (outcome.counts.links, outcome.counts.blobs) == (1, 0)
    assert is_linked(warehouse, content)
    assert warehouse.has_file(digest_of(content))
