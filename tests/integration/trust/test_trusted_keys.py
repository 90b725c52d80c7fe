"""Trusted keys in a real database of both kinds."""

from typing import Any

import pytest
from tests.clocks import ManualClock
from tests.signing import SigningKey

from pratique.clock import DAY, Moment
from pratique.db import Database, Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.policy import Party
from pratique.trust import TrustedKey, TrustedKeys
from pratique.trust.reach import PATTERNS_LIMIT, Reach
from pratique.trust.store import versions
from pratique.trust.trusted_keys import KEYS_LIMIT

CLOCK = ManualClock()
KEYS = TrustedKeys(CLOCK)
SIGNER = SigningKey()
TODAY = CLOCK.now()
TOMORROW = Moment(TODAY + DAY)


def add(database: Database, name: str = "release", project_id: int = 1, **more: Any) -> TrustedKey:
    creator = more.pop("creator", "")

    def work(tx: Tx) -> TrustedKey:
        return KEYS.add(tx, project_id, name, SIGNER.pem, Reach(**more), creator=creator)

    return database.write(work)


def test_a_key_is_kept_with_its_reach_and_dates(database: Database) -> None:
    added = add(
        database,
        repositories=["team/**", "web", "web"],
        valid_from=TODAY,
        valid_until=TOMORROW,
        creator="user:1",
    )
    with database.read() as tx:
        assert KEYS.list(tx, 1) == [added] == [KEYS.get(tx, 1, "release")]
    purposes = frozenset({"signature"})
    reach = (("team/**", "web"), TODAY, TOMORROW)
    assert added.party() == Party(f"key:{added.id}", "release", "key", purposes, *reach)
    assert added.key.fingerprint == added.fingerprint == SIGNER.fingerprint
    assert (added.created_at, added.creator, added.public_key) == (TODAY, "user:1", SIGNER.pem)


def test_a_key_reaches_everything_and_always_unless_it_is_said_otherwise(database: Database) -> None:
    assert add(database).party() == Party("key:1", "release", "key", frozenset({"signature"}), ("**",))


def test_a_name_is_taken_once_in_a_project(database: Database) -> None:
    add(database)
    with pytest.raises(Conflict):
        add(database)
    add(database, project_id=2)
    add(database, "same-key-other-name")
    with database.read() as tx:
        assert [key.name for key in KEYS.list(tx, 1)] == ["release", "same-key-other-name"]


def test_a_key_is_removed_once_and_from_its_project_only(database: Database) -> None:
    added = add(database)
    other = add(database, project_id=2)
    assert database.write(lambda tx: KEYS.remove(tx, 1, "release")) == added
    with pytest.raises(NotFound):
        database.write(lambda tx: KEYS.remove(tx, 1, "release"))
    with database.read() as tx:
        assert KEYS.list(tx, 1) == []
        assert KEYS.list(tx, 2) == [other]


def test_a_projects_keys_go_with_it(database: Database) -> None:
    add(database)
    add(database, "second")
    add(database, project_id=2)
    assert database.write(lambda tx: KEYS.remove_all(tx, 1)) == 2
    with database.read() as tx:
        assert len(KEYS.list(tx, 2)) == 1


def test_the_version_changes_with_each_change_and_never_returns(database: Database) -> None:
    def version() -> versions.Version:
        with database.read() as tx:
            return versions.version_of(tx, 1)

    seen = [version()]
    add(database)
    seen.append(version())
    database.write(lambda tx: KEYS.remove(tx, 1, "release"))
    seen.append(version())
    add(database)
    seen.append(version())
    assert len(set(seen)) == len(seen)
    assert [one.epoch for one in seen] == [0, 1, 2, 3]
    add(database, project_id=2)
    assert version() == seen[-1], "another project's"


def test_a_change_that_was_rolled_back_is_not_taken_for_the_next_one(database: Database) -> None:
    """Sets are kept in memory by version: a number that is given twice must not bring back what never was."""
    seen = []

    def broken(tx: Tx) -> None:
        KEYS.add(tx, 1, "release", SIGNER.pem)
        seen.append(versions.version_of(tx, 1))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(broken)
    add(database)
    with database.read() as tx:
        assert versions.version_of(tx, 1).epoch == seen[0].epoch
        assert versions.version_of(tx, 1) != seen[0]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("", {}),
        ("-x", {}),
        ("a/b", {}),
        ("x" * 129, {}),
        ("a\u202eb", {}),
        ("k", {"repositories": []}),
        ("k", {"repositories": "**"}),
        ("k", {"repositories": ["a"] * (PATTERNS_LIMIT + 1)}),
        ("k", {"repositories": ["[a-z]"]}),
        ("k", {"valid_from": TOMORROW, "valid_until": TODAY}),
        ("k", {"valid_from": TODAY, "valid_until": TODAY}),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_stored(
    database: Database, name: str, more: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        add(database, name, **more)
    with database.read() as tx:
        assert KEYS.list(tx, 1) == []


def test_a_private_key_is_refused_and_not_stored(database: Database) -> None:
    with pytest.raises(BadRequest, match="never send it anywhere"):
        database.write(lambda tx: KEYS.add(tx, 1, "k", "-----BEGIN PRIVATE KEY-----"))


def test_a_project_has_a_limit_of_keys(database: Database) -> None:
    def fill(tx: Tx) -> None:
        for number in range(KEYS_LIMIT):
            KEYS.add(tx, 1, f"key-{number}", SIGNER.pem)

    database.write(fill)
    with pytest.raises(BadRequest, match="at most"):
        add(database)
    assert add(database, project_id=2).project_id == 2
