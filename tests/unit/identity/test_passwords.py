"""Hashing passwords: the form, the work, the limiter."""

import pytest
from argon2 import extract_parameters

from pratique.errors import BadRequest, Unavailable
from pratique.identity import HashingSettings, Passwords
from pratique.identity.passwords import Limiter

CHEAP = HashingSettings(memory=8, passes=1, lanes=1)


def test_the_parameters_are_those_of_rfc_9106() -> None:
    stored = Passwords(HashingSettings()).seal("Correct-Horse-7")
    parameters = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65_536, 3, 4)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_only_the_right_password_matches() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.seal("Correct-Horse-7")
    assert passwords.matches(stored, "Correct-Horse-7")
    assert not passwords.matches(stored, "correct-horse-7")
    assert not passwords.matches(stored, "")
    assert not passwords.matches(stored, "Correct-Horse-7" + "x" * 200)
    assert not passwords.matches(None, "Correct-Horse-7")
    assert not passwords.matches("not a hash", "Correct-Horse-7")
    assert passwords.seal("Correct-Horse-7") != stored
    assert passwords.verified == 6


def test_a_password_that_breaks_the_rule_is_never_stored() -> None:
    with pytest.raises(BadRequest):
        Passwords(CHEAP).seal("password")


def test_who_waits_too_long_is_told_to_come_back() -> None:
    limiter = Limiter("passwords", width=2, patience=0.01)
    with limiter.turn(), limiter.turn(), pytest.raises(Unavailable), limiter.turn():
        pytest.fail("three at once")
    with limiter.turn():
        assert limiter.name == "passwords"
