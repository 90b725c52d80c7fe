"""Remembered pairs: what they are held under, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from pratique.access import Kind, Principal
from pratique.clock import Moment
from pratique.identity.remembered import RememberedPairs
from pratique.identity.settings import RememberSettings

ADA = Principal(Kind.USER, 7, "ada", 1)


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Moment:
        return Moment(0)

    def monotonic(self) -> float:
        return self.seconds


def pairs(clock: HandClock | None = None, *, lifetime: float = 60, entries: int = 3) -> RememberedPairs:
    return RememberedPairs(RememberSettings(lifetime=lifetime, entries=entries), clock or HandClock())


any_text = st.text(st.characters(exclude_categories=()))


@given(any_text, any_text, any_text, any_text)
def test_two_pairs_never_share_a_place(
    name: str, password: str, other_name: str, other_password: str
) -> None:
    held = pairs()
    same = (name, password) == (other_name, other_password)
    assert (held.fingerprint(name, password) == held.fingerprint(other_name, other_password)) is same


def test_the_boundary_between_name_and_password_counts() -> None:
    held = pairs()
    assert held.fingerprint("ab", "c") != held.fingerprint("a", "bc")


def test_no_two_processes_hold_a_pair_under_the_same_hash() -> None:
    assert pairs().fingerprint("ada", "x") != pairs().fingerprint("ada", "x")


def test_a_pair_is_held_for_its_time() -> None:
    clock = HandClock()
    held = pairs(clock)
    pair = held.fingerprint("ada", "x")
    assert held.find(pair) is None
    held.keep(pair, ADA)
    clock.seconds = 59.9
    assert held.find(pair) == ADA
    clock.seconds = 60
    assert held.find(pair) is None
    assert len(held) == 0


def test_nothing_is_held_when_told_so() -> None:
    held = pairs(lifetime=0)
    held.keep(b"pair", ADA)
    assert held.find(b"pair") is None


def test_the_table_is_bounded() -> None:
    held = pairs()
    for number in range(5):
        held.keep(bytes([number]), ADA)
    assert [held.find(bytes([number])) for number in range(5)] == [None, None, ADA, ADA, ADA]
