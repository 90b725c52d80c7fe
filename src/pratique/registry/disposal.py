"""How bytes and their rows come and go without ever parting the wrong way.

The invariant: **a blob row that is committed has its file**. A file without a row is garbage; a row without a file is
a lost 201. Three actors work on a digest `d`, in any process: an upload that is closed, garbage collection, and
start-up recovery. Write F for the published file, T for the file in the trash, B for the committed row of `d`.

- *close*: (1) publish F, durably; (2) in one transaction: hold the lock of `d`, look whether F is there, else bring T
  back, else fail; write B.
- *collect*: (1) in one transaction: hold the lock, delete B if nothing links it, its lease is over and it was
  condemned for the grace; (2) only after that COMMIT, in a second transaction: hold the lock, and if there is no B,
  rename F to T; (3) after the undo window, unlink T, without a lock.

The lock of a digest is the write lock on SQLite (`BEGIN IMMEDIATE`: one writer of all processes; works that share a
COMMIT run one after the other and see each other) and `pg_advisory_xact_lock` on PostgreSQL, taken before B is read, so
that READ COMMITTED sees what the last holder has committed. Hence close 2, collect 1 and collect 2 are atomic towards
each other, and with close 1 and collect 3 (which take no lock) these are all the orders that there are:

- close 2 before collect 1: B has a fresh lease, collect 1 leaves it.
- collect 1, close 2, collect 2: collect 2 sees B and leaves F. (Close 1 may lie anywhere before: same bytes, same F.)
- close 1, collect 2, close 2: F went to T; close 2 finds T and brings it back before it writes B. T holds the bytes
  just published, since a rename replaces an older T.
- collect 2, close 1, close 2: F is new. T is an older copy and goes with collect 3.
- close 1, collect 2, collect 3, close 2: only if the close took longer than the undo window between its two steps, or
  collect 3 had looked at an older T. F and T are gone; close 2 fails, says so, and nothing was promised.
- collect 3 within close 2: T is unlinked before it was brought back (close 2 fails) or after (F is a name of its own).
- A transaction that runs again (busy, lost COMMIT) starts from what is there. Collect 2 moved F and, run again, sees B,
  because a close came between? Then that close has brought F back. Close 2 brought T back and fails? F is garbage.
- SIGKILL or power loss: after close 1, F without B: garbage. After collect 1, F without B: garbage, found by the walk
  over files. Within collect 2: F or T, never B. Nothing here writes B before F or removes F before B.
- A rename that a power loss undoes leaves F without B, or T beside F: garbage.
- A COMMIT that nobody saw: SQLite writes a transaction's frames to its log, and then says so in the log's index.
  Killed in between, close 2 has written no B, and collect 2 rightly moves F. But if the log is read anew once all
  processes are gone, the frames stand there whole, and B is back, unless somebody has written over them. So a
  collection commits something of its own between the last collect 2 and collect 3: from then on no B comes back for
  what lies in T. Before that moment recovery brings T back, and the doctor knows it.

Links can't be lost either: a link needs B by its foreign key, and both collect 1 and whoever links touch the row of the
blob first, so one of them waits and then sees the other; `lease` and foreign key each refuse the loser.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from pratique.batches import batched
from pratique.blobs import BlobStore, Upkeep
from pratique.clock import Moment
from pratique.db import Database, Tx
from pratique.errors import Unavailable
from pratique.oci.digest import Digest
from pratique.registry.store import garbage, locks

BATCH = 32
"""Digests in one transaction: few, so that pushes go on meanwhile."""


class Store(BlobStore, Upkeep, Protocol):
    """A blob store with its trash."""


class Disposal:
    """The steps above. One a process."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    def hold(self, tx: Tx, digest: Digest, size: int) -> None:
        """Close 2: hold the lock of a digest and make sure of its file. Raises Unavailable when it went meanwhile."""
        locks.hold_digests(tx, [digest])
        if self._store.stat(digest) is None:
            self._store.restore(digest)
        if self._store.stat(digest) != size:
            raise Unavailable(
                f"the bytes of {digest} were cleared away before they were recorded; upload them again"
            )

    def remove_rows(
        self, digests: Sequence[Digest], *, now: Moment, condemned_before: Moment
    ) -> dict[Digest, int]:
        """Collect 1 for one batch: delete the rows that may go; which they were, with their sizes."""

        def work(tx: Tx) -> dict[Digest, int]:
            locks.hold_digests(tx, digests)
            return garbage.remove_condemned(tx, digests, now=now, condemned_before=condemned_before)

        return self._database.write(work)

    def throw_away(self, digests: Sequence[Digest]) -> list[Digest]:
        """Collect 2 for one batch: move files without a row to the trash; which they were."""

        def work(tx: Tx) -> list[Digest]:
            locks.hold_digests(tx, digests)
            rowless = [digest for digest in digests if digest not in garbage.recorded(tx, digests)]
            for digest in rowless:
                self._store.delete(digest)
            return rowless

        return self._database.write(work)

    def write_over_the_unseen(self) -> None:
        """Between collect 2 and collect 3: commit something, so that no COMMIT that nobody saw comes back after it."""
        self._database.write(lambda tx: tx.touch("trash"))

    def bring_back(self, digests: Iterable[Digest]) -> list[Digest]:
        """Recovery: of these, whatever is recorded and lies only in the trash comes back. What it was."""
        back: list[Digest] = []
        for batch in batched(digests, BATCH):
            back += self._database.write(self._bringing_back(batch))
        return back

    def _bringing_back(self, batch: Sequence[Digest]) -> Callable[[Tx], list[Digest]]:
        def work(tx: Tx) -> list[Digest]:
            locks.hold_digests(tx, batch)
            lost = [digest for digest in garbage.recorded(tx, batch) if self._store.stat(digest) is None]
            return [digest for digest in lost if self._store.restore(digest)]

        return work
