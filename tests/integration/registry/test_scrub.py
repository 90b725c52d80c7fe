"""The scrub: damage is found, never served, and healed by the next push."""

import threading
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.warehouse import ANN, APP, LEASE, Warehouse

from pratique.access.principal import Tier
from pratique.clock import HOUR
from pratique.errors import Corrupt
from pratique.oci.digest import Digest, digest_of
from pratique.registry.scrub import Damage, Health, Scrubber
from pratique.registry.values import Reader


@pytest.fixture
def digests(warehouse: Warehouse) -> list[Digest]:
    return sorted(warehouse.push_blob(b"content %d" % number) for number in range(50))


def pull(warehouse: Warehouse, digest: Digest) -> bytes:
    pulled = warehouse.puller.blob(APP, digest, Reader(ANN, Tier.READ))
    with warehouse.puller.open_blob(pulled) as source:
        return source.read()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def test_good_bytes_stay_as_they_are(warehouse: Warehouse, digests: list[Digest]) -> None:
    at = warehouse.scrubber.run()
    assert (at.checked, at.corrupt, at.missing) == (len(digests), (), ())
    assert at.checked_bytes == sum(len(pull(warehouse, digest)) for digest in digests)
    assert at.ended_at is not None


@pytest.mark.parametrize("damage", ["flipped", "cut", "grown", "gone"])
def test_damage_is_marked_and_healed_by_a_push(
    warehouse: Warehouse, digests: list[Digest], damage: str
) -> None:
    victim = digest_of(b"content 7")
    path = warehouse.layout.blob(victim)
    if damage == "flipped":
        flip(path)
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "cut" else b"content 7 and more")
    told: list[Damage] = []
    at = warehouse.scrubber.run(told.append)
    health = Health.MISSING if damage == "gone" else Health.CORRUPT
    assert told == [Damage(victim, health)]
    assert at.checked == len(digests)
    assert (at.missing if damage == "gone" else at.corrupt) == (victim,)
    with pytest.raises(Corrupt):
        pull(warehouse, victim)
    assert [finding.rule for finding in warehouse.doctor.examine()] == ["blob-corrupt"]
    assert warehouse.scrubber.run().corrupt == (victim,)
    warehouse.push_blob(b"content 7")
    assert pull(warehouse, victim) == b"content 7"
    assert warehouse.scrubber.run().corrupt == ()
    assert not list(warehouse.doctor.examine())


def test_a_push_heals_damage_that_lies_in_its_place(warehouse: Warehouse, digests: list[Digest]) -> None:
    """Marked, and the file not moved aside (a copy put back by hand): the push must not take it for good."""
    victim = digests[0]
    content = pull(warehouse, victim)
    path = warehouse.layout.blob(victim)
    path.unlink()
    warehouse.scrubber.run()
    path.write_bytes(bytes(len(content)))
    warehouse.push_blob(content)
    assert pull(warehouse, victim) == content


def test_good_bytes_put_back_are_believed_again(warehouse: Warehouse, digests: list[Digest]) -> None:
    victim = digests[0]
    path = warehouse.layout.blob(victim)
    content = path.read_bytes()
    path.unlink()
    warehouse.scrubber.run()
    path.write_bytes(content)
    assert warehouse.scrubber.run().missing == ()
    assert pull(warehouse, victim) == content


def test_recorded_bytes_in_the_trash_come_back(warehouse: Warehouse, digests: list[Digest]) -> None:
    warehouse.blobs.delete(digests[3])
    assert warehouse.scrubber.run().missing == ()
    assert warehouse.has_file(digests[3])


def test_what_readers_hold_of_damage_is_dropped(warehouse: Warehouse, digests: list[Digest]) -> None:
    before = warehouse.database.changed()
    flip(warehouse.layout.blob(digests[0]))
    warehouse.scrubber.run()
    _, scopes = warehouse.database.changes_since(before)
    assert scopes is not None
    assert f"blob:{APP}@{digests[0]}" in scopes


def test_an_interrupted_round_goes_on(warehouse: Warehouse, digests: list[Digest]) -> None:
    stop = threading.Event()
    flip(warehouse.layout.blob(digests[25]))
    first = Scrubber(warehouse.database, warehouse.blobs, warehouse.clock, rate=None, stop=stop)
    at = first.run(lambda _damage: stop.set())
    assert (at.ended_at, at.checked, at.last) == (None, 26, digests[25])
    at = warehouse.scrubber.run()
    assert (at.checked, at.corrupt) == (len(digests), (digests[25],))


def test_bytes_are_read_at_a_rate(warehouse: Warehouse, clock: ManualClock) -> None:
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            clock.advance(timeout or 0)
            return False

    warehouse.push_blob(bytes(3 << 20))
    Scrubber(warehouse.database, warehouse.blobs, clock, rate=1 << 20, stop=Stop()).run()
    assert sum(waits) == pytest.approx(3.0)


def test_a_blob_that_is_collected_meanwhile_is_no_damage(
    warehouse: Warehouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.push_blob(b"content")
    clock.advance(LEASE / 1_000_000)
    look = warehouse.blobs.open

    def collect_then_look(digest: Digest) -> object:
        warehouse.collect(undo=HOUR)
        return look(digest)

    monkeypatch.setattr(warehouse.blobs, "open", collect_then_look)
    at = warehouse.scrubber.run()
    assert (at.checked, at.corrupt, at.missing) == (1, (), ())
