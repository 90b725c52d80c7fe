"""The keys of access tokens: made at first use, replaced on time, and known to every process."""

import pytest
from tests.integration.identity.house import House, StillClock

from pratique.access import SYSTEM
from pratique.errors import Unauthenticated
from pratique.identity import Granted, TokenSettings
from pratique.identity.store.tables import token_key

NOTHING = Granted()
A_MONTH = TokenSettings().rotate_after


def test_the_first_token_makes_a_key_and_the_second_does_not(house: House) -> None:
    principal = house.login(house.user())
    house.tokens.issue(principal, NOTHING)
    house.tokens.issue(principal, NOTHING)
    assert house.told().count("token_key_rotated") == 1


def test_an_old_key_is_replaced_and_verifies_until_its_last_token_is_out(
    house: House, clock: StillClock
) -> None:
    ada = house.user()
    house.keys.signing()
    clock.pass_by(A_MONTH - 1)
    last = house.tokens.issue(house.login(ada), NOTHING).token
    old = house.keys.signing().kid
    clock.pass_by(1)
    first = house.tokens.issue(house.login(ada), NOTHING).token
    new = house.keys.signing().kid
    assert old != new
    assert house.tokens.verify(first).principal == house.tokens.verify(last).principal
    clock.pass_by(298)
    House(house.database, clock).tokens.verify(last)
    clock.pass_by(1)
    with pytest.raises(Unauthenticated):
        house.tokens.verify(last)
    clock.pass_by(121)
    assert house.keys.verifying(old) is None
    assert house.keys.verifying(new) is not None


def test_another_process_believes_a_new_key_at_once(house: House, clock: StillClock) -> None:
    principal = house.login(house.user())
    other = House(house.database, clock)
    other.tokens.verify(house.tokens.issue(principal, NOTHING).token)
    house.write(house.keys.rotate)
    token = house.tokens.issue(principal, NOTHING).token
    other.follow()
    assert other.tokens.verify(token).principal == principal
    assert other.keys.signing().kid == house.keys.signing().kid


def test_a_key_that_may_have_leaked_is_believed_no_longer(house: House, clock: StillClock) -> None:
    principal = house.login(house.user())
    token = house.tokens.issue(principal, NOTHING).token
    other = House(house.database, clock)
    other.tokens.verify(token)
    house.write(lambda tx: house.keys.revoke_all(tx, by=SYSTEM))
    other.follow()
    for process in (house, other):
        with pytest.raises(Unauthenticated):
            process.tokens.verify(token)


def test_keys_that_verify_nothing_any_more_are_removed(house: House, clock: StillClock) -> None:
    for _ in range(4):
        house.keys.signing()
        clock.pass_by(A_MONTH)
    house.keys.signing()
    with house.database.read() as tx:
        assert len(tx.execute(token_key.select()).all()) == 2
