"""Blobs come in (distribution-spec, "Pushing blobs"): opened, appended to, closed with a digest.

How far an upload is, only the spool knows: no row is written for a chunk, and an upload survives a restart. Whose it is
stands in its row, which is written before the spool's file and deleted with the rows of the blob: so a file without a
row is a leftover at any time, and a row without a file was cut short and expires.

Closing is the one place where bytes become a promise. The order of its steps, and why garbage collection in this or
another process can't come between them, is argued in `disposal`.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pratique.access.principal import Principal
from pratique.blobs import Spool, SpoolWriter
from pratique.clock import Clock, Moment
from pratique.db import Database, ForeignKeyViolation, Tx
from pratique.errors import (
    Conflict,
    DigestInvalid,
    PratiqueError,
    TooLarge,
    TooManyAttempts,
    Unavailable,
    UploadUnknown,
)
from pratique.oci.digest import ALGORITHMS, Digest
from pratique.oci.names import check_name
from pratique.registry import quota
from pratique.registry.disposal import Disposal, Store
from pratique.registry.founding import founded
from pratique.registry.ports import Projects
from pratique.registry.store import blobs, garbage, repositories, uploads
from pratique.registry.store.uploads import UploadRow

RETRY_SECONDS = 60
"""When to try again where too many uploads are open."""

EXPIRED_AT_ONCE = 100

MANY = 1_000_000
"""Expired uploads that a look shows, at most."""


@dataclass(frozen=True, slots=True)
class UploadState:
    """An open upload. `offset`: bytes that are here, in an unbroken row from the first."""

    id: str
    repository: str
    offset: int
    algorithm: str


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes of a blob, uploads that one principal may have open, and in microseconds: expiry and lease."""

    blob_size: int
    open_uploads: int
    expiry: int
    lease: int


