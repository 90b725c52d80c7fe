"""The keys that sign access tokens: Ed25519, made here, replaced on a schedule.

The newest key signs. When it is replaced it goes on verifying until the last token that it can have signed is
out, then its row is deleted. Every process learns of a new key through the scope `KEY_SET`, before it can
meet a token that was signed with it, so an unknown `kid` never asks the database.

Private keys lie unencrypted in the database: who can read it can issue tokens anyway, by writing himself a
password. What guards them is what guards the database: the permissions of the data directory, or
PostgreSQL's.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import OKPKey

from pratique import events
from pratique.access import SYSTEM, Principal
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.identity.settings import TokenSettings
from pratique.identity.store import token_keys as store
from pratique.jobs import publish

KEY_SET: Final = "key-set"
"""The scope that a commit touches when the keys change."""

OVERLAP: Final = 120 * SECOND
"""How long a retired key verifies beyond the life of a token: another process may sign with it a moment
longer."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key pair; `verifies_until` None: it signs."""

    kid: str
    key: OKPKey
    created_at: Moment
    verifies_until: Moment | None

    def verifies_at(self, now: Moment) -> bool:
        """Whether tokens signed with it are still believed."""
        return self.verifies_until is None or now < self.verifies_until


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys at one moment."""

    keys: Mapping[str, TokenKey]
    signing: TokenKey | None


class TokenKeys:
    """Reads, makes and replaces the keys."""

    def __init__(self, database: Database, clock: Clock, settings: TokenSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._ring: KeyRing | None = None
        self._forgotten = 0

    def signing(self) -> TokenKey:
        """The key to sign with, made or replaced first when due. Not to be called in a transaction."""
        ring = self._current()
        if ring.signing is None or self._is_due(ring.signing):
            self._database.write(self._rotate_when_due)
            ring = self._read()
        if ring.signing is None:
            raise RuntimeError("no key signs although one was made")
        return ring.signing

    def verifying(self, kid: str) -> TokenKey | None:
        """The key of this id, while tokens signed with it are believed."""
        key = self._current().keys.get(kid)
        return key if key is not None and key.verifies_at(self._clock.now()) else None

    def rotate(self, tx: Tx, *, by: Principal = SYSTEM) -> str:
        """Make a new key that signs from now on, and retire the others. Returns its id."""
        now = self._clock.now()
        retired = tuple(row[0] for row in tx.rows(store.TOKEN_KEYS) if row[3] is None)
        tx.change(store.REMOVE_TOKEN_KEYS, now=now)
        tx.change(store.RETIRE_TOKEN_KEYS, until=now + self._settings.lifetime * SECOND + OVERLAP)
        key = OKPKey.generate_key("Ed25519", private=True)
        kid = key.thumbprint()
        private = json.dumps(key.as_dict(private=True))
        tx.change(store.ADD_TOKEN_KEY, kid=kid, private=private, created_at=now, verifies_until=None)
        tx.touch(KEY_SET)
        publish(tx, events.TokenKeyRotated(actor=by.name, key_id=kid, retired=retired))
        return kid

    def revoke_all(self, tx: Tx, *, by: Principal) -> str:
        """Believe no token that was issued so far (a key may have leaked). Returns the id of a new key."""
        tx.change(store.REMOVE_ALL_TOKEN_KEYS)
        return self.rotate(tx, by=by)

    def forget(self, scopes: frozenset[str] | None) -> None:
        """Drop what is held when commits have touched the keys; None: they may have."""
        if scopes is None or KEY_SET in scopes:
            with self._lock:
                self._forgotten += 1
                self._ring = None

    def _current(self) -> KeyRing:
        return self._ring or self._read()

    def _read(self) -> KeyRing:
        before = self._forgotten
        with self._database.read() as tx:
            keys = [_token_key(row) for row in tx.rows(store.TOKEN_KEYS)]
        signing = [key for key in keys if key.verifies_until is None]
        ring = KeyRing({key.kid: key for key in keys}, signing[-1] if signing else None)
        with self._lock:
            if self._forgotten == before:
                self._ring = ring
        return ring

    def _rotate_when_due(self, tx: Tx) -> None:
        # Another process may have done it since: look again, in the transaction that would do it.
        newest = [row for row in tx.rows(store.TOKEN_KEYS) if row[3] is None]
        if not newest or self._is_due(_token_key(newest[-1])):
            self.rotate(tx)

    def _is_due(self, key: TokenKey) -> bool:
        return self._clock.now() - key.created_at >= self._settings.rotate_after * SECOND


def _token_key(row: tuple[Any, ...]) -> TokenKey:
    kid, private, created_at, verifies_until = row
    return TokenKey(kid, OKPKey.import_key(json.loads(private)), created_at, verifies_until)
