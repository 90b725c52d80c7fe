"""Names and passwords: who gets in, and that a refusal tells nothing."""

import threading

import pytest
from tests.integration.identity.house import CHEAP, PASSWORD, House, StillClock

from pratique.access import SYSTEM, Kind
from pratique.clock import DAY, SECOND
from pratique.db import Database
from pratique.errors import TooManyAttempts, Unauthenticated, Unavailable
from pratique.identity import HashingSettings, Passwords, seal_secret
from pratique.identity.machine import ROBOT_SECRET, mint

A_DAY = DAY // SECOND


def refusal(house: House, name: str, password: str) -> tuple[str, int]:
    """What is answered, and how many hashes it took."""
    before = house.passwords.verified
    with pytest.raises(Unauthenticated) as refused:
        house.accounts.authenticate(name, password)
    return refused.value.message, house.passwords.verified - before


def test_a_user_and_a_robot_get_in(house: House) -> None:
    ada = house.user()
    robot, secret = house.robot()
    principal = house.accounts.authenticate("ada", PASSWORD)
    assert (principal.key, principal.kind, principal.is_admin) == (ada.key, Kind.USER, False)
    machine = house.accounts.authenticate("robot$app+ci", secret)
    assert (machine.key, machine.kind, machine.name) == (robot.key, Kind.ROBOT, robot.name)


def test_a_refusal_says_and_costs_the_same_whatever_is_wrong(house: House) -> None:
    house.user()
    gone = house.user("gone")
    house.write(lambda tx: house.users.set_disabled(tx, gone.id, True, by=SYSTEM))
    deleted = house.user("deleted")
    house.write(lambda tx: house.users.delete(tx, deleted.id, by=SYSTEM))
    answers = {
        refusal(house, name, password)
        for name, password in [
            ("ada", "Wrong-Horse-7"),
            ("nobody", PASSWORD),
            ("gone", PASSWORD),
            ("deleted", PASSWORD),
            (f"deleted#{deleted.id}", PASSWORD),
            (f"deleted#{deleted.id}", ""),
            ("", ""),
            ("a\0da", PASSWORD),
            ("ad\udc80a", PASSWORD),
            ("ada ", PASSWORD),
            ("x" * 5_000, PASSWORD),
            ("ada", "x" * 100_000),
        ]
    }
    assert answers == {("the user name or password is wrong", 1)}


@pytest.mark.parametrize(
    ("secret", "hashes"), [(mint(ROBOT_SECRET), 0), ("Chosen-Secret-7", 1)], ids=["minted", "chosen"]
)
def test_a_robots_refusal_costs_what_the_secret_costs(house: House, secret: str, hashes: int) -> None:
    house.robot("minted")
    chosen, _ = house.robot("chosen")
    other = seal_secret(house.passwords, "Another-Secret-7")
    house.write(lambda tx: house.robots.refresh_secret(tx, chosen.id, other, by=SYSTEM))
    answers = {
        refusal(house, name, secret)
        for name in ("robot$app+minted", "robot$app+chosen", "robot$app+none", "robot$", "robot$app+\0")
    }
    assert answers == {("the user name or password is wrong", hashes)}


def test_a_robot_gets_in_with_a_secret_that_was_chosen_and_no_longer_with_the_former(house: House) -> None:
    robot, first = house.robot()
    sealed = seal_secret(house.passwords, "Chosen-Secret-7")
    assert house.write(lambda tx: house.robots.refresh_secret(tx, robot.id, sealed, by=SYSTEM)) is None
    assert house.accounts.authenticate(robot.name, "Chosen-Secret-7").key == robot.key
    refusal(house, robot.name, first)
    minted = house.write(lambda tx: house.robots.refresh_secret(tx, robot.id, None, by=SYSTEM))
    assert minted is not None
    assert house.accounts.authenticate(robot.name, minted).key == robot.key
    refusal(house, robot.name, "Chosen-Secret-7")


def test_a_robot_ends_when_its_days_are_over(house: House, clock: StillClock) -> None:
    robot, secret = house.robot(duration=1)
    eternal, other = house.robot("eternal", duration=-1)
    clock.pass_by(A_DAY - 1)
    principal = house.accounts.authenticate(robot.name, secret)
    assert house.accounts.is_current(principal)
    clock.pass_by(1)
    assert not house.accounts.is_current(principal)
    refusal(house, robot.name, secret)
    clock.pass_by(1_000 * A_DAY)
    assert house.accounts.authenticate(eternal.name, other).key == eternal.key


def test_a_verified_pair_is_not_hashed_again_for_a_minute(house: House, clock: StillClock) -> None:
    house.user()
    house.accounts.authenticate("ada", PASSWORD)
    clock.pass_by(59)
    assert house.accounts.recall("ada", PASSWORD) is not None
    assert house.accounts.authenticate("ada", PASSWORD).name == "ada"
    assert house.passwords.verified == 1
    clock.pass_by(1)
    assert house.accounts.recall("ada", PASSWORD) is None
    house.accounts.authenticate("ada", PASSWORD)
    assert house.passwords.verified == 2


