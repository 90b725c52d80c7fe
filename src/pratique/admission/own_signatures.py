"""What the registry signs follows from its verdicts, and is evidence for none (issue 4, section 2).

Its keys can't be added as somebody's; but an authority of anybody's may certify any public key, and whoever trusts that
authority would have the registry's own signatures for evidence.
"""

from collections.abc import Sequence
from dataclasses import replace

from pratique.db import Database
from pratique.policy import Code
from pratique.trust import EvidenceRecord, marks
from pratique.trust.store import signing


def by_others(database: Database, records: Sequence[EvidenceRecord]) -> tuple[EvidenceRecord, ...]:
    """The records, of which those that verified with one of the registry's own keys, whenever it had it, are denied."""
    keys = {key for record in records if record.verified for key in marks.keys_in(record.marks)}
    if not keys:
        return tuple(records)
    with database.read() as tx:
        own = {marks.of_key(key) for key in signing.own_among(tx, keys)}
    return tuple(_denied(record) if record.marks & own else record for record in records)


def _denied(record: EvidenceRecord) -> EvidenceRecord:
    text = "the registry signed it itself: that follows from a verdict, and is evidence for none"
    return replace(record, code=Code.DENIED.value, message=text, parties=frozenset())