class Uploads:
    """Takes blobs in."""

    def __init__(
        self,
        database: Database,
        spool: Spool,
        store: Store,
        projects: Projects,
        clock: Clock,
        limits: UploadLimits,
    ) -> None:
        self._database = database
        self._spool = spool
        self._store = store
        self._projects = projects
        self._clock = clock
        self._limits = limits
        self._disposal = Disposal(database, store)

    def begin(self, repository: str, by: Principal, *, algorithm: str = "sha256") -> UploadState:
        """Open an upload; the repository is made if need be.

        `algorithm` is a hint: with another digest at the end the bytes are read once more. Raises NameInvalid,
        DigestInvalid (algorithm), RepositoryUnknown (no such project), QuotaExceeded (nothing is left),
        TooManyAttempts (too many open), Conflict (the repository is being deleted).
        """
        check_name(repository)
        if algorithm not in ALGORITHMS:
            raise DigestInvalid(
                f"the digest algorithm {algorithm[:80]!r} is not supported; use sha256 or sha512"
            )
        upload = str(uuid.uuid4())
        try:
            self._database.write(lambda tx: self._open(tx, repository, by, upload, algorithm))
        except ForeignKeyViolation as gone:
            raise Conflict(f"{repository} was being deleted; begin again") from gone
        with self._given_up_unless_done(upload):
            self._spool.begin(upload, algorithm)
        return UploadState(upload, repository, 0, algorithm)

    def status(self, repository: str, upload: str, by: Principal) -> UploadState:
        """How far an upload is. Raises UploadUnknown, for strangers and other repositories too."""
        row = self._row(repository, upload, by)
        return UploadState(upload, repository, self._spool.size(upload), row.algorithm)

    @contextmanager
    def append(self, repository: str, upload: str, by: Principal, start: int | None) -> Iterator[SpoolWriter]:
        """Write on at `start`; None: wherever the upload stands. When it ends by an exception, nothing was added.

        Raises UploadUnknown, RangeInvalid with the offset, Conflict while another writer is at it, TooLarge,
        Unavailable.
        """
        self._row(repository, upload, by)
        offset = self._spool.size(upload) if start is None else start
        with self._spool.append(upload, offset) as writer:
            yield _Bounded(writer, self._limits.blob_size - offset, self._limits.blob_size)

    def commit(self, repository: str, upload: str, by: Principal, digest: Digest) -> int:
        """Close an upload: when this returns, the blob is durable and linked to the repository. Its size.

        Raises UploadUnknown, Conflict, DigestInvalid (the upload stays), QuotaExceeded, Unavailable.
        """
        self._row(repository, upload, by)
        if self._is_corrupt(digest):
            self._store.set_aside(digest)
        size = self._spool.commit(upload, digest)
        with self._given_up_unless_done(upload):
            try:
                self._database.write(lambda tx: self._close(tx, repository, upload, digest, size))
            except ForeignKeyViolation as gone:
                raise UploadUnknown(f"{repository} was deleted meanwhile") from gone
        return size

    def cancel(self, repository: str, upload: str, by: Principal) -> None:
        """Give an upload up. Raises UploadUnknown."""
        self._row(repository, upload, by)
        if not self._database.write(lambda tx: uploads.remove(tx, upload)):
            raise UploadUnknown(f"upload {upload} is closed already")
        self._spool.discard(upload)

    def renew(self, repository: str, digest: Digest) -> bool:
        """Protect a blob that a pusher was told to be there, as if he had pushed it. False: it is not there.

        Writes only when less than half of the lease is left.
        """
        now = self._clock.now()
        with self._database.read() as tx:
            known = repositories.by_name(tx, repository)
            found = blobs.linked(tx, known.id, digest) if known else None
        if known is None or found is None:
            return False
        if found[1] - now >= self._limits.lease // 2:
            return True
        until = Moment(now + self._limits.lease)
        return self._database.write(lambda tx: garbage.renew(tx, known.id, digest, until))

    def expire(self) -> list[str]:
        """Remove uploads that nobody has touched for too long; their ids. For jobs and garbage collection."""
        removed: list[str] = []
        while True:
            now = self._clock.now()
            with self._database.read() as tx:
                due = uploads.expired(tx, now, EXPIRED_AT_ONCE)
            removed += [upload for upload in due if self._expire(upload, now)]
            if len(due) < EXPIRED_AT_ONCE:
                return removed

    def expired(self) -> list[str]:
        """What `expire` would remove now."""
        now = self._clock.now()
        with self._database.read() as tx:
            due = uploads.expired(tx, now, MANY)
        return [upload for upload in due if self._rest(upload) <= now]

    def _open(self, tx: Tx, name: str, by: Principal, upload: str, algorithm: str) -> None:
        now = self._clock.now()
        project_id = self._projects.project_of(tx, name)
        quota.check_not_full(tx, self._projects, project_id)
        if uploads.count_open(tx, by.key, now) >= self._limits.open_uploads:
            raise TooManyAttempts(
                f"{by.name} has {self._limits.open_uploads} uploads open; finish or cancel some",
                retry_after=RETRY_SECONDS,
            )
        repository = founded(tx, self._projects, name, by, now)
        uploads.insert_open(
            tx,
            id=upload,
            repository_id=repository.id,
            principal=by.key,
            algorithm=algorithm,
            started_at=now,
            expires_at=now + self._limits.expiry,
        )

    @contextmanager
    def _given_up_unless_done(self, upload: str) -> Iterator[None]:
        """An upload that has no file, not yet or no longer, is no use to anybody and counts against its principal."""
        try:
            yield
        except PratiqueError:
            with suppress(Unavailable):  # then its row expires
                self._database.write(lambda tx: uploads.remove(tx, upload))
            raise

    def _row(self, repository: str, upload: str, by: Principal) -> UploadRow:
        with self._database.read() as tx:
            row = uploads.by_id(tx, upload)
        if row is None or row.repository != repository or row.principal != by.key:
            raise UploadUnknown(f"{repository} has no upload {upload[:80]} of yours")
        now = self._clock.now()
        if row.expires_at <= now and self._rest(upload) <= now:
            raise UploadUnknown(f"upload {upload} has expired")
        return row

    def _rest(self, upload: str) -> Moment:
        """When an upload expires, by when its bytes were last touched; one without bytes at once."""
        try:
            return Moment(self._spool.touched_at(upload) + self._limits.expiry)
        except UploadUnknown:
            return Moment(0)

    def _is_corrupt(self, digest: Digest) -> bool:
        """Damaged bytes would be taken for what is being published again."""
        with self._database.read() as tx:
            return garbage.is_corrupt(tx, digest)

    def _close(self, tx: Tx, name: str, upload: str, digest: Digest, size: int) -> None:
        """Close 2 of `disposal`."""
        row = uploads.by_id(tx, upload)
        if row is None:
            raise UploadUnknown(f"upload {upload} was closed or given up meanwhile")
        self._disposal.hold(tx, digest, size)
        now = self._clock.now()
        quota.check_room(tx, self._projects, self._projects.project_of(tx, name), digest, size)
        until = Moment(now + self._limits.lease)
        blobs.put(tx, digest, size, now=now, until=until)
        blobs.link(tx, row.repository_id, digest, now=now, until=until)
        uploads.remove(tx, upload)
        tx.touch(f"blob:{name}@{digest}")

    def _expire(self, upload: str, now: Moment) -> bool:
        rest = self._rest(upload)
        if rest > now:
            self._database.write(lambda tx: uploads.prolong(tx, upload, rest))
            return False
        removed = self._database.write(lambda tx: uploads.remove(tx, upload))
        self._spool.discard(upload)
        return removed


class _Bounded:
    """A writer that takes no more than a blob may have."""

    def __init__(self, writer: SpoolWriter, left: int, limit: int) -> None:
        self._writer = writer
        self._left = left
        self._limit = limit

    def write(self, content: bytes | bytearray | memoryview, /) -> int:
        """As SpoolWriter. Raises TooLarge."""
        taken = self._writer.write(content)
        self._left -= taken
        if self._left < 0:
            raise TooLarge(f"a blob may have {self._limit} bytes", {"limit": self._limit})
        return taken
