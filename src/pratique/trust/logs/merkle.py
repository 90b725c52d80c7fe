"""Inclusion in a Merkle tree (RFC 6962, section 2.1; the walk is that of RFC 9162, section 2.1.3.2)."""

import hashlib
from collections.abc import Sequence
from typing import Final

from pratique.trust.logs.invalid import LogEntryInvalid

HASH_SIZE: Final = 32

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf, which no node can have."""
    return hashlib.sha256(_LEAF + content).digest()


def root_of(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> bytes:
    """The root of a tree of `size` leaves in which the hash `leaf` is at `index`, with `hashes` as audit path.

    Raises LogEntryInvalid when the path is not of the one length that it can have.
    """
    if not 0 <= index < size:
        raise LogEntryInvalid(f"a tree of {size} leaves has none at {index}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(hashes) != inner + border:
        raise LogEntryInvalid(f"the inclusion proof has {len(hashes)} hashes and not {inner + border}")
    if any(len(each) != HASH_SIZE for each in hashes):
        raise LogEntryInvalid("the inclusion proof has a hash that is not of 32 bytes")
    reached = leaf
    for level, sibling in enumerate(hashes):
        # Above the inner part every subtree to the left is complete, and we are the last of the right one.
        on_the_left = level < inner and not index >> level & 1
        reached = _node(reached, sibling) if on_the_left else _node(sibling, reached)
    return reached


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
