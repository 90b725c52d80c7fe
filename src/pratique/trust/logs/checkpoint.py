"""Checkpoints: what a log says its tree is (C2SP, tlog-checkpoint.md; rekor, pkg/util/checkpoint.go).

Signatures of unknown keys, those of witnesses among them, count for nothing, wherever they stand (C2SP, signed-note.md,
"Verifying signed notes"). Step not taken: witnesses' cosignatures (tlog-cosignature.md) are not verified, since no
trusted root names witnesses yet.
"""

import re
from dataclasses import dataclass
from typing import Final

from pratique.trust.logs.invalid import LogEntryInvalid
from pratique.trust.logs.merkle import HASH_SIZE
from pratique.trust.logs.notes import SignedNote, read_note
from pratique.trust.roots import TransparencyLog
from pratique.trust.strict import Unreadable, decode_base64

_SIZE: Final = re.compile(r"(?a:0|[1-9]\d{0,18})")
_SHARD: Final = " - "
"""Between the name of a Rekor v1 and the number of its tree: one key signs for all of its shards."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree of `size` leaves with the hash `root`, of the log called `origin`. `others` are further lines, opaque."""

    origin: str
    size: int
    root: bytes
    others: tuple[str, ...]
    note: SignedNote


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint that a signed note holds. Raises Unreadable."""
    signed = read_note(note)
    lines = signed.text.removesuffix("\n").split("\n")
    if len(lines) < 3:
        raise Unreadable("the checkpoint is not an origin, a size and a hash")
    origin, size, encoded, *others = lines
    if not origin:
        raise Unreadable("the checkpoint has no origin")
    if not _SIZE.fullmatch(size):
        raise Unreadable(f"the checkpoint's second line is {size[:60]!r}, which is no size")
    root = decode_base64(encoded, "the checkpoint's hash")
    if len(root) != HASH_SIZE:
        raise Unreadable(f"the checkpoint's hash has {len(root)} bytes and not {HASH_SIZE}")
    if not all(others):
        raise Unreadable("the checkpoint has an empty line")
    return Checkpoint(origin, int(size), root, tuple(others), signed)


def verify_checkpoint(checkpoint: Checkpoint, log: TransparencyLog, *, exact_origin: bool) -> None:
    """See that the log signed it. Raises LogEntryInvalid.

    With `exact_origin` (Rekor v2) the checkpoint is that of the log which is called so, and of no other that has the
    same key; without (Rekor v1) the origin begins with the signature's name, and the number of a tree follows.
    Such a log calls itself what it likes, whatever its address is; its key alone tells it from others.
    """
    name = checkpoint.origin if exact_origin else checkpoint.origin.partition(_SHARD)[0]
    if exact_origin and checkpoint.origin != log.origin:
        raise LogEntryInvalid(
            f"the checkpoint is of {checkpoint.origin[:100]!r}, not of the log {log.origin!r}"
        )
    ours = [
        each
        for each in checkpoint.note.signatures
        if each.key_id == log.checkpoint_key_id and each.name == name
    ]
    if not ours:
        raise LogEntryInvalid(f"the checkpoint has no signature of the log {log.origin or log.log_id.hex()}")
    # Of a known key there is one signature; where there are more, none may be wrong.
    signed = checkpoint.note.signed_bytes
    if not all(log.key.verify(each.signature, signed) for each in ours):
        raise LogEntryInvalid(f"the signature of the checkpoint by the log {log.origin} does not verify")
