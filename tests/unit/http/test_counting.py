"""Accesses that are known to count: held until their project is touched, and never older than that."""

from pratique.access.principal import Tier
from pratique.http.counting import HELD_LIMIT, CountingProjects
from pratique.identity import GrantedAccess


def access(project: str = "a", number: int = 1, *, is_public: bool = False) -> GrantedAccess:
    return GrantedAccess(f"{project}/app", number, frozenset({"pull"}), Tier.READ, is_public=is_public)


def test_nothing_counts_that_was_not_seen() -> None:
    counting = CountingProjects()
    counting.put(access(), noted=0)
    assert counting.counts(access())
    assert not counting.counts(access(number=2)), "another project of the same name"
    assert not counting.counts(access(is_public=True)), "that it is public was not seen"
    assert not counting.counts(access("b"))


def test_a_touched_project_is_dropped_and_no_other() -> None:
    counting = CountingProjects()
    counting.put(access(), noted=0)
    counting.put(access(is_public=True), noted=0)
    counting.put(access("b", 11), noted=0)
    counting.forget(frozenset({"tag:a/app:1", "repository:a/app"}), 1)
    assert counting.counts(access())
    counting.forget(frozenset({"project:1"}), 2)
    assert not counting.counts(access())
    assert not counting.counts(access(is_public=True))
    assert counting.counts(access("b", 11))


def test_what_was_read_before_a_drop_is_not_put_after_it() -> None:
    counting = CountingProjects()
    counting.forget(frozenset({"project:1"}), 5)
    counting.put(access(), noted=4)
    assert not counting.counts(access())
    counting.put(access(), noted=5)
    assert counting.counts(access())


def test_changes_that_cannot_be_told_apart_drop_everything() -> None:
    counting = CountingProjects()
    counting.put(access(), noted=0)
    counting.forget(None, 7)
    assert not counting.counts(access())


def test_what_is_held_is_bounded() -> None:
    counting = CountingProjects()
    for number in range(HELD_LIMIT + 1):
        counting.put(access(number=number), noted=0)
    assert not counting.counts(access(number=0))
    assert counting.counts(access(number=HELD_LIMIT))
