"""A log entry as a bundle carries it (sigstore/protobuf-specs, protos/sigstore_rekor.proto). Read, not verified."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """How an entry is in the tree that a checkpoint signs. `log_index` counts within the shard."""

    log_index: int
    root_hash: bytes
    tree_size: int
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What a log is said to have recorded; `body` is the canonical entry, b"" where it is left out.

    `log_index` counts over all shards, `log_id` is SHA-256 of the log's SPKI (b"" where it is left out), and
    `integrated_time` is in seconds since 1970, None where none is claimed. `promise` is the signed entry
    timestamp (SET) of Rekor v1.
    """

    log_index: int
    log_id: bytes
    kind: str
    version: str
    integrated_time: int | None
    promise: bytes | None
    proof: InclusionProof | None
    body: bytes
