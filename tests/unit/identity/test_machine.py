"""Secrets of machines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.identity.machine import REFRESH_TOKEN, ROBOT_SECRET, fingerprint, is_well_formed, mint
from pratique.identity.rules import check_password


@pytest.mark.parametrize("prefix", [ROBOT_SECRET, REFRESH_TOKEN])
def test_what_is_minted_is_well_formed_and_never_twice_the_same(prefix: str) -> None:
    minted = {mint(prefix) for _ in range(500)}
    assert len(minted) == 500
    assert {len(secret) for secret in minted} == {54}
    for secret in minted:
        assert is_well_formed(prefix, secret)
        check_password(secret)


def test_each_kind_is_its_own() -> None:
    assert not is_well_formed(ROBOT_SECRET, mint(REFRESH_TOKEN))


@given(st.integers(0, 53), st.characters())
def test_a_changed_character_is_noticed(position: int, character: str) -> None:
    secret = mint(ROBOT_SECRET)
    changed = secret[:position] + character + secret[position + 1 :]
    assert is_well_formed(ROBOT_SECRET, changed) == (changed == secret)


@given(st.text())
def test_anything_else_is_not_one(text: str) -> None:
    assert not is_well_formed(ROBOT_SECRET, text)


def test_what_is_stored_is_a_sha256() -> None:
    # FIPS 180-4, the example of one block
    assert fingerprint("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
