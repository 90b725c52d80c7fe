"""Pools: bounded, and never leaving work behind."""

import asyncio
import threading

import pytest

from pratique.errors import Unavailable
from pratique.http.threads import Pool, Threads


def test_answers_and_exceptions_come_back() -> None:
    async def run() -> None:
        threads = Threads(database=1, blobs=1, passwords=1)
        assert await threads.database(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await threads.blobs(divmod, 7, 0)
        threads.close()

    asyncio.run(run())


def test_no_more_than_its_width_runs_and_waiting_is_bounded() -> None:
    release, running = threading.Event(), threading.Semaphore(0)
    seen: list[int] = []

    def work() -> None:
        seen.append(threading.get_ident())
        running.release()
        release.wait()

    async def run() -> None:
        pool = Pool("test", width=2, waiting=1)
        tasks = [asyncio.ensure_future(pool(work)) for _ in range(3)]
        assert await asyncio.to_thread(lambda: running.acquire() and running.acquire())
        with pytest.raises(Unavailable):
            await pool(work)
        assert len(seen) == 2
        release.set()
        await asyncio.gather(*tasks)
        pool.close()

    asyncio.run(run())
    assert len(set(seen)) <= 2


def test_a_cancelled_caller_waits_for_the_end_of_its_work() -> None:
    entered, release = threading.Event(), threading.Event()
    ended: list[bool] = []

    def work() -> None:
        entered.set()
        release.wait()
        ended.append(True)

    async def run() -> None:
        pool = Pool("test", width=1)
        task = asyncio.ensure_future(pool(work))
        assert await asyncio.to_thread(entered.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]
        pool.close()

    asyncio.run(run())
