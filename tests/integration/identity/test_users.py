"""Accounts of people, by Harbor's rules."""

from collections.abc import Callable

import pytest
from tests.integration.identity.house import PASSWORD, House, StillClock

from pratique.access import SYSTEM, Principal
from pratique.db import Database, Tx
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthenticated
from pratique.identity import Listing, Profile, User, agree_on_password, ensure_admin
from pratique.identity.passwords import PasswordHash

Change = Callable[[House, Tx, User, PasswordHash], object]

ENDING: dict[str, Change] = {
    "disabling": lambda house, tx, user, _: house.users.set_disabled(tx, user.id, True, by=SYSTEM),
    "a new password": lambda house, tx, user, sealed: house.users.change_password(
        tx, user.id, sealed, former=None, by=SYSTEM
    ),
    "becoming an administrator": lambda house, tx, user, _: house.users.set_admin(
        tx, user.id, True, by=SYSTEM
    ),
    "a role somewhere": lambda house, tx, user, _: house.accounts.bump(tx, user.key),
    "deletion": lambda house, tx, user, _: house.users.delete(tx, user.id, by=SYSTEM),
}


def create(house: House, name: str, email: str) -> User:
    sealed = house.passwords.seal(PASSWORD)
    return house.write(lambda tx: house.users.create(tx, name, sealed, Profile(email, ""), by=SYSTEM))


@pytest.mark.parametrize("change", ENDING.values(), ids=ENDING.keys())
def test_what_changes_an_account_raises_its_generation(house: House, change: Change) -> None:
    ada = house.user()
    principal = house.login(ada)
    sealed = house.passwords.seal("Another-Horse-8")
    assert house.accounts.is_current(principal)
    house.write(lambda tx: change(house, tx, ada, sealed))
    assert not house.accounts.is_current(principal)
    assert house.accounts.recall("ada", PASSWORD) is None


def test_a_name_and_an_address_belong_to_one_user(house: House) -> None:
    create(house, "ada", "ada@example.org")
    with pytest.raises(Conflict, match="user name"):
        create(house, "ada", "other@example.org")
    with pytest.raises(Conflict, match="e-mail"):
        create(house, "other", "ada@example.org")
    create(house, "bob", "")
    create(house, "eve", "")


def test_a_deleted_users_name_is_free_and_his_number_is_not(house: House) -> None:
    first = house.user()
    house.write(lambda tx: house.users.delete(tx, first.id, by=SYSTEM))
    second = house.user()
    assert second.id != first.id
    assert house.read(lambda tx: house.users.by_id(tx, first.id)) is None
    with pytest.raises(NotFound):
        house.write(lambda tx: house.users.delete(tx, first.id, by=SYSTEM))
    house.write(lambda tx: house.users.delete(tx, second.id, by=SYSTEM))


def test_the_first_administrator_stays(house: House) -> None:
    with pytest.raises(Forbidden):
        house.write(lambda tx: house.users.delete(tx, 1, by=SYSTEM))
    with pytest.raises(Forbidden):
        house.write(lambda tx: house.users.set_disabled(tx, 1, True, by=SYSTEM))
    with pytest.raises(Forbidden):
        house.write(lambda tx: house.users.set_admin(tx, 1, False, by=SYSTEM))
    first = house.read(house.users.first_admin)
    assert first is not None
    assert first.id == 1


def test_nobody_deletes_himself(house: House) -> None:
    ada = house.user(is_admin=True)
    with pytest.raises(Forbidden):
        house.write(lambda tx: house.users.delete(tx, ada.id, by=house.login(ada)))


def test_administrators_rights_arrive_with_the_next_login(house: House) -> None:
    ada = house.user()
    assert not house.login(ada).is_admin
    house.write(lambda tx: house.users.set_admin(tx, ada.id, True, by=SYSTEM))
    assert house.login(ada).is_admin
    house.write(lambda tx: house.users.set_admin(tx, ada.id, False, by=SYSTEM))
    assert not house.login(ada).is_admin


