"""A log of the first version on loopback: as much of Rekor v1 as cosign asks when it signs.

The real one wants a database, and a server for its tree. What this one answers is made by `tests.rekor`.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from tests.clients.sigstore.loopback import NOTHING, Reply, Service
from tests.rekor import Rekor, dsse, leaf_hash

from pratique.clock import Moment
from pratique.trust.logs import LogEntry

TREE = f"{4711:016x}"


class OlderLog(Service):
    """Logs what it is sent, and promises that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Rekor(base_url="https://older.example")
        self._turn = threading.Lock()

    def answer(self, path: str, asked: Any) -> Reply:
        """The entry that was made of what is sent; clients look it up by the name in the header."""
        if path != "/api/v1/log/entries":
            return NOTHING
        with self._turn:
            entry = self.log.record(_canonical(asked), Moment(time.time_ns() // 1_000))
        name = TREE + leaf_hash(entry.body).hex()
        return Reply({name: _shape(entry)}, 201, {"etag": name})


def _canonical(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is logged of a request: of an envelope its hashes, its signature and who verifies it (dsse 0.0.1)."""
    if asked["kind"] != "dsse":
        return dict(asked)
    proposed = asked["spec"]["proposedContent"]
    envelope = json.loads(proposed["envelope"])
    payload, (signature,) = base64.b64decode(envelope["payload"]), envelope["signatures"]
    (verifier,) = proposed["verifiers"]
    entry = dsse(payload, base64.b64decode(signature["sig"]), base64.b64decode(verifier))
    written = hashlib.sha256(proposed["envelope"].encode()).hexdigest()
    entry["spec"]["envelopeHash"] = {"algorithm": "sha256", "value": written}
    return entry


def _shape(entry: LogEntry) -> dict[str, Any]:
    assert entry.proof is not None
    assert entry.promise is not None
    return {
        "body": base64.b64encode(entry.body).decode(),
        "integratedTime": entry.integrated_time,
        "logID": entry.log_id.hex(),
        "logIndex": entry.log_index,
        "verification": {
            "inclusionProof": {
                "checkpoint": entry.proof.checkpoint,
                "hashes": [each.hex() for each in entry.proof.hashes],
                "logIndex": entry.proof.log_index,
                "rootHash": entry.proof.root_hash.hex(),
                "treeSize": entry.proof.tree_size,
            },
            "signedEntryTimestamp": base64.b64encode(entry.promise).decode(),
        },
    }
