"""How far this process has hashed which upload.

The state of a hash can't be stored (quay pickled it: CVE-2026-32590), so it lives and dies with the process
that saw the bytes. It is good for an upload of exactly the size it has seen; anything else means that another
process wrote, and the upload is read again when it is committed.
"""

import collections
import threading
from dataclasses import dataclass
from typing import Final

from pratique.oci.digest import Digest, Hasher

UPLOADS_LIMIT: Final = 10_000
"""Uploads remembered. Past it the one that rested longest is forgotten, which costs a re-read and no more."""


@dataclass(frozen=True, slots=True)
class KnownHash:
    """The hash of the first `size` bytes of an upload, whose file is number `inode`. Copied, never updated."""

    algorithm: str
    hasher: Hasher
    size: int
    inode: int

    @property
    def digest(self) -> Digest:
        """The digest of what has been seen."""
        return Digest(f"{self.algorithm}:{self.hasher.hexdigest()}")


class KnownHashes:
    """One hash per upload; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hashes: collections.OrderedDict[str, KnownHash] = collections.OrderedDict()

    def of(self, upload: str, inode: int, size: int) -> KnownHash | None:
        """What is known of exactly this file at exactly this size."""
        with self._lock:
            known = self._hashes.get(upload)
        return known if known and (known.inode, known.size) == (inode, size) else None

    def remember(self, upload: str, known: KnownHash) -> None:
        """Replace what was known of an upload."""
        with self._lock:
            self._hashes[upload] = known
            self._hashes.move_to_end(upload)
            if len(self._hashes) > UPLOADS_LIMIT:
                self._hashes.popitem(last=False)

    def forget(self, upload: str) -> None:
        """The upload is no more, or can't be relied on."""
        with self._lock:
            self._hashes.pop(upload, None)
