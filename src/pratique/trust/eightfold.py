"""A quick and certain "no" to most signatures of Ed25519ph, so that a stranger's does not cost 2 ms for each key.

An Ed25519 signature (R, S) by the key A satisfies [S]B - R = [k]A, hence also [8]([S]B - R) = [8k]A. The left side is
the same for every key; the right one is what X25519 computes (RFC 7748, section 5): a multiple of a point, by its
u-coordinate. X25519 takes scalars that are multiples of 8 with bit 254 set; of 8k and 8L - 8k, which give points with
the same u, one is such. Where both sides have one u the full equation must still be asked: this is never a yes.
"""

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

P: Final = 2**255 - 19
"""The field of the curve (RFC 8032, section 5.1)."""
L: Final = 2**252 + 27742317777372353535851937790883648493
"""The order of its base point."""

_NEUTRAL_U: Final = bytes(32)
"""What X25519 gives for the neutral point (RFC 7748, section 6.1), which its library refuses to hand out."""


def u_of(y: int, z: int) -> bytes:
    """The u-coordinate of the point with the projective Edwards coordinates (…, y, z): (z + y) / (z - y).

    RFC 7748, section 4.1; the neutral point has the u-coordinate 0, as X25519 has it.
    """
    denominator = (z - y) % P
    return ((z + y) * pow(denominator, -1, P) % P).to_bytes(32, "little") if denominator else _NEUTRAL_U


def may_be(public_key: bytes, factor: int, expected: bytes) -> bool:
    """Whether 8 * `factor` * A, of the key A, may be the point with the u-coordinate `expected`.

    `factor` is below L. Never raises; False is certain.
    """
    scalar = next((each for each in (8 * factor, 8 * (L - factor)) if 2**254 <= each < 2**255), None)
    if scalar is None:
        return True
    private = X25519PrivateKey.from_private_bytes(scalar.to_bytes(32, "little"))
    try:
        found = private.exchange(_montgomery(public_key))
    except ValueError:
        found = _NEUTRAL_U
    return found == expected


@lru_cache(maxsize=256)
def _montgomery(public_key: bytes) -> X25519PublicKey:
    """The same point on the Montgomery curve; whether it is one on the Edwards curve is not asked."""
    y = int.from_bytes(public_key, "little") & ((1 << 255) - 1)
    return X25519PublicKey.from_public_bytes(u_of(y, 1))
