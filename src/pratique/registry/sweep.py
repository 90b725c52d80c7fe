"""The steps of a garbage collection that deletes: small transactions one after the other, so that pushes go on."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from pratique.access.principal import SYSTEM
from pratique.batches import batched
from pratique.blobs import Spool
from pratique.clock import DAY, SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import UploadUnknown
from pratique.oci.digest import Digest
from pratique.registry.delete import Deleter
from pratique.registry.disposal import BATCH, Disposal, Store
from pratique.registry.store import garbage, manifests, repositories, untagged, uploads
from pratique.registry.store.garbage import IdleLink
from pratique.registry.store.untagged import Unheld
from pratique.registry.untagged import going
from pratique.registry.uploads import Uploads

LOOK = 500
"""Rows or files in one look; a look takes no lock."""

MANIFESTS = 16
"""Manifests deleted in one transaction: each is judged about."""


class What(StrEnum):
    """What can go."""

    MANIFEST = "manifest"
    LINK = "link"
    BLOB = "blob"
    FILE = "file"
    UPLOAD = "upload"
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Gone:
    """One thing that went, or would go. `size` in bytes, 0 where it frees nothing by itself."""

    what: What
    name: str
    size: int = 0

    def line(self) -> str:
        """As it stands in the log."""
        return f"{self.what} {self.name}" + (f" {self.size} bytes" if self.size else "")


@dataclass(frozen=True, slots=True)
class Terms:
    """How to collect; times in microseconds.

    `grace`: how long a blob is condemned before it goes, and how old manifests without a tag and files without a row
    must be. `undo`: how long files lie in the trash, and `inspection`: how long damaged ones lie aside.
    `delete_untagged`: manifests that nothing holds go too.
    """

    grace: int
    undo: int
    inspection: int = 30 * DAY
    delete_untagged: bool = False
    is_dry_run: bool = False

    def as_parameters(self) -> dict[str, Any]:
        """As Harbor's `job_parameters` say it, times in seconds."""
        return {
            "delete_untagged": self.delete_untagged,
            "dry_run": self.is_dry_run,
            "grace": self.grace // SECOND,
            "undo": self.undo // SECOND,
        }


