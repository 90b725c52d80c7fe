"""What logs are called: by their key (RFC 6962, 3.2; Rekor v1), or by their key and name (C2SP signed-note; Rekor v2).

The whole hash identifies the log in a bundle, and its first four bytes the key in a checkpoint (rekor-v2-spec, 5.2).
"""

import hashlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

ED25519_NOTE: Final = b"\x01"
"""The type of an Ed25519 signature of a signed note."""
HINT_SIZE: Final = 4


@dataclass(frozen=True, slots=True)
class LogNames:
    """`by_name`: the identifier covers the name too, so checkpoints must have exactly that name as their origin."""

    log_id: bytes
    origin: str
    by_name: bool

    @property
    def checkpoint_key_id(self) -> bytes:
        """By what signed notes call the key."""
        return self.log_id[:HINT_SIZE]


def name_log(spki: bytes, base_url: str, stated: bytes) -> LogNames | None:
    """What a log is called whose identifier is `stated`; None where its key and name compute to none such."""
    if stated == hashlib.sha256(spki).digest():
        return LogNames(stated, host_of(base_url), by_name=False)
    key = load_der_public_key(spki)
    if not isinstance(key, Ed25519PublicKey):
        return None
    for name in _origins(base_url):
        named = name.encode() + b"\n" + ED25519_NOTE + key.public_bytes_raw()
        if stated == hashlib.sha256(named).digest():
            return LogNames(stated, name, by_name=True)
    return None


def _origins(base_url: str) -> tuple[str, ...]:
    """The names that a log at this address may go by.

    Rekor's documents say the address without its scheme; cosign and sigstore-go leave the port out when they compute
    the identifier. The identifier tells which it is, so nothing is left open by trying them all.
    """
    try:
        parts = urlsplit(base_url)
        found = (parts.netloc, parts.hostname or "", parts.netloc + parts.path.rstrip("/"))
    except ValueError:
        return ()
    return tuple(dict.fromkeys(filter(None, found)))


def host_of(base_url: str) -> str:
    """The host of a log, with its port if there is one; empty where the address can't be read."""
    try:
        return urlsplit(base_url).netloc
    except ValueError:
        return ""
