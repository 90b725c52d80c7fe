"""The worker beside the server: it ends with it, however that ends, and comes back when it is killed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.abuse.victim import Victim, running
from tests.waiting import eventually


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    with running(tmp_path) as found:
        yield found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_worker_is_started_again(victim: Victim) -> None:
    (first,) = eventually(victim.workers)
    os.kill(first, signal.SIGKILL)
    second = eventually(lambda: [pid for pid in victim.workers() if pid != first])
    assert victim.is_well()
    (line,) = eventually(lambda: victim.lines("jobs.worker_ended"))
    assert line["status"] == -signal.SIGKILL
    assert victim.stop() == 0
    assert not any(is_alive(pid) for pid in second)


def test_a_killed_server_leaves_no_worker(victim: Victim) -> None:
    (worker,) = eventually(victim.workers)
    victim.kill()
    assert eventually(lambda: not is_alive(worker))
    victim.restart()
    assert victim.is_well()


def test_a_worker_that_ends_at_once_is_not_started_again_and_again(victim: Victim) -> None:
    (victim.directory / "settings.toml").write_text("[no]\nsuch = 1\n")
    os.kill(eventually(victim.workers)[0], signal.SIGKILL)
    pauses = eventually(
        lambda: (
            [line["pause"] for line in victim.lines("jobs.worker_ended")][:3][2:]
            and [line["pause"] for line in victim.lines("jobs.worker_ended")]
        )
    )
    assert pauses[:3] == sorted(set(pauses[:3])), "each pause is longer than the one before"
    assert victim.is_well()
