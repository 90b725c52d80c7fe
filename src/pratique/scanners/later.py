"""Having verdicts follow: what other scanners say of a manifest has changed, or counts no longer."""

from collections.abc import Iterable
from typing import Final

from pratique.batches import batched
from pratique.db import Tx
from pratique.jobs import enqueue

JUDGE: Final = "scanners.judge"
"""The job that has manifests judged again: payload {"digests"}. Who judges is joined in bootstrap."""
JUDGED_AT_ONCE: Final = 50


def judge_later(tx: Tx, digests: Iterable[str]) -> None:
    """Have whatever has these digests judged after this transaction."""
    for some in batched(digests, JUDGED_AT_ONCE):
        enqueue(tx, JUDGE, {"digests": list(some)})
