"""A garbage collection that deletes nothing: exactly what `Sweep` would delete now, found by looking only."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pratique.batches import batched
from pratique.blobs import Spool
from pratique.clock import Moment
from pratique.db import Database, Tx
from pratique.oci.digest import Digest
from pratique.registry.disposal import Store
from pratique.registry.store import garbage, untagged
from pratique.registry.sweep import (
    LOOK,
    Gone,
    Terms,
    What,
    every_repository,
    rowless_files,
    rowless_uploads,
)
from pratique.registry.untagged import going
from pratique.registry.uploads import Uploads

_Page = Callable[[Tx, str], list[tuple[Digest, int]]]


class Rehearsal:
    """Looks. What it yields is in the order of `Sweep.steps`."""

    def __init__(self, database: Database, store: Store, spool: Spool, open_uploads: Uploads) -> None:
        self._database = database
        self._store = store
        self._spool = spool
        self._uploads = open_uploads

    def steps(self, terms: Terms, now: Moment) -> Iterator[Sequence[Gone]]:
        """Everything that would go."""
        before = Moment(now - terms.grace)
        unlinked: Counter[Digest] = Counter()
        for repository_id, name in every_repository(self._database):
            yield self._of_repository(repository_id, name, terms, now, unlinked)
        # Condemned before, or to be condemned by this run: those go in it only without a grace.
        yield from self._paged(
            lambda tx, last: garbage.due(tx, now=now, condemned_before=before, last=last, most=LOOK)
        )
        if terms.grace <= 0:
            yield from self._paged(lambda tx, last: garbage.condemnable(tx, now=now, last=last, most=LOOK))
            yield from self._last_links(unlinked, now)
        for files in rowless_files(self._database, self._store, before):
            yield [Gone(What.FILE, digest, size) for digest, size in files.items()]
        yield [Gone(What.UPLOAD, upload) for upload in self._uploads.expired()]
        for leftovers in rowless_uploads(self._database, self._spool):
            yield [Gone(What.UPLOAD, upload) for upload in leftovers]

    def _of_repository(
        self, repository_id: int, name: str, terms: Terms, now: Moment, unlinked: Counter[Digest]
    ) -> list[Gone]:
        with self._database.read() as tx:
            unheld = (
                untagged.unheld(tx, repository_id, Moment(now - terms.grace)) if terms.delete_untagged else []
            )
            manifests = going(unheld)
            links = garbage.would_idle(tx, repository_id, [manifest.id for manifest in manifests], now)
        unlinked.update(links)
        return [
            *(Gone(What.MANIFEST, f"{name}@{manifest.digest}", manifest.size) for manifest in manifests),
            *(Gone(What.LINK, f"{name}@{digest}") for digest in links),
        ]

    def _paged(self, page: _Page) -> Iterator[list[Gone]]:
        last = ""
        while True:
            with self._database.read() as tx:
                found = page(tx, last)
            yield [Gone(What.BLOB, digest, size) for digest, size in found]
            if len(found) < LOOK:
                return
            last = found[-1][0]

    def _last_links(self, unlinked: Counter[Digest], now: Moment) -> Iterator[list[Gone]]:
        """Blobs whose every link would go."""
        for batch in batched(sorted(unlinked), LOOK):
            with self._database.read() as tx:
                links = garbage.link_counts(tx, batch)
                free = [digest for digest in batch if links.get(digest, 0) <= unlinked[digest]]
                found = garbage.out_of_lease(tx, free, now)
            yield [Gone(What.BLOB, digest, size) for digest, size in found]
