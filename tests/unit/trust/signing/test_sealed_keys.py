"""Sealed keys: what the database alone gives away, and the file of the sealing key."""

import base64
import os
import stat
from pathlib import Path

import pytest

from pratique.errors import Unavailable
from pratique.trust.signing import MadeKey, SealedKeys, SealingKey


def test_with_another_sealing_key_nothing_opens() -> None:
    made = SealedKeys(SealingKey(os.urandom(32))).make("label")
    with pytest.raises(Unavailable, match="another than the one it was sealed with"):
        SealedKeys(SealingKey(os.urandom(32))).signer(made)


def test_a_sealed_key_cant_be_put_in_the_place_of_another() -> None:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    one, other = keys.make("one"), keys.make("other")
    with pytest.raises(Unavailable):
        keys.signer(MadeKey(other.reference, one.public_key))


def test_the_same_content_is_signed_with_the_same_bytes() -> None:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    made = keys.make("label")
    assert keys.signer(made).sign(b"content") == keys.signer(made).sign(b"content")


def test_every_changed_byte_of_a_sealed_key_is_noticed() -> None:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    made = keys.make("label")
    sealed = base64.b64decode(made.reference)
    for position in (0, 11, 12, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Unavailable):
            keys.signer(MadeKey(base64.b64encode(changed).decode(), made.public_key))


def test_the_file_of_the_sealing_key_is_its_owners_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    made = SealedKeys(SealingKey.kept_in(path)).make("label")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SealedKeys(SealingKey.kept_in(path)).signer(made).public_key == made.public_key
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(b"x" * 31).decode(), "?" * 44])
def test_what_is_no_sealing_key_is_said_and_not_quoted(text: str) -> None:
    with pytest.raises(Unavailable, match="openssl rand") as refused:
        SealingKey.parse(text)
    assert not text or text not in str(refused.value)
