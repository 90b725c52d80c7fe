"""Digests: `algorithm:encoded` (image-spec, descriptor.md, "Digests").

Supported are the registered algorithms sha256 and sha512. Unregistered ones and blake3 parse by the grammar
of the specification but are refused: a registry that can't prove a digest must not serve it.
"""

import hashlib
import re
from typing import Final, NewType, Protocol, Self

from pratique.errors import DigestInvalid

Digest = NewType("Digest", str)
"""A digest that `parse_digest` has let through: lower-case, of a supported algorithm and the right length."""

ALGORITHMS: Final = ("sha256", "sha512")
_LENGTHS: Final = {"sha256": 64, "sha512": 128}
_SUPPORTED: Final = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")


class Hasher(Protocol):
    """What hashlib's objects do."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take more bytes."""
        ...

    def hexdigest(self) -> str:
        """The hash of all bytes taken so far."""
        ...

    def copy(self) -> Self:
        """Another hash that has seen the same bytes."""
        ...


def parse_digest(text: str) -> Digest:
    """The digest that `text` is. Raises DigestInvalid with the reason."""
    if _SUPPORTED.fullmatch(text):
        return Digest(text)
    algorithm, colon, encoded = text.partition(":")
    if not colon:
        raise DigestInvalid(f"{_shown(text)} is not a digest: it has no algorithm, as in sha256:<hex>")
    if algorithm not in _LENGTHS:
        raise DigestInvalid(
            f"the digest algorithm {_shown(algorithm)} is not supported; use sha256 or sha512"
        )
    wanted = _LENGTHS[algorithm]
    raise DigestInvalid(
        f"{_shown(encoded)} is not the {algorithm} of anything: it takes {wanted} lower-case hex digits"
    )


def is_digest(reference: str) -> bool:
    """Whether a reference is meant as a digest: only digests have a colon."""
    return ":" in reference


def algorithm_of(digest: Digest) -> str:
    """`sha256` or `sha512`."""
    return digest.partition(":")[0]


def encoded_of(digest: Digest) -> str:
    """The hexadecimal part."""
    return digest.partition(":")[2]


def new_hasher(algorithm: str) -> Hasher:
    """A fresh hash of a supported algorithm."""
    return hashlib.new(algorithm)


def digest_of(content: bytes, algorithm: str = "sha256") -> Digest:
    """The digest of bytes in hand."""
    return Digest(f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
