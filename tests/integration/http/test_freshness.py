"""What is held is in step with what is committed, whoever asks first (design, wall 7)."""

import time

from pratique.db import Database
from pratique.http.freshness import Follower, Freshness

PATIENCE = 10.0


def test_a_change_is_applied_though_nobody_asks(database: Database) -> None:
    dropped: list[frozenset[str] | None] = []
    freshness = Freshness(database, (dropped.append,))
    follower = Follower(freshness)
    follower.start()
    database.write(lambda tx: tx.touch("account:user:1"))
    deadline = time.monotonic() + PATIENCE
    while not freshness.is_current() and time.monotonic() < deadline:
        pass
    follower.close()
    assert freshness.is_current()
    assert frozenset({"account:user:1"}) in dropped


def test_a_follower_that_was_closed_follows_no_more_and_can_be_started_again(database: Database) -> None:
    freshness = Freshness(database, ())
    follower = Follower(freshness)
    follower.start()
    follower.close()
    database.write(lambda tx: tx.touch("account:user:2"))
    assert not freshness.is_current()
    follower.start()
    deadline = time.monotonic() + PATIENCE
    while not freshness.is_current() and time.monotonic() < deadline:
        pass
    follower.close()
    assert freshness.is_current()
