"""Whose word a project takes: its trusted keys, within limits.

Nothing is announced here: removing a key or adding one narrows or widens what is let out, so admission does both in
the transaction that changes the verdicts, and publishes it there.
"""

from typing import Final

from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.trust.keys import parse_public_key
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.reach import EVERYWHERE, NAME_LIMIT, Reach, checked_name
from pratique.trust.store import TrustedKey, keys, signing, versions

KEYS_LIMIT: Final = 100
"""Keys of one project: each signature may have to be tried with all of them."""
TLOG_LIMIT: Final = 8
"""Log entries that a key may ask for."""


class TrustedKeys:
    """The trusted keys of projects. Keys are added and removed, never changed: what is new has a new id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(
        self,
        tx: Tx,
        project_id: int,
        name: str,
        pem: str | bytes,
        reach: Reach = EVERYWHERE,
        *,
        tlog: int = 0,
        trusted_root: str = PUBLIC_GOOD,
        creator: str = "",
    ) -> TrustedKey:
        """The key as it was stored.

        Raises BadRequest where the key, its name, reach or dates make no sense or a limit is reached, Conflict
        where the project has a key of this name. The same key may stand under several names with different reach.
        """
        public_key = parse_public_key(pem)
        if signing.is_known(tx, public_key.fingerprint, public_key.pem):
            raise BadRequest(
                "this is a key of the registry itself: what it signs follows from what you trust, and is no evidence"
            )
        if not 0 <= tlog <= TLOG_LIMIT:
            raise BadRequest(f"tlog is how many log entries must verify beside the key: 0 to {TLOG_LIMIT}")
        key = TrustedKey(
            id=0,
            project_id=project_id,
            name=checked_name(name, "a key"),
            public_key=public_key.pem,
            fingerprint=public_key.fingerprint,
            reach=reach.checked(),
            tlog=tlog,
            trusted_root=trusted_root,
            created_at=self._clock.now(),
            creator=creator,
        )
        if keys.count(tx, project_id) >= KEYS_LIMIT:
            raise BadRequest(f"a project has at most {KEYS_LIMIT} trusted keys: remove one first")
        if not keys.insert(tx, key):
            raise Conflict(
                f"the project has a trusted key {name} already: remove it first, or choose another name"
            )
        versions.raise_version(tx, project_id)
        return self.get(tx, project_id, name)

    def list(self, tx: Tx, project_id: int) -> list[TrustedKey]:
        """The keys of a project, by name; those too whose dates have passed or are to come."""
        return keys.of_project(tx, project_id)

    def get(self, tx: Tx, project_id: int, name: str) -> TrustedKey:
        """One key. Raises NotFound."""
        key = keys.named(tx, project_id, name)
        if key is None:
            raise NotFound(f"the project has no trusted key {name[:NAME_LIMIT]!r}")
        return key

    def remove(self, tx: Tx, project_id: int, name: str) -> TrustedKey:
        """The key that is trusted no more from this transaction on. Raises NotFound."""
        key = self.get(tx, project_id, name)
        keys.remove(tx, project_id, name)
        versions.raise_version(tx, project_id)
        return key

    def remove_all(self, tx: Tx, project_id: int) -> int:
        """Forget the keys of a project that is deleted; how many there were."""
        return keys.remove_all(tx, project_id)
