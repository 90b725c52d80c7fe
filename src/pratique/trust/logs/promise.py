"""Signed entry timestamps (SET): Rekor v1's promise to include an entry (rekor, openapi.yaml, `signedEntryTimestamp`).

The log signs the canonical JSON (RFC 8785) of the entry without its proof, and with it the time when it took it in.
"""

import base64

import rfc8785

from pratique.trust.logs.values import LogEntry
from pratique.trust.roots import TransparencyLog


def verify_promise(entry: LogEntry, log: TransparencyLog) -> bool:
    """Whether the entry's promise is this log's over exactly this body, index and time. Never raises."""
    if entry.promise is None:
        return False
    promised: dict[str, str | int] = {
        "body": base64.b64encode(entry.body).decode("ascii"),
        "integratedTime": entry.integrated_time or 0,
        "logIndex": entry.log_index,
        "logID": log.log_id.hex(),
    }
    try:
        signed = rfc8785.dumps(promised)
    except rfc8785.CanonicalizationError:
        # Numbers that JSON has not exactly: no log writes them.
        return False
    return log.key.verify(entry.promise, signed)
