"""What a server does before it listens: it clears away what a crash has left half made.

Nothing here is needed for what was promised: that is whole at any moment (`disposal`). It frees the places that cut-off
uploads hold, and brings back recorded bytes that lie in the trash, should they ever.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from pratique.blobs import Spool
from pratique.clock import MINUTE, Clock, Moment
from pratique.db import Database
from pratique.errors import UploadUnknown
from pratique.registry.disposal import Disposal, Store
from pratique.registry.store import uploads
from pratique.registry.sweep import LOOK, rowless_uploads
from pratique.registry.uploads import Uploads

BEGINNING: Final = MINUTE
"""How long the row of an upload may be there before its file, in another process."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was cleared away: blobs back from the trash, files of no upload, uploads without a file or expired."""

    restored: int
    leftovers: int
    cut_short: int
    expired: int


class Recovery:
    """Runs once, at start-up."""

    def __init__(
        self, database: Database, store: Store, spool: Spool, open_uploads: Uploads, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._spool = spool
        self._uploads = open_uploads
        self._clock = clock

    def run(self) -> Recovered:
        """Clear away. Raises Unavailable where a store can't be written."""
        restored = Disposal(self._database, self._store).bring_back(self._store.trashed())
        return Recovered(len(restored), self._leftovers(), self._cut_short(), len(self._uploads.expire()))

    def _leftovers(self) -> int:
        dropped = 0
        for leftovers in rowless_uploads(self._database, self._spool):
            for upload in leftovers:
                with suppress(UploadUnknown):  # a name that is no upload's, put there by somebody else
                    self._spool.discard(upload)
                    dropped += 1
        return dropped

    def _cut_short(self) -> int:
        """Uploads cut off between their row and their file, or between their file's end and their row's."""
        before, last, dropped = Moment(self._clock.now() - BEGINNING), "", 0
        while True:
            with self._database.read() as tx:
                page = uploads.started_before(tx, before, last, LOOK)
            lost = [upload for upload in page if not self._has_file(upload)]
            dropped += self._drop(lost) if lost else 0
            if len(page) < LOOK:
                return dropped
            last = page[-1]

    def _drop(self, ids: list[str]) -> int:
        return self._database.write(lambda tx: sum(uploads.remove(tx, upload) for upload in ids))

    def _has_file(self, upload: str) -> bool:
        try:
            self._spool.size(upload)
        except UploadUnknown:
            return False
        return True
