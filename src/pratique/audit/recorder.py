"""Turns what the outbox tells into rows of the audit log."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pratique.audit import store
from pratique.audit.rows import FAILURES, ROWS
from pratique.db import Tx
from pratique.jobs import OutboxRow

NAME_LIMIT: Final = 255
RESOURCE_LIMIT: Final = 1_000
DESCRIPTION_LIMIT: Final = 4_000
"""Characters; what is longer is cut. The event itself stands beside it in full."""


class AuditRecorder:
    """A consumer for `jobs.Feed`: each event becomes a row in the transaction that moves the feed."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """Record events, in their order."""
        store.add(tx, [_recorded(row) for row in rows])


def _recorded(row: OutboxRow) -> dict[str, Any]:
    try:
        event = row.event()
    except msgspec.ValidationError:
        return _unknown(row)
    words = ROWS[type(event)]
    return {
        "at": row.at,
        "username": event.actor[:NAME_LIMIT],
        "operation": words.operation,
        "resource_type": words.resource_type,
        "resource": words.resource(event)[:RESOURCE_LIMIT],
        "description": words.description(event)[:DESCRIPTION_LIMIT],
        "succeeded": type(event) not in FAILURES,
        "project_id": getattr(event, "project_id", 0),
        "detail": row.payload,
    }


def _unknown(row: OutboxRow) -> dict[str, Any]:
    """An event of a newer version that runs beside this one: recorded as it is, rather than lost or in the way."""
    payload = msgspec.json.decode(row.payload)
    return {
        "at": row.at,
        "username": str(payload.get("actor", ""))[:NAME_LIMIT],
        "operation": "other",
        "resource_type": "event",
        "resource": row.kind[:RESOURCE_LIMIT],
        "description": row.kind[:DESCRIPTION_LIMIT],
        "succeeded": True,
        "project_id": payload.get("project_id", 0),
        "detail": row.payload,
    }
