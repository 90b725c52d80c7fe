"""Whether an entry of a transparency log proves that our signature was recorded, and when (client-spec, section 4).

Rekor v1 promises (SET), proves (inclusion in the tree of a checkpoint), or both: whatever is there must verify. Rekor
v2 only proves, and of what its bundles carry only the index and the checkpoint count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pratique.clock import SECOND, Moment, rfc3339
from pratique.trust.logs.binding import Claimed, check_binding
from pratique.trust.logs.bodies import REKOR_V2, read_body
from pratique.trust.logs.checkpoint import read_checkpoint, verify_checkpoint
from pratique.trust.logs.invalid import LogEntryInvalid
from pratique.trust.logs.merkle import leaf_hash, root_of
from pratique.trust.logs.promise import verify_promise
from pratique.trust.logs.values import InclusionProof, LogEntry
from pratique.trust.roots import TransparencyLog
from pratique.trust.strict import Unreadable

_LATEST_SECOND: Final = 253_402_300_799
"""The end of the year 9999: what comes later is no time that anybody means."""


@dataclass(frozen=True, slots=True)
class VerifiedEntry:
    """A log has recorded our signature at `index`; `integrated` is when, where it signed that too.

    `logs` are all readings of the log in the root: one key may have several validities. `places` are all numbers under
    which a deny list may know the entry: over all shards, and within the tree where Rekor v1 proves it. Without a
    promise the first is only said, and whoever brings the entry could say another.
    """

    logs: tuple[TransparencyLog, ...]
    index: int
    integrated: Moment | None
    places: frozenset[int]

    @property
    def log_id(self) -> bytes:
        """Of the log."""
        return self.logs[0].log_id

    def counts_at(self, moment: Moment) -> bool:
        """Whether the log may attest at a time."""
        return any(log.valid.holds_at(moment) for log in self.logs)


def verify_entry(
    entry: LogEntry, ours: Claimed, logs: Sequence[TransparencyLog], at: Moment
) -> VerifiedEntry | None:
    """What the entry proves about our signature at `at`; None when its log is none of `logs`.

    Raises LogEntryInvalid when its log is known and it does not verify. Where no time is signed, whether the log counts
    is for the caller to ask, at the times that are known otherwise.
    """
    known = tuple(log for log in logs if _is_of(entry, log))
    if not known:
        return None
    try:
        check_binding(read_body(entry.body, entry.kind, entry.version), ours)
        promised = _verify(entry, known)
    except Unreadable as problem:
        raise LogEntryInvalid(str(problem)) from problem
    places = frozenset({entry.log_index, entry.proof.log_index if entry.proof else entry.log_index})
    verified = VerifiedEntry(known, entry.log_index, _integrated(entry, at) if promised else None, places)
    if verified.integrated is not None and not verified.counts_at(verified.integrated):
        raise LogEntryInvalid(
            f"its log does not count at the time {rfc3339(verified.integrated)} of the entry"
        )
    return verified


def _is_of(entry: LogEntry, log: TransparencyLog) -> bool:
    """Whether an entry is said to be of this log: by its identifier or, where it has none, by its checkpoint."""
    if entry.log_id:
        return entry.log_id == log.log_id
    if entry.proof is None or not log.origin:
        return False
    return entry.proof.checkpoint.partition("\n")[0] == log.origin


def _verify(entry: LogEntry, known: Sequence[TransparencyLog]) -> bool:
    """See that the log has the entry; whether it has promised so, which alone makes the time count.

    Raises LogEntryInvalid or Unreadable.
    """
    log = known[0]
    is_v2 = (entry.kind, entry.version) in REKOR_V2
    promised = False
    if entry.promise is not None and not is_v2:
        promised = verify_promise(entry, log)
        if not promised:
            raise LogEntryInvalid("the signed entry timestamp does not verify")
    if entry.proof is not None:
        _verify_inclusion(entry, entry.proof, log, is_v2=is_v2)
    elif not promised:
        raise LogEntryInvalid("the log entry has no inclusion proof")
    return promised


def _verify_inclusion(entry: LogEntry, proof: InclusionProof, log: TransparencyLog, *, is_v2: bool) -> None:
    """See that the entry is in the tree whose checkpoint the log has signed.

    Rekor v1 counts its proofs within a shard and states the tree beside the checkpoint, which must be the same. Of
    Rekor v2's, that is all ignored (rekor-tiles, CLIENTS.md).
    """
    leaf = leaf_hash(entry.body)
    if not is_v2 and root_of(leaf, proof.log_index, proof.tree_size, proof.hashes) != proof.root_hash:
        raise LogEntryInvalid("the inclusion proof does not lead from the entry to the root of its tree")
    if not proof.checkpoint:
        raise LogEntryInvalid("the inclusion proof has no checkpoint: nobody signed its tree")
    checkpoint = read_checkpoint(proof.checkpoint)
    verify_checkpoint(checkpoint, log, exact_origin=is_v2)
    stated = (proof.tree_size, proof.root_hash)
    if is_v2:
        stated = (checkpoint.size, root_of(leaf, entry.log_index, checkpoint.size, proof.hashes))
    if stated != (checkpoint.size, checkpoint.root):
        raise LogEntryInvalid("the checkpoint is of another tree than the one that the entry is in")


def _integrated(entry: LogEntry, at: Moment) -> Moment | None:
    if entry.integrated_time is None:
        return None
    if entry.integrated_time > _LATEST_SECOND:
        raise LogEntryInvalid("the log entry's time is beyond all calendars")
    moment = Moment(entry.integrated_time * SECOND)
    if moment > at:
        raise LogEntryInvalid(f"the log entry is of the future: {rfc3339(moment)}")
    return moment
