"""Refresh tokens: redeemed many times, ended by what ends the account's credential."""

import pytest
from tests.integration.identity.house import House, StillClock

from pratique.access import SYSTEM, Principal
from pratique.errors import NotFound, Unauthenticated
from pratique.identity.machine import REFRESH_TOKEN, mint
from pratique.identity.refresh_tokens import PER_ACCOUNT
from pratique.identity.store.tables import refresh_token

A_MONTH = 30 * 86_400


def issue(house: House, principal: Principal, client: str = "docker") -> str:
    return house.write(lambda tx: house.refresh_tokens.issue(tx, principal, client=client))


def redeem(house: House, token: str) -> Principal:
    return house.read(lambda tx: house.refresh_tokens.redeem(tx, token))


def test_a_token_is_redeemed_until_its_end(house: House, clock: StillClock) -> None:
    principal = house.login(house.user())
    token = issue(house, principal)
    assert redeem(house, token) == principal
    clock.pass_by(A_MONTH - 1)
    assert redeem(house, token) == principal
    clock.pass_by(1)
    with pytest.raises(Unauthenticated):
        redeem(house, token)
    assert house.write(house.refresh_tokens.remove_expired) == 1


def test_a_new_role_does_not_log_out_and_is_there_at_once(house: House) -> None:
    ada = house.user()
    token = issue(house, house.login(ada))
    house.write(lambda tx: house.users.set_admin(tx, ada.id, True, by=SYSTEM))
    principal = redeem(house, token)
    assert principal.is_admin
    assert house.accounts.is_current(principal)


def test_disabling_ends_them_for_good(house: House) -> None:
    ada = house.user()
    token = issue(house, house.login(ada))
    house.write(lambda tx: house.users.set_disabled(tx, ada.id, True, by=SYSTEM))
    with pytest.raises(Unauthenticated):
        redeem(house, token)
    house.write(lambda tx: house.users.set_disabled(tx, ada.id, False, by=SYSTEM))
    with pytest.raises(Unauthenticated):
        redeem(house, token)


def test_a_new_password_or_secret_ends_them(house: House) -> None:
    ada = house.user()
    robot, secret = house.robot()
    tokens = [issue(house, house.login(ada)), issue(house, house.accounts.authenticate(robot.name, secret))]
    sealed = house.passwords.seal("Another-Horse-8")
    house.write(lambda tx: house.users.change_password(tx, ada.id, sealed, former=None, by=SYSTEM))
    house.write(lambda tx: house.robots.refresh_secret(tx, robot.id, None, by=SYSTEM))
    for token in tokens:
        with pytest.raises(Unauthenticated):
            redeem(house, token)


def test_none_is_issued_for_a_login_that_has_been_overtaken(house: House) -> None:
    ada = house.user()
    principal = house.login(ada)
    house.write(lambda tx: house.accounts.bump(tx, ada.key))
    with pytest.raises(Unauthenticated):
        issue(house, principal)


def test_tokens_are_listed_without_being_shown_and_revoked_one_by_one(house: House) -> None:
    ada = house.user()
    tokens = [issue(house, house.login(ada), client) for client in ("docker", "contain\x1b[31merd")]
    listed = house.read(lambda tx: house.refresh_tokens.list(tx, ada.key))
    assert [each.client for each in listed] == ["docker", "contain[31merd"]
    house.write(lambda tx: house.refresh_tokens.revoke(tx, ada.key, listed[0].id, by=SYSTEM))
    with pytest.raises(Unauthenticated):
        redeem(house, tokens[0])
    assert redeem(house, tokens[1]).key == ada.key
    with pytest.raises(NotFound):
        house.write(lambda tx: house.refresh_tokens.revoke(tx, "user:1", listed[1].id, by=SYSTEM))
    assert len(house.read(lambda tx: house.refresh_tokens.list(tx, ada.key))) == 1
    assert house.told()[-3:] == ["refresh_token_issued", "refresh_token_issued", "refresh_token_revoked"]


def test_tokens_lie_hashed(house: House) -> None:
    token = issue(house, house.login(house.user()))
    with house.database.read() as tx:
        assert token not in str(tx.execute(refresh_token.select()).all())


def test_a_further_token_ends_the_oldest_when_there_are_too_many(house: House) -> None:
    principal = house.login(house.user())
    other = issue(house, house.login(house.user("bob")))
    tokens = [issue(house, principal) for _ in range(PER_ACCOUNT + 1)]
    with pytest.raises(Unauthenticated):
        redeem(house, tokens[0])
    assert redeem(house, tokens[1]) == redeem(house, tokens[-1]) == principal
    assert redeem(house, other).name == "bob"


@pytest.mark.parametrize(
    "token",
    ["", "prqr_", "x" * 100_000, "prqr_\0", mint(REFRESH_TOKEN), mint("prqb_")],
    ids=["empty", "prefix", "long", "nul", "minted", "robot"],
)
def test_what_was_never_issued(house: House, token: str) -> None:
    with pytest.raises(Unauthenticated):
        redeem(house, token)