def test_a_profile_is_edited_and_what_differs_is_told(house: House) -> None:
    ada = house.user()
    house.user("bob")
    edited = house.write(
        lambda tx: house.users.edit(tx, ada.id, Profile("new@example.org", "Ada L."), by=SYSTEM)
    )
    assert (edited.email, edited.realname) == ("new@example.org", "Ada L.")
    house.write(lambda tx: house.users.edit(tx, ada.id, Profile("new@example.org", "Ada L."), by=SYSTEM))
    with pytest.raises(Conflict):
        house.write(lambda tx: house.users.edit(tx, ada.id, Profile("bob@example.org", ""), by=SYSTEM))
    assert house.told()[1:] == ["user_created", "user_created", "user_updated"]


def test_a_new_password_needs_the_old_one_and_is_another(house: House) -> None:
    ada = house.user()
    former = house.read(lambda tx: house.users.password_of(tx, ada.id))
    with pytest.raises(Forbidden):
        agree_on_password(house.passwords, former, "Another-Horse-8", old="Wrong-Horse-7")
    with pytest.raises(BadRequest, match="the old one"):
        agree_on_password(house.passwords, former, PASSWORD, old=PASSWORD)
    with pytest.raises(BadRequest):
        agree_on_password(house.passwords, former, "short", old=PASSWORD)
    sealed = agree_on_password(house.passwords, former, "Another-Horse-8", old=PASSWORD)
    house.write(lambda tx: house.users.change_password(tx, ada.id, sealed, former=former, by=SYSTEM))
    assert house.accounts.authenticate("ada", "Another-Horse-8").key == ada.key
    with pytest.raises(Unauthenticated):
        house.login(ada)
    with pytest.raises(Conflict):
        house.write(lambda tx: house.users.change_password(tx, ada.id, sealed, former=former, by=SYSTEM))


def test_lists_are_filtered_ordered_and_paged(house: House) -> None:
    for name in ("ada", "a_a", "bob", "adam"):
        house.user(name)
    gone = house.user("adamant")
    house.write(lambda tx: house.users.delete(tx, gone.id, by=SYSTEM))

    def names(listing: Listing) -> tuple[list[str], int]:
        users, total = house.read(lambda tx: house.users.list(tx, listing))
        return [user.username for user in users], total

    assert names(Listing()) == (["admin", "ada", "a_a", "bob", "adam"], 5)
    assert names(Listing(like={"username": "ada"}, order=(("username", True),))) == (["adam", "ada"], 2)
    assert names(Listing(like={"username": "a_a"})) == (["a_a"], 1)
    assert names(Listing(like={"username": "%"})) == ([], 0)
    assert names(Listing(equal={"username": "bob", "nonsense": 1}, order=(("password", False),))) == (
        ["bob"],
        1,
    )
    assert names(Listing(order=(("username", False),), offset=1, limit=2)) == (["ada", "adam"], 5)


def test_the_first_start_makes_an_administrator_once(database: Database, clock: StillClock) -> None:
    house = House(database, clock)
    shown = ensure_admin(database, house.users, house.passwords, None)
    assert shown is not None
    principal = house.accounts.authenticate("admin", shown)
    assert (principal.key, principal.is_admin) == ("user:1", True)
    assert ensure_admin(database, house.users, house.passwords, "Operator-Word-1") is None
    with pytest.raises(Unauthenticated):
        house.accounts.authenticate("admin", "Operator-Word-1")


def test_the_operators_password_is_used_and_not_shown(database: Database, clock: StillClock) -> None:
    house = House(database, clock)
    with pytest.raises(BadRequest):
        ensure_admin(database, house.users, house.passwords, "admin")
    assert ensure_admin(database, house.users, house.passwords, "Operator-Word-1") is None
    assert house.accounts.authenticate("admin", "Operator-Word-1").is_admin


def test_accounts_that_are_not_there_have_no_principal(house: House) -> None:
    keys = ("user:99", "robot:99", "anonymous:0", "system:0", "user:", "user:-1", "user:1 ", "", "group:1")
    assert [house.accounts.principal(key) for key in keys] == [None] * len(keys)
    assert isinstance(house.accounts.principal("user:1"), Principal)
    assert house.read(lambda tx: house.accounts.generation(tx, "user:1")) == 1
    assert house.read(lambda tx: house.accounts.generation(tx, "user:99")) is None
