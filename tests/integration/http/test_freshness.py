"""What is held is in step with what is committed, whoever asks first (design, wall 7)."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from tests.databases import Place

from pratique.db import Database, open_database
from pratique.http.freshness import Follower, Freshness

PATIENCE = 10.0


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    """Ours, on a place where others may write too."""
    with contextlib.closing(open_database(place.url, place.directory)) as database:
        database.create_schema()
        yield database


@pytest.fixture
def other(place: Place, database: Database) -> Iterator[Database]:  # noqa: ARG001 - it has made the tables
    """What another process has: the same database, opened again."""
    with contextlib.closing(open_database(place.url, place.directory)) as other:
        yield other


def test_own_commits_are_followed_without_a_look_at_the_database(database: Database) -> None:
    dropped: list[frozenset[str] | None] = []
    freshness = Freshness(database, (dropped.append,))
    database.write(lambda tx: tx.touch("account:user:1"))
    database.write(lambda tx: tx.touch("account:user:2", "tag:a/b:1"))
    assert freshness.noted() < database.changed()
    assert freshness.is_current()
    assert freshness.noted() == database.changed()
    assert dropped[1:] == [frozenset({"account:user:1", "account:user:2", "tag:a/b:1"})]


def test_what_others_commit_is_followed_by_looking_only(database: Database, other: Database) -> None:
    dropped: list[frozenset[str] | None] = []
    freshness = Freshness(database, (dropped.append,))
    database.write(lambda tx: tx.touch("account:user:1"))
    other.write(lambda tx: tx.touch("account:user:2"))
    database.write(lambda tx: tx.touch("account:user:3"))
    assert not freshness.is_current()
    assert dropped[1:] == [frozenset({"account:user:1"})], "what came before the other's commit is known"
    freshness.catch_up()
    assert freshness.is_current()
    assert dropped[2:] == [frozenset({"account:user:2", "account:user:3"})]


def test_a_change_is_applied_though_nobody_asks(database: Database, other: Database) -> None:
    dropped: list[frozenset[str] | None] = []
    freshness = Freshness(database, (dropped.append,))
    follower = Follower(freshness)
    follower.start()
    other.write(lambda tx: tx.touch("account:user:1"))
    deadline = time.monotonic() + PATIENCE
    while not freshness.is_current() and time.monotonic() < deadline:
        pass
    follower.close()
    assert freshness.is_current()
    assert frozenset({"account:user:1"}) in dropped


def test_a_follower_that_was_closed_follows_no_more_and_can_be_started_again(
    database: Database, other: Database
) -> None:
    freshness = Freshness(database, ())
    follower = Follower(freshness)
    follower.start()
    follower.close()
    other.write(lambda tx: tx.touch("account:user:2"))
    assert not freshness.is_current()
    follower.start()
    deadline = time.monotonic() + PATIENCE
    while not freshness.is_current() and time.monotonic() < deadline:
        pass
    follower.close()
    assert freshness.is_current()