class Sweep:
    """Deletes. `steps` yields what went, a batch at a time, after the COMMIT that deleted it."""

    def __init__(
        self,
        database: Database,
        store: Store,
        spool: Spool,
        deleter: Deleter,
        open_uploads: Uploads,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._spool = spool
        self._deleter = deleter
        self._uploads = open_uploads
        self._clock = clock
        self._disposal = Disposal(database, store)

    def steps(self, terms: Terms, now: Moment) -> Iterator[Sequence[Gone]]:
        """Everything, in an order in which each step finds what the one before has left over."""
        before = Moment(now - terms.grace)
        if terms.delete_untagged:
            yield from self._manifests(before)
        yield from self._links(now)
        yield from self._condemned(now)
        yield from self._blobs(now, before)
        yield from self._files(before)
        yield from self._open_uploads()
        now = self._clock.now()
        self._disposal.write_over_the_unseen()
        yield [
            Gone(What.TRASH, "emptied", self._store.empty_trash(Moment(now - terms.undo + 1))),
            Gone(
                What.TRASH,
                "damaged, given up",
                self._store.give_up_corrupt(Moment(now - terms.inspection + 1)),
            ),
        ]

    def _manifests(self, before: Moment) -> Iterator[list[Gone]]:
        for repository_id, name in every_repository(self._database):
            with self._database.read() as tx:
                found = going(untagged.unheld(tx, repository_id, before))
            for batch in batched(found, MANIFESTS):
                yield self._remove_manifests(repository_id, name, batch, before)

    def _remove_manifests(
        self, repository_id: int, name: str, batch: Sequence[Unheld], before: Moment
    ) -> list[Gone]:
        def work(tx: Tx) -> list[Gone]:
            repository = repositories.by_id(tx, repository_id)
            gone: list[Gone] = []
            if repository is None:
                return gone
            self._deleter.hold(tx, repository)
            for unheld in batch:
                artifact = manifests.by_id(tx, unheld.id)
                if artifact is None or not untagged.may_go(tx, unheld.id, before):
                    continue
                self._deleter.remove(tx, repository, artifact, SYSTEM)
                gone.append(Gone(What.MANIFEST, f"{name}@{unheld.digest}", unheld.size))
            return gone

        return self._database.write(work)

    def _links(self, now: Moment) -> Iterator[list[Gone]]:
        last: IdleLink | None = None
        while True:
            with self._database.read() as tx:
                idle = garbage.idle_links(tx, now=now, after=last, most=LOOK)
            for (repository_id, name), links in groupby(
                idle, lambda link: (link.repository_id, link.repository)
            ):
                digests = [link.digest for link in links]
                for batch in batched(digests, BATCH):
                    yield self._remove_links(repository_id, name, batch, now)
            if len(idle) < LOOK:
                return
            last = idle[-1]

    def _remove_links(
        self, repository_id: int, name: str, batch: Sequence[Digest], now: Moment
    ) -> list[Gone]:
        def work(tx: Tx) -> list[Gone]:
            garbage.hold_repository(tx, repository_id)
            removed = garbage.remove_idle_links(tx, repository_id, batch, now)
            tx.touch(*(f"blob:{name}@{digest}" for digest in removed))
            return [Gone(What.LINK, f"{name}@{digest}") for digest in removed]

        return self._database.write(work)

    def _condemned(self, now: Moment) -> Iterator[list[Gone]]:
        last = ""
        while True:
            with self._database.read() as tx:
                found = [digest for digest, _ in garbage.condemnable(tx, now=now, last=last, most=LOOK)]
            for batch in batched(found, BATCH):
                self._condemn(batch, now)
                yield []
            if len(found) < LOOK:
                return
            last = found[-1]

    def _condemn(self, batch: Sequence[Digest], now: Moment) -> int:
        return self._database.write(lambda tx: garbage.condemn(tx, batch, now))

    def _blobs(self, now: Moment, before: Moment) -> Iterator[list[Gone]]:
        last = ""
        while True:
            with self._database.read() as tx:
                found = garbage.due(tx, now=now, condemned_before=before, last=last, most=LOOK)
            for batch in batched([digest for digest, _ in found], BATCH):
                removed = self._disposal.remove_rows(batch, now=now, condemned_before=before)
                self._disposal.throw_away(list(removed))
                yield [Gone(What.BLOB, digest, size) for digest, size in removed.items()]
            if len(found) < LOOK:
                return
            last = found[-1][0]

    def _files(self, before: Moment) -> Iterator[list[Gone]]:
        for files in rowless_files(self._database, self._store, before):
            for batch in batched(files.items(), BATCH):
                thrown = self._disposal.throw_away([digest for digest, _ in batch])
                yield [Gone(What.FILE, digest, files[digest]) for digest in thrown]

    def _open_uploads(self) -> Iterator[list[Gone]]:
        expired = self._uploads.expire()
        yield [Gone(What.UPLOAD, upload) for upload in expired]
        for leftovers in rowless_uploads(self._database, self._spool):
            for upload in leftovers:
                with suppress(UploadUnknown):  # a name that is no upload's, put there by somebody else
                    self._spool.discard(upload)
            yield [Gone(What.UPLOAD, upload) for upload in leftovers]


def every_repository(database: Database) -> Iterator[tuple[int, str]]:
    """Ids and names of all repositories, looked up in pieces."""
    last = 0
    while True:
        with database.read() as tx:
            page = untagged.repositories_after(tx, last, LOOK)
        yield from page
        if len(page) < LOOK:
            return
        last = page[-1][0]


def rowless_files(database: Database, store: Store, before: Moment) -> Iterator[dict[Digest, int]]:
    """Files of the store without a row, published before a moment, with sizes. The files are listed first."""
    old = (stored for stored in store.walk() if stored.written_at <= before)
    for batch in batched(old, LOOK):
        with database.read() as tx:
            recorded = garbage.recorded(tx, [stored.digest for stored in batch])
        yield {stored.digest: stored.size for stored in batch if stored.digest not in recorded}


def rowless_uploads(database: Database, spool: Spool) -> Iterator[list[str]]:
    """Uploads of the spool without a row: closed or given up, for a row is written first. Files are listed first."""
    for batch in batched(spool.walk(), LOOK):
        with database.read() as tx:
            known = uploads.known(tx, batch)
        yield [upload for upload in batch if upload not in known]
