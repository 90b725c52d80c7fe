"""The number in the mapped file."""

import threading
from pathlib import Path

from tests.databases import Place, another_process

from pratique.db.changes_map import ChangesMap


def test_it_starts_at_nothing_and_is_kept(tmp_path: Path) -> None:
    first = ChangesMap(tmp_path / "changes.map")
    assert first.number() == 0
    first.publish(7)
    first.close()
    first.close()
    second = ChangesMap(tmp_path / "changes.map")
    assert second.number() == 7
    second.close()


def test_two_maps_of_one_file_are_one(tmp_path: Path) -> None:
    left, right = ChangesMap(tmp_path / "changes.map"), ChangesMap(tmp_path / "changes.map")
    left.publish(2**63)
    assert right.number() == 2**63
    left.close()
    right.close()


def test_it_is_never_lowered(tmp_path: Path) -> None:
    changes_map = ChangesMap(tmp_path / "changes.map")
    changes_map.publish(9)
    changes_map.publish(5)
    assert changes_map.number() == 9
    changes_map.close()


def test_threads_and_processes_only_raise_it(tmp_path: Path) -> None:
    """Two processes publish every other number, two threads the same ones: nobody ever sees it fall."""
    place = Place("none", "none", tmp_path)
    changes_map = ChangesMap(tmp_path / "changes.map")
    falls: list[tuple[int, int]] = []

    def raise_it(start: int) -> None:
        for number in range(start, 40_000, 2):
            changes_map.publish(number)
            if (seen := changes_map.number()) < number:
                falls.append((number, seen))

    others = [another_process(place, "raise-the-map", start) for start in (1, 2)]
    threads = [threading.Thread(target=raise_it, args=(start,)) for start in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(30) for other in others] == [0, 0]
    assert falls == []
    assert changes_map.number() == 39_999
    changes_map.close()
