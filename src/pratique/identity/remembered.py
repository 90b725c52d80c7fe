"""Basic pairs that were verified a moment ago, so that a client's next request does not hash again.

Only a keyed hash of the pair is held (HMAC-SHA-256 under a key made at start and kept nowhere), for a minute
at most. Whether the account has changed since is the caller's to ask: an entry carries the generation it was
verified at.
"""

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple

from pratique.access import Principal
from pratique.clock import Clock
from pratique.identity.settings import RememberSettings


class _Entry(NamedTuple):
    principal: Principal
    until: float


class RememberedPairs:
    """A bounded table of verified pairs."""

    def __init__(self, settings: RememberSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def fingerprint(self, username: str, password: str) -> bytes:
        """What a pair is held under."""
        name = username.encode(errors="surrogatepass")
        message = len(name).to_bytes(8, "big") + name + password.encode(errors="surrogatepass")
        return hmac.digest(self._key, message, hashlib.sha256)

    def find(self, fingerprint: bytes) -> Principal | None:
        """Whom the pair belonged to when it was verified, or None when it was not lately."""
        entry = self._entries.get(fingerprint)
        if entry is None:
            return None
        if self._clock.monotonic() >= entry.until:
            self.drop(fingerprint)
            return None
        return entry.principal

    def keep(self, fingerprint: bytes, principal: Principal) -> None:
        """Remember a pair that was verified just now."""
        if self._settings.lifetime <= 0:
            return
        with self._lock:
            self._entries[fingerprint] = _Entry(principal, self._clock.monotonic() + self._settings.lifetime)
            self._entries.move_to_end(fingerprint)
            while len(self._entries) > self._settings.entries:
                self._entries.popitem(last=False)

    def drop(self, fingerprint: bytes) -> None:
        """Forget a pair."""
        with self._lock:
            self._entries.pop(fingerprint, None)

    def __len__(self) -> int:
        return len(self._entries)