def test_recalling_asks_for_the_pair_and_not_for_the_name(house: House) -> None:
    house.user()
    house.accounts.authenticate("ada", PASSWORD)
    assert house.accounts.recall("ada", "Wrong-Horse-7") is None
    assert house.accounts.recall("ad", "a" + PASSWORD) is None


def test_any_change_of_the_account_drops_its_remembered_pair(house: House) -> None:
    ada = house.user()
    sealed = house.passwords.seal("Another-Horse-8")
    house.login(ada)
    house.write(lambda tx: house.accounts.bump(tx, ada.key))
    assert house.accounts.recall("ada", PASSWORD) is None
    house.login(ada)
    assert house.passwords.verified == 2
    house.write(lambda tx: house.users.change_password(tx, ada.id, sealed, former=None, by=SYSTEM))
    refusal(house, "ada", PASSWORD)
    house.accounts.authenticate("ada", "Another-Horse-8")
    house.write(lambda tx: house.users.set_disabled(tx, ada.id, True, by=SYSTEM))
    refusal(house, "ada", "Another-Horse-8")


def test_another_process_sees_a_change_at_its_next_request(house: House, clock: StillClock) -> None:
    ada = house.user()
    other = House(house.database, clock)
    principal = other.login(ada)
    house.write(lambda tx: house.users.set_disabled(tx, ada.id, True, by=SYSTEM))
    other.follow()
    assert not other.accounts.is_current(principal)
    assert other.accounts.principal(ada.key) is None
    refusal(other, "ada", PASSWORD)


def test_guessing_is_throttled_for_names_that_exist_and_names_that_do_not(
    house: House, clock: StillClock
) -> None:
    house.user()
    for name in ("ada", "nobody"):
        for _ in range(3):
            refusal(house, name, "Wrong-Horse-7")
        with pytest.raises(TooManyAttempts) as throttled:
            house.accounts.authenticate(name, PASSWORD)
        assert throttled.value.retry_after == 1
    clock.pass_by(1)
    house.accounts.authenticate("ada", PASSWORD)
    refusal(house, "ada", "Wrong-Horse-7")  # and the failures before are forgotten
    refusal(house, "ada", "Wrong-Horse-7")


def test_a_remembered_pair_gets_in_while_others_guess(house: House) -> None:
    ada = house.user()
    house.login(ada)
    for _ in range(3):
        refusal(house, "ada", "Wrong-Horse-7")
    with pytest.raises(TooManyAttempts):
        house.accounts.authenticate("ada", "Wrong-Horse-8")
    assert house.login(ada).key == ada.key


def test_reaching_the_limit_is_told_once(house: House) -> None:
    for _ in range(3):
        refusal(house, "ada", "Wrong-Horse-7")
    for _ in range(5):
        with pytest.raises(TooManyAttempts):
            house.accounts.authenticate("ada", "Wrong-Horse-7")
    assert house.told()[1:] == ["logins_throttled"]


def test_a_name_that_cannot_be_written_down_is_throttled_too(house: House) -> None:
    for _ in range(3):
        refusal(house, "ad\udc80a\0\x1b", "Wrong-Horse-7")
    with pytest.raises(TooManyAttempts):
        house.accounts.authenticate("ad\udc80a\0\x1b", "Wrong-Horse-7")
    assert house.told()[1:] == ["logins_throttled"]


def test_many_requests_at_once_with_one_pair_hash_once(house: House) -> None:
    ada = house.user()
    start = threading.Barrier(8)
    answers: list[str] = []

    def ask() -> None:
        start.wait()
        answers.append(house.login(ada).key)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [ada.key] * 8
    assert house.passwords.verified == 1


def test_a_database_that_is_away_is_nobodys_failure(database: Database, clock: StillClock) -> None:
    """What can't be checked does not count as wrong."""
    hashing = HashingSettings(memory=8, passes=1, lanes=1, width=1, patience=0.01)
    house = House(database, clock, passwords=Passwords(hashing))
    house.user()
    with house.passwords._limiter.turn():
        for _ in range(10):
            with pytest.raises(Unavailable):
                house.accounts.authenticate("ada", "Wrong-Horse-7")
    assert house.accounts.authenticate("ada", PASSWORD).name == "ada"


def test_a_password_is_hashed_again_when_the_parameters_have_changed(
    database: Database, clock: StillClock
) -> None:
    ada = House(database, clock).user()
    stronger = HashingSettings(memory=16, passes=CHEAP.passes, lanes=CHEAP.lanes)
    house = House(database, clock, passwords=Passwords(stronger))
    before = house.read(lambda tx: house.users.password_of(tx, ada.id))
    principal = house.login(ada)
    after = house.read(lambda tx: house.users.password_of(tx, ada.id))
    assert before != after
    assert not house.passwords.is_outdated(after)
    assert house.accounts.is_current(principal)
