"""Transparency logs: trusted roots, entries, inclusion proofs, checkpoints and signed entry timestamps.

Everything is pure. `LogEntryInvalid` and `trust.strict`'s `Unreadable` say why something does not count. Only what
everybody may import without a circle is here; entries are verified by `logs.entries`.
"""

from pratique.trust.logs.invalid import LogEntryInvalid
from pratique.trust.logs.trusted_root import read_trusted_root
from pratique.trust.logs.values import InclusionProof, LogEntry

__all__ = ["InclusionProof", "LogEntry", "LogEntryInvalid", "read_trusted_root"]
