"""Secrets for machines: 256 random bits with a prefix and a checksum.

`prqb_<43 characters><6 characters>`: the prefix lets scanners of leaked secrets recognise one, the checksum
(CRC-32 of what stands before it) lets them be sure, and lets us refuse a mistyped one without looking. 256
random bits can't be guessed, so a plain SHA-256 is stored: no salt, no stretching.
"""

import hashlib
import secrets
import zlib
from typing import Final

ROBOT_SECRET: Final = "prqb_"  # noqa: S105 - the public prefix of secrets, not one
REFRESH_TOKEN: Final = "prqr_"  # noqa: S105 - as above

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY: Final = 43
_CHECKSUM: Final = 6


def mint(prefix: str) -> str:
    """A new secret. It satisfies the rule for passwords (upper case, lower case, digit)."""
    while True:
        body = prefix + _base62(secrets.randbits(256), _BODY)
        # Harbor's clients check what they are given against Harbor's rule; one body in two thousand has no
        # digit.
        if any(c.isdigit() for c in body) and any(c.isupper() for c in body):
            return body + _checksum(body)


def is_well_formed(prefix: str, secret: str) -> bool:
    """Whether `secret` could have been minted with `prefix`. Says nothing about whose it is."""
    if (
        len(secret) != len(prefix) + _BODY + _CHECKSUM
        or not secret.startswith(prefix)
        or not secret.isascii()
    ):
        return False
    return _checksum(secret[:-_CHECKSUM]) == secret[-_CHECKSUM:]


def fingerprint(secret: str) -> str:
    """What is stored of a minted secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
