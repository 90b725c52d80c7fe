"""The audit log as it is read, and the one thing that is written without an event: a wrong log-in."""

from collections.abc import Sequence
from typing import Final

import msgspec

from pratique.audit import store
from pratique.audit.recorder import NAME_LIMIT
from pratique.audit.values import AuditEntry, AuditQuery
from pratique.clock import MINUTE, Clock, Moment
from pratique.db import Tx

LOGIN_QUIET: Final = MINUTE
"""Wrong log-ins of one name within this time are recorded once: guessing must not fill the disk."""


class AuditTrail:
    """Who did what."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def list(
        self,
        tx: Tx,
        query: AuditQuery,
        *,
        sort: Sequence[str] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> tuple[list[AuditEntry], int]:
        """A page of entries, the newest first unless sorted otherwise, and how many there are in all."""
        return store.page(tx, query, sort, offset, limit), store.count(tx, query)

    def wrong_login(self, tx: Tx, username: str, address: str = "") -> bool:
        """Record that somebody gave wrong credentials; False when that was recorded less than a minute ago.

        Not by an event: nothing has happened yet, and only `login_user` of the audit log asks for it.
        """
        now = self._clock.now()
        name = username[:NAME_LIMIT]
        if store.has_failed_since(tx, name, "login", Moment(now - LOGIN_QUIET)):
            return False
        store.add(tx, [_wrong_login(name, address, now)])
        return True


def _wrong_login(name: str, address: str, at: Moment) -> dict[str, object]:
    return {
        "at": at,
        "username": name,
        "operation": "login",
        "resource_type": "user",
        "resource": name,
        "description": f"wrong credentials from {address or 'an unknown address'}",
        "succeeded": False,
        "project_id": 0,
        "detail": msgspec.json.encode({"username": name, "address": address}).decode(),
    }
