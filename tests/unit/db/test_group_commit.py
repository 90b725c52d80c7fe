"""How works gather, and who is told what."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pratique.db import group_commit
from pratique.db.group_commit import GROUP_WORKS, GroupCommit, Ticket
from pratique.errors import Unavailable


class Ledger:
    """A group that writes down what happens; `gate` holds every COMMIT until it is opened."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        self.undone = 0
        self.is_full = False
        self.gate = threading.Event()
        self.committing = threading.Event()
        self._open = 0

    def begin(self) -> None:
        self._open = 0

    def run(self, ticket: Ticket) -> None:
        self._open += 1
        try:
            ticket.answer = ticket.work()
        except LookupError as failure:
            ticket.failure = failure

    def commit(self) -> None:
        self.committing.set()
        self.gate.wait(10)
        if self.is_full:
            raise Unavailable("full")
        self.commits.append(self._open)

    def roll_back(self) -> None:
        self.undone += 1


def test_works_gather_while_a_commit_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "GROUP_SECONDS", 10.0)
    ledger = Ledger()
    writer = GroupCommit(ledger, "test")
    with ThreadPoolExecutor(GROUP_WORKS * 2) as pool:
        first = pool.submit(writer.write, lambda: "first")
        assert ledger.committing.wait(10)
        rest = [pool.submit(writer.write, lambda n=n: n) for n in range(GROUP_WORKS + 5)]
        while writer._queue.qsize() < len(rest):
            pass
        ledger.gate.set()
        assert first.result() == "first"
        assert [each.result() for each in rest] == list(range(GROUP_WORKS + 5))
    assert ledger.commits == [1, GROUP_WORKS, 5]
    writer.close()


def test_nobody_is_answered_before_the_commit() -> None:
    ledger = Ledger()
    writer = GroupCommit(ledger, "test")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(writer.write, lambda: 1)
        assert ledger.committing.wait(10)
        assert not waiting.done()
        ledger.gate.set()
        assert waiting.result() == 1
    writer.close()


def test_a_commit_that_fails_is_everybodys_failure_but_of_those_who_had_one() -> None:
    ledger = Ledger()
    ledger.is_full = True
    ledger.gate.set()
    writer = GroupCommit(ledger, "test")

    def fail() -> None:
        raise LookupError

    with pytest.raises(Unavailable, match="full"):
        writer.write(lambda: 1)
    with pytest.raises(LookupError):
        writer.write(fail)
    assert ledger.undone == 2
    writer.close()


def test_closing_commits_what_waits_and_refuses_the_rest() -> None:
    ledger = Ledger()
    writer = GroupCommit(ledger, "test")
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(writer.write, lambda: 1)]
        assert ledger.committing.wait(10)
        answers.append(pool.submit(writer.write, lambda: 2))
        while not writer._queue.qsize():
            pass
        closing = threading.Thread(target=writer.close)
        closing.start()
        ledger.gate.set()
        assert [answer.result() for answer in answers] == [1, 2]
        closing.join()
    with pytest.raises(Unavailable, match="closed"):
        writer.write(lambda: 3)
