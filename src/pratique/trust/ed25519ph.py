"""Verification of Ed25519ph (RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7), with the empty context.

cosign signs with Ed25519ph whenever it is given an Ed25519 key, and no library among our dependencies verifies it. This
is the RFC's arithmetic on public values only, so nothing in it needs constant time; one good signature takes some 2 ms.
Points must be canonically encoded and S below L; the equation is the one without cofactor, as Go and OpenSSL check it.
What can't be is told sooner (`trust.eightfold`): a signature is tried with every trusted key.
"""

import hashlib
from functools import lru_cache
from typing import Final, TypeAlias

from pratique.trust.eightfold import L as _L
from pratique.trust.eightfold import P as _P
from pratique.trust.eightfold import may_be, u_of

_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""

_DOM2: Final = b"SigEd25519 no Ed25519 collisions\x01\x00"
"""dom2(F=1, C=""): prehashed, no context (section 2)."""

_Point: TypeAlias = tuple[int, int, int, int]
"""Extended homogeneous coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (section 5.1.4)."""

_NEUTRAL: Final[_Point] = (0, 1, 1, 0)


def verifies(public_key: bytes, signature: bytes, content: bytes) -> bool:
    """Whether `signature` (64 bytes) is over `content` by the raw `public_key` (32 bytes). Never raises."""
    return verifies_digest(public_key, signature, hashlib.sha512(content).digest())


def verifies_digest(public_key: bytes, signature: bytes, digest: bytes) -> bool:
    """As `verifies`, over the content whose SHA-512 is `digest`."""
    if len(signature) != 64 or len(public_key) != 32:
        return False
    expected = _expected(signature)
    if expected is None:
        return False
    challenge = hashlib.sha512(_DOM2 + signature[:32] + public_key + digest).digest()
    factor = int.from_bytes(challenge, "little") % _L
    return may_be(public_key, factor, expected) and _holds(public_key, signature, factor)


def _holds(public_key: bytes, signature: bytes, factor: int) -> bool:
    """The equation of section 5.1.7, step 3: R = [S]B - [k]A, by its encoding."""
    point = _decoded(public_key)
    if point is None:
        return False
    response = int.from_bytes(signature[32:], "little")
    return _encoded(_sum_of_products(response, _BASE, factor, _negated(point))) == signature[:32]


@lru_cache(maxsize=64)
def _expected(signature: bytes) -> bytes | None:
    """The u-coordinate of 8 ([S]B - R), which is the same for every key; None where R or S is none."""
    commitment, response = _decoded(signature[:32]), int.from_bytes(signature[32:], "little")
    if commitment is None or response >= _L:
        return None
    point = _added(_sum_of_products(response, _BASE, 0, _BASE), _negated(commitment))
    for _ in range(3):
        point = _added(point, point)
    return u_of(point[1], point[2])


def _decoded(encoded: bytes) -> _Point | None:
    """Section 5.1.3; None where it is no point, or not in its one canonical form."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    x = _x_of(y)
    if x is None or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    return None if (x * x - square) % _P else x


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _negated(point: _Point) -> _Point:
    return (_P - point[0], point[1], point[2], _P - point[3])


def _added(one: _Point, other: _Point) -> _Point:
    """Section 5.1.4: complete, so it doubles too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _sum_of_products(first: int, base: _Point, second: int, point: _Point) -> _Point:
    """Both products added (first * base + second * point), doubling once for both (Shamir's trick)."""
    both = _added(base, point)
    total = _NEUTRAL
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _added(total, total)
        match first >> bit & 1, second >> bit & 1:
            case 1, 1:
                total = _added(total, both)
            case 1, 0:
                total = _added(total, base)
            case 0, 1:
                total = _added(total, point)
            case _:
                pass
    return total


def _base() -> _Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _x_of(y)
    if x is None:
        raise AssertionError("the base point of RFC 8032 is on the curve")
    x = _P - x if x & 1 else x
    return (x, y, 1, x * y % _P)


_BASE: Final = _base()
