"""Ed25519ph: the quick no is never wrong, and a stranger's signature costs the slow equation of nobody's key."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from pratique.trust import ed25519ph
from pratique.trust.eightfold import L

DOM2 = b"SigEd25519 no Ed25519 collisions\x01\x00"
SMALL = [
    bytes.fromhex(encoded)
    for encoded in (
        "0100000000000000000000000000000000000000000000000000000000000000",  # the neutral point
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # of order 2
        "0000000000000000000000000000000000000000000000000000000000000000",  # of order 4
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  # of order 8
    )
]
"""Points that 8 makes neutral; nobody's key, but a stranger may choose them."""
seeds = st.binary(min_size=32, max_size=32)


def times(factor: int, point: bytes | None = None) -> bytes:
    """A multiple of a point, of the base point if none is given."""
    base = ed25519ph._BASE if point is None else ed25519ph._decoded(point)
    assert base is not None
    return ed25519ph._encoded(ed25519ph._sum_of_products(factor % L, base, 0, base))


def number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def public_of(seed: bytes) -> bytes:
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, content: bytes) -> bytes:
    """RFC 8032, section 5.1.6, prehashed."""
    hashed, digest = hashlib.sha512(seed).digest(), hashlib.sha512(content).digest()
    secret = (int.from_bytes(hashed[:32], "little") & ((1 << 254) - 8)) | 1 << 254
    nonce = number(DOM2, hashed[32:], digest)
    commitment = times(nonce)
    factor = number(DOM2, commitment, public_of(seed), digest)
    return commitment + ((nonce + factor * secret) % L).to_bytes(32, "little")


@contextmanager
def equations() -> Iterator[list[bytes]]:
    """The keys for which the slow equation is asked."""
    asked: list[bytes] = []
    holds = ed25519ph._holds

    def counting(public_key: bytes, signature: bytes, factor: int) -> bool:
        asked.append(public_key)
        return holds(public_key, signature, factor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ed25519ph, "_holds", counting)
        yield asked


@settings(max_examples=50, deadline=None)
@given(seeds, st.binary(max_size=20))
def test_what_a_key_signed_verifies_and_nothing_else(seed: bytes, content: bytes) -> None:
    key, signature = public_of(seed), sign(seed, content)
    assert ed25519ph.verifies(key, signature, content)
    assert not ed25519ph.verifies(key, signature, content + b"!")
    assert not ed25519ph.verifies(public_of(hashlib.sha256(seed).digest()), signature, content)


@settings(max_examples=50, deadline=None)
@given(seeds, st.sampled_from(SMALL), st.booleans(), st.integers(0, L - 1))
def test_the_quick_no_agrees_with_the_equation(
    seed: bytes, small: bytes, is_key: bool, response: int
) -> None:
    """Where 8 makes the difference: a key or an R of small order, which fit the equation times 8 and not always it."""
    key, content = (small, b"") if is_key else (public_of(seed), b"")
    commitment = times(response) if is_key else small
    signature = commitment + response.to_bytes(32, "little")
    factor = number(DOM2, commitment, key, hashlib.sha512(content).digest())
    assert ed25519ph.verifies(key, signature, content) == ed25519ph._holds(key, signature, factor)


@pytest.mark.parametrize("neutral", [False, True])
def test_a_strangers_signature_is_refused_for_each_key_without_the_equation(neutral: bool) -> None:
    keys = [public_of(bytes([n]) * 32) for n in range(20)]
    signature = sign(b"s" * 32, b"content")
    if neutral:  # what a stranger may do to make [S]B - R neutral, as no key can make it
        signature = times(12345) + (12345).to_bytes(32, "little")
    with equations() as asked:
        assert not any(ed25519ph.verifies(key, signature, b"content") for key in keys)
        assert not asked
        assert neutral or ed25519ph.verifies(public_of(b"s" * 32), signature, b"content")
        assert len(asked) == (not neutral)


def test_the_side_that_is_the_same_for_every_key_is_computed_once() -> None:
    signature = sign(b"t" * 32, b"content")
    before = ed25519ph._expected.cache_info()
    for n in range(10):
        ed25519ph.verifies(public_of(bytes([n]) * 32), signature, b"content")
    after = ed25519ph._expected.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 9)
