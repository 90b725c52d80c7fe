"""Access tokens: what is believed, what is not, and when one ends."""

import base64
from collections.abc import Callable

import pytest
from tests.integration.identity.house import PASSWORD, House, StillClock, parts_of, refused

from pratique.access import ANONYMOUS, SYSTEM, Principal, Tier
from pratique.clock import SECOND
from pratique.identity import Granted, GrantedAccess, TokenSettings, User
from pratique.identity.claims import Claims
from pratique.identity.claims import decode as decode_claims
from pratique.identity.scopes import SCOPES_LIMIT

APP = GrantedAccess("app/shop", 11, frozenset({"pull", "push"}), Tier.INSPECT, inspect=True)
WEB = GrantedAccess("web/front", 12, frozenset({"pull"}), Tier.READ)
GRANTED = Granted((APP, WEB), catalog=True)


def test_a_token_gives_back_what_was_put_in(house: House) -> None:
    principal = house.login(house.user())
    issued = house.tokens.issue(principal, GRANTED)
    verified = house.tokens.verify(issued.token)
    assert verified.principal == principal
    assert (verified.access_to("app/shop"), verified.access_to("web/front")) == (APP, WEB)
    assert verified.access_to("app/other") is None
    assert verified.catalog
    assert house.tokens.recall(issued.token) is verified


def test_the_claims_are_those_of_the_specification(house: House, clock: StillClock) -> None:
    principal = house.login(house.user())
    issued = house.tokens.issue(principal, GRANTED)
    header, payload = parts_of(issued.token)
    now = clock.now() // SECOND
    assert header == {"typ": "JWT", "alg": "Ed25519", "kid": house.keys.signing().kid}
    assert (payload["iss"], payload["sub"], payload["aud"]) == ("pratique", "ada", "pratique")
    assert (payload["iat"], payload["nbf"], payload["exp"]) == (now, now, now + 300)
    assert (issued.expires_in, issued.issued_at) == (300, now * SECOND)
    assert {"type": "repository", "name": "app/shop", "actions": ["pull", "push"]}.items() <= payload[
        "access"
    ][0].items()
    assert payload["access"][2] == {"type": "registry", "name": "catalog", "actions": ["*"]}
    assert payload["jti"] != parts_of(house.tokens.issue(principal, GRANTED).token)[1]["jti"]


def test_nobodys_token_has_no_subject_and_the_public_subset(house: House) -> None:
    issued = house.tokens.issue(ANONYMOUS, Granted((WEB,)))
    assert parts_of(issued.token)[1]["sub"] == ""
    verified = house.tokens.verify(issued.token)
    assert verified.principal == ANONYMOUS
    assert verified.access_to("web/front") == WEB
    assert house.tokens.recall(issued.token) is verified


def test_a_token_ends_with_its_time_and_gets_no_leeway(house: House, clock: StillClock) -> None:
    token = house.tokens.issue(house.login(house.user()), GRANTED).token
    fresh = House(house.database, clock)
    clock.pass_by(299)
    house.tokens.verify(token)
    clock.pass_by(1)
    assert refused(house, token)
    assert refused(fresh, token)


def new_password(house: House, ada: User) -> None:
    sealed = house.passwords.seal("Another-Horse-8")
    house.write(lambda tx: house.users.change_password(tx, ada.id, sealed, former=None, by=SYSTEM))


ENDING: dict[str, Callable[[House, User], object]] = {
    "disabling": lambda house, ada: house.write(
        lambda tx: house.users.set_disabled(tx, ada.id, True, by=SYSTEM)
    ),
    "a new password": new_password,
    "a role": lambda house, ada: house.write(lambda tx: house.accounts.bump(tx, ada.key)),
    "deletion": lambda house, ada: house.write(lambda tx: house.users.delete(tx, ada.id, by=SYSTEM)),
}


@pytest.mark.parametrize("end", ENDING.values(), ids=ENDING.keys())
def test_a_change_of_the_account_ends_its_tokens_at_once_in_every_process(
    house: House, clock: StillClock, end: Callable[[House, User], object]
) -> None:
    ada = house.user()
    token = house.tokens.issue(house.login(ada), GRANTED).token
    other = House(house.database, clock)
    assert other.tokens.verify(token).principal.key == ada.key
    house.tokens.verify(token)
    end(house, ada)
    other.follow()
    assert refused(house, token)
    assert refused(other, token)
    assert refused(House(house.database, clock), token)


def test_a_robots_token_ends_with_the_robot(house: House, clock: StillClock) -> None:
    robot, secret = house.robot(duration=1)
    clock.pass_by(86_400 - 10)
    token = house.tokens.issue(house.accounts.authenticate(robot.name, secret), GRANTED).token
    house.tokens.verify(token)
    clock.pass_by(10)
    assert refused(house, token)


def test_rights_looked_up_before_a_change_are_never_given_after_it(house: House) -> None:
    ada = house.user()
    before = house.login(ada)
    house.write(lambda tx: house.accounts.bump(tx, ada.key))
    assert refused(house, house.tokens.issue(before, GRANTED).token)


def test_what_is_held_of_tokens_is_bounded(house: House, clock: StillClock) -> None:
    small = House(house.database, clock, tokens=TokenSettings(verified_entries=3))
    principal = house.login(house.user())
    tokens = [house.tokens.issue(principal, GRANTED).token for _ in range(5)]
    for token in tokens:
        small.tokens.verify(token)
    assert [small.tokens.recall(token) is not None for token in tokens] == [False, False, True, True, True]
    small.tokens.verify(tokens[0])


def test_the_largest_token_that_can_be_asked_for_is_believed(house: House) -> None:
    access = tuple(
        GrantedAccess(
            "a" * 252 + f"{number:03}", 2**40, frozenset({"pull", "push", "delete"}), Tier.EXAMINE, True
        )
        for number in range(SCOPES_LIMIT)
    )
    issued = house.tokens.issue(house.login(house.user()), Granted(access, catalog=True))
    assert len(house.tokens.verify(issued.token).repositories) == SCOPES_LIMIT


def test_a_payload_decodes_to_what_was_encoded(house: House) -> None:
    principal: Principal = house.accounts.authenticate(house.user().username, PASSWORD)
    token = house.tokens.issue(principal, GRANTED).token
    claims = decode_claims(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert isinstance(claims, Claims)
    assert claims.granted() == GRANTED
