"""The threads of a worker."""

import threading

from pratique.jobs.crew import Crew
from pratique.jobs.queue import Job

LONG = 60.0


def job(number: int) -> Job:
    return Job(number, "note", "{}", 1, 0, 0)


def test_jobs_run_in_their_order_and_are_held_until_done() -> None:
    ran: list[int] = []
    crew = Crew(1, lambda each: ran.append(each.id), LONG)
    crew.add([job(1), job(2), job(3)])
    crew.stop()
    assert ran == [1, 2, 3]
    assert crew.held() == []


def test_there_is_room_when_a_thread_is_idle() -> None:
    begun, let_go = threading.Semaphore(0), threading.Event()

    def run(_: Job) -> None:
        begun.release()
        let_go.wait(10)

    crew = Crew(2, run, LONG)
    assert crew.has_room()
    crew.add([job(1)])
    assert begun.acquire(timeout=10)
    assert crew.has_room()
    crew.add([job(2), job(3)])
    assert begun.acquire(timeout=10)
    assert not crew.has_room()
    assert crew.held() == [1, 2, 3]
    assert crew.take_back() == []
    assert crew.take_back(at_once=True) == [job(3)]
    assert crew.held() == [1, 2]
    let_go.set()
    crew.stop()
